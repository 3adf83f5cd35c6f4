"""`python -m local.infra_check`: is what infrastructure/ declares sound, and is it what the code uses?

Exit 0 without findings, 1 with a line for each finding, 2 if a checker cannot be installed or a file cannot be read.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from yaml import YAMLError

from local.infra_check.checks import Check, checks_of
from local.infra_check.code import CodeError, read_code
from local.infra_check.contract import CONTRACT, text_of
from local.machine.steps import SetupError


def main(argv: Sequence[str] | None = None) -> int:
    """Check the tree, or write the file that is generated from the code."""
    parser = argparse.ArgumentParser(prog="python -m local.infra_check", description=main.__doc__)
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the tree to look at")
    parser.add_argument("--quick", action="store_true", help="only what needs no checker of its own")
    parser.add_argument("--changed", action="store_true", help="leave out what passed on these very files")
    parser.add_argument("--write", action="store_true", help=f"write {CONTRACT} from the code, check nothing")
    given = parser.parse_args(argv)
    root = given.root.resolve()
    try:
        if given.write:
            return write(root)
        return check(root, checks_of(root, is_quick=given.quick), is_changed_only=given.changed)
    except (SetupError, CodeError, YAMLError) as error:
        print(f"infra-check: {error}", file=sys.stderr)
        return 2


def write(root: Path) -> int:
    """Write the generated file."""
    (root / CONTRACT).write_text(text_of(read_code(root)))
    return 0


def check(root: Path, checks: Mapping[str, Check], *, is_changed_only: bool) -> int:
    """Run checks one after the other, print what they find, and note which of them pass."""
    count = 0
    for name, each in checks.items():
        stamp = each.stamp(root, name)
        if is_changed_only and stamp.is_current():
            print(f"infra-check: {name}: passed before, and nothing it reads has changed")
            continue
        stamp.clear()
        start_s = time.monotonic()
        findings = sorted(set(each.run()))
        count += len(findings)
        verdict = f"{len(findings)} to mend" if findings else "ok"
        print(f"infra-check: {name}: {verdict} ({time.monotonic() - start_s:.1f} s)")
        for finding in findings:
            print(f"  {finding}")
        if not findings:
            stamp.write()
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
