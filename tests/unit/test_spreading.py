"""What is costly is made once: tests that use it are in one group, wherever their file lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.spreading import TESTS, TOGETHER, groups_of, place_of


@dataclass(frozen=True)
class Found:
    """A test, as pytest finds it."""

    path: Path
    fixturenames: tuple[str, ...] = ()


@pytest.mark.parametrize("fixture", ["stack", "spark"])
def test_files_that_use_a_costly_fixture_are_one_group(fixture: str) -> None:
    """One test of a file is enough: its other tests share what the module makes."""
    first, second, other = (TESTS / "e2e" / name for name in ("test_a.py", "test_b.py", "test_c.py"))
    tests = [Found(first, ("client", fixture)), Found(first), Found(second, (fixture,)), Found(other)]
    groups = groups_of(tests)
    assert groups == {first: fixture, second: fixture, other: "e2e/test_c.py"}
    assert place_of(groups[first]) < place_of(groups[other])


def test_what_has_a_group_of_its_own_is_there() -> None:
    """Each name that TOGETHER gives is that of a folder or file of tests."""
    for start in TOGETHER:
        assert list(TESTS.glob(f"{start}*")), start
