"""A tree that a test may change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.declared_tree import Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree.copied_to(tmp_path)
