"""A copy of the tree that a test may spoil."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.infra_check.code import Code, read_code

ROOT = Path(__file__).resolve().parents[4]
PARTS = ("function_app.py", "functions", "shared", "infrastructure", ".github")
FILES = ("host.json", "azure.yaml", "pyproject.toml")


@dataclass(frozen=True)
class Tree:
    """A copy of what the checks read."""

    root: Path

    def change(self, name: str, old: str, new: str) -> None:
        """Replace text of a file that has it."""
        path = self.root / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r} to change"
        path.write_text(text.replace(old, new))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    for name in (*PARTS, *FILES):
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return Tree(tmp_path)


@pytest.fixture(scope="session")
def code() -> Code:
    return read_code(ROOT)
