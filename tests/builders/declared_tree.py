"""A copy of what infra-check reads, for a test to change."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
DECLARED = ("infrastructure", "host.json", "azure.yaml", "pyproject.toml")
"""What the checks of declarations read, where the code is known already."""
EVERYTHING = (*DECLARED, ".github", "function_app.py", "functions", "shared")


@dataclass(frozen=True)
class Tree:
    """A copy of the project's code and declarations at `root`."""

    root: Path

    @classmethod
    def copied_to(cls, root: Path, names: Sequence[str] = EVERYTHING) -> Self:
        """A copy of these files and folders in an empty directory."""
        for name in names:
            source, target = ROOT / name, root / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        return cls(root)

    def change(self, name: str, old: str, new: str) -> None:
        """Replace text of a file that has it."""
        path = self.root / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r} to change"
        path.write_text(text.replace(old, new))
