"""The import rules of .importlinter hold and would find a slip; folders and files stay small."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("functions", "shared", "spark_jobs", "local")
MOST_MODULES, MOST_LINES = 10, 300
#: One forbidden import for each rule: where it is planted, and what it imports.
SLIPS = {
    "shared: one way": ("shared/planning/slices.py", "shared.adapters.lake"),
    "spark_jobs: one way": ("spark_jobs/names/people.py", "spark_jobs.views.view"),
    "silver: one way": ("spark_jobs/silver/quality/rules.py", "spark_jobs.silver.tables"),
    "gold and its parts never import silver": ("spark_jobs/gold/job.py", "spark_jobs.silver.latest"),
    "the app, the jobs and the machine": ("spark_jobs/lakehouse/lake.py", "shared.errors"),
    "functions over shared": ("shared/config.py", "functions.answers"),
    "local: commands over services over machine": ("local/machine/child.py", "local.wiring"),
    "what stands in for a service never imports the app": ("local/catalog/columns.py", "shared.errors"),
    "local.catalog: one way": ("local/catalog/stores/films.py", "local.catalog.apis.tmdb"),
    "local.databricks: one way": ("local/databricks/runs/jobs.py", "local.databricks.api.app"),
    "local.bundle: one way": ("local/bundle/source/loading.py", "local.bundle.planning"),
    "local.host: one way": ("local/host/worker/bindings.py", "local.host.triggers.timers"),
    "local.infra_check: one way": ("local/infra_check/code.py", "local.infra_check.checks"),
    "each SDK in its adapter": ("shared/runs/rates.py", "redis"),
    "no circles": ("local/catalog/invented/film_extras.py", "local.catalog.invented.films"),
}


def test_the_import_rules_hold() -> None:
    """The tree keeps every contract of .importlinter."""
    code, said = lint_imports(ROOT)
    assert code == 0, said
    assert "0 broken" in said


def test_each_rule_finds_a_slip(tmp_path: Path) -> None:
    """A forbidden import planted for each contract breaks it; no contract is left without one."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=lambda _, names: [n for n in names if not is_code(n)]
        )
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for file, module in SLIPS.values():
        planted = tmp_path / file
        planted.write_text(f"{planted.read_text()}\n\nimport {module}\n")
    code, said = lint_imports(tmp_path)
    assert code == 1
    broken = {line.partition(" BROKEN")[0] for line in said.splitlines() if " BROKEN" in line}
    assert broken == set(SLIPS)
    assert " 0 kept" in said


def lint_imports(root: Path) -> tuple[int, str]:
    """The exit code and the words of `lint-imports` in a tree."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


def is_code(name: str) -> bool:
    return name.endswith(".py") or ("." not in name and name != "__pycache__")


@pytest.mark.parametrize("package", PACKAGES)
def test_folders_are_small(package: str) -> None:
    """No folder holds more modules than a reader takes in at a glance."""
    folders = {folder: modules_in(folder) for folder in (ROOT / package).rglob("*") if folder.is_dir()}
    folders[ROOT / package] = modules_in(ROOT / package)
    crowded = {str(folder): len(found) for folder, found in folders.items() if len(found) > MOST_MODULES}
    assert not crowded


def modules_in(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.py") if path.stem not in ("__init__", "__main__")]


def test_files_are_short() -> None:
    """No Python file outside of tests is longer than 300 lines."""
    long = {
        str(path): count
        for path in code_files()
        if (count := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert not long


def code_files() -> Iterator[Path]:
    yield ROOT / "function_app.py"
    for folder in (*PACKAGES, "infrastructure"):
        yield from (ROOT / folder).rglob("*.py")
