"""All checks of a tree, in order, by name, and which of them have passed on the very files they read."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from local.infra_check.agreement import NEEDED, check_agreement
from local.infra_check.bicep.layout import check_layout
from local.infra_check.bicep.wiring import check_values, check_wiring, read_files
from local.infra_check.bundle.check import check_bundle
from local.infra_check.checkers import check_policies, check_schemas
from local.infra_check.code import Code, read_code
from local.infra_check.contract import check_contract
from local.infra_check.findings import Finding
from local.infra_check.kql import check_kql
from local.machine.steps import Stamp, digest_of

OWN = ("local/infra_check", "requirements-dev.txt")
DECLARED = ("infrastructure", ".github", "azure.yaml", "host.json", "pyproject.toml")
CODE = ("function_app.py", "functions", "shared", "requirements.txt")
QUERIES = ("docs", "README.md", "local/insights/tables.py")
#: Files and folders that a check may read, unless it says which.
EVERYTHING = (*OWN, *DECLARED, *CODE, *QUERIES)


@dataclass(frozen=True)
class Check:
    """A check, and the files and folders that what it finds depends on."""

    run: Callable[[], Iterable[Finding]]
    reads: Sequence[str] = EVERYTHING

    def stamp(self, root: Path, name: str) -> Stamp:
        """Says on which files of the tree at `root` it has passed."""
        return Stamp(root / ".local" / "infra" / "passed" / name, digest_of_tree(root, self.reads))


def checks_of(root: Path, *, is_quick: bool = False) -> dict[str, Check]:
    """The checks of the tree at `root` by name; the quick ones need nothing but the project's environment."""

    @cache
    def code() -> Code:
        return read_code(root)

    quick = {
        "Bicep files fit together": Check(lambda: bicep(root)),
        "code and declarations agree": Check(lambda: agreement(root, code)),
        "bundle": Check(lambda: check_bundle(root, entry_points(root))),
        "workflows": Check(lambda: check_schemas(root)),
        "scripts": Check(lambda: scripts(root)),
    }
    slow = {
        "KQL": Check(lambda: check_kql(root, code())),
        "checkov": Check(lambda: check_policies(root), reads=("infrastructure", *OWN)),
    }
    return quick if is_quick else {**quick, **slow}


def digest_of_tree(root: Path, names: Iterable[str]) -> str:
    """SHA-256 over the paths and contents of some files and folders."""
    found = (path for name in names for path in [root / name, *sorted((root / name).rglob("*"))])
    return digest_of((path for path in found if path.is_file() and "__pycache__" not in path.parts), root)


def bicep(root: Path) -> Iterator[Finding]:
    """Syntax, names, parameters, outputs, loaded files and layout of the Bicep files."""
    files, findings = read_files(root)
    yield from findings
    yield from check_wiring(root, files)
    yield from check_layout(files)
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
