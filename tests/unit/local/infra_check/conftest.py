"""Declarations that a test may change, and the code they are held to."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.infra_check.code import Code, own_code
from tests.builders.declared_tree import DECLARED, Tree
from tests.unit.functions.indexed import FUNCTIONS


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree.copied_to(tmp_path, DECLARED)


@pytest.fixture(scope="session")
def code() -> Code:
    """What the code of this process uses; that another process reads the same is an integration test."""
    return own_code(FUNCTIONS.values())
