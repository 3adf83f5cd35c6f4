"""All checks of a tree, in order, by name."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from local.infra_check.agreement import NEEDED, check_agreement
from local.infra_check.bicep.wiring import check_values, check_wiring, read_files
from local.infra_check.bundle import check_bundle
from local.infra_check.checkers import check_policies, check_schemas
from local.infra_check.code import Code, read_code
from local.infra_check.contract import check_contract
from local.infra_check.findings import Finding
from local.infra_check.kql import check_kql

Check = Callable[[], Iterable[Finding]]


def checks_of(root: Path, *, is_quick: bool = False) -> dict[str, Check]:
    """The checks of the tree at `root` by name; the quick ones need nothing but the project's environment."""

    @cache
    def code() -> Code:
        return read_code(root)

    quick: dict[str, Check] = {
        "Bicep files fit together": lambda: bicep(root),
        "code and declarations agree": lambda: agreement(root, code),
        "bundle": lambda: check_bundle(root, entry_points(root)),
        "workflows": lambda: check_schemas(root),
        "scripts": lambda: scripts(root),
    }
    slow: dict[str, Check] = {
        "KQL": lambda: check_kql(root, code()),
        "checkov": lambda: check_policies(root),
    }
    return quick if is_quick else {**quick, **slow}


def bicep(root: Path) -> Iterator[Finding]:
    """Syntax, names, parameters, outputs and files of the Bicep files."""
    files, findings = read_files(root)
    yield from findings
    yield from check_wiring(root, files)
    yield from check_values(files)


def agreement(root: Path, read: Callable[[], Code]) -> Iterator[Finding]:
    """What the code uses is declared; nothing can be said of files that do not parse.

    Raises:
        CodeError: the code does not import.
    """
    files, findings = read_files(root)
    missing = NEEDED - set(files)
    yield from (
        Finding(name, "is missing or does not parse", "the check looks there") for name in sorted(missing)
    )
    if not findings and not missing:
        code = read()
        yield from check_contract(root, code)
        yield from check_agreement(root, code, files)


def scripts(root: Path) -> Iterator[Finding]:
    """Shell scripts and JSON files of infrastructure/ parse."""
    for path in sorted((root / "infrastructure").rglob("*.sh")):
        run = subprocess.run(["sh", "-n", str(path)], capture_output=True, text=True)  # noqa: S603, S607 - reads only
        if run.returncode:
            yield Finding(str(path.relative_to(root)), run.stderr.strip(), "mend the syntax there")
    for path in sorted((root / "infrastructure").rglob("*.json")):
        try:
            json.loads(path.read_text())
        except ValueError as error:
            yield Finding(str(path.relative_to(root)), f"is not JSON: {error}", "mend it")


def entry_points(root: Path) -> dict[str, str]:
    """Entry points of the wheel by name."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return dict(project["scripts"])
