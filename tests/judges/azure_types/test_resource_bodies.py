"""The facts of Azure's own resource types (Azure/bicep-types-az) on every resource of the Bicep files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CHECKER = "shared/azure/check_types.py"
pytestmark = pytest.mark.judge("check_types.py", "Azure/bicep-types-az")


@pytest.fixture(scope="module")
def checker() -> Path:
    """The program that holds the facts; it is not part of the project."""
    found = [path for parent in ROOT.parents if (path := parent / CHECKER).is_file()]
    if not found:
        pytest.skip(f"no {CHECKER} beside the project")
    return found[0]


def judge(checker: Path, tree: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checker), str(tree)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_every_resource_is_as_azure_has_it(checker: Path) -> None:
    """Types, versions, property names, required ones, allowed values: no finding, and nothing left out."""
    verdict = judge(checker, ROOT)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    bicep = [path.read_text() for path in (ROOT / "infrastructure").rglob("*.bicep")]
    declared = sum(len(re.findall(r"^resource \w+ '[^']+' =", text, re.MULTILINE)) for text in bicep)
    assert verdict.stdout.startswith(f"{declared} resource bodies agree")


def test_a_wrong_body_is_found(checker: Path, tmp_path: Path) -> None:
    """The judge objects to a misspelt property, to a value of another type and to a version that is none."""
    shutil.copytree(ROOT / "infrastructure", tmp_path / "infrastructure")
    modules = tmp_path / "infrastructure" / "modules"
    spoil(modules / "lake.bicep", "isHnsEnabled:", "isHns:")
    spoil(modules / "alerts.bicep", "enabled: true", "enabled: 'yes'")
    spoil(modules / "workbook.bicep", "workbooks@2023-06-01", "workbooks@2023-06-31")
    verdict = judge(checker, tmp_path)
    assert verdict.returncode == 1
    for said in ("no property isHns", "'yes' is no bool", "workbooks@2023-06-31 is not among the facts"):
        assert said in verdict.stdout


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
