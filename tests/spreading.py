"""Which tests stay in one process: those that share something costly, a stack or a Spark session; others by file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

TESTS = Path(__file__).parent
#: Session fixtures that take minutes to make, the longest group first; a file that uses one is in its group.
COSTLY = ("stack", "spark")
TOGETHER = {
    "integration/local/infra_check/": "infra-checkers",  # two must not install at once
    "judges/kql/test_language_service": "infra-checkers",
    "judges/worker/": "worker-judge",  # two must not install at once
}


class Collected(Protocol):
    """What is asked of a test: its file, and all fixtures it uses, those of its fixtures among them."""

    @property
    def path(self) -> Path: ...

    @property
    def fixturenames(self) -> Sequence[str]: ...


def groups_of(tests: Iterable[Collected]) -> dict[Path, str]:
    """The group of each file."""
    used: dict[Path, set[str]] = {}
    for test in tests:
        used.setdefault(test.path, set()).update(test.fixturenames)
    return {path: _group(path, fixtures) for path, fixtures in used.items()}


def place_of(group: str) -> int:
    """Where a group stands in the order of their beginning: the longest go first."""
    return COSTLY.index(group) if group in COSTLY else len(COSTLY)


def _group(path: Path, fixtures: set[str]) -> str:
    for fixture in COSTLY:
        if fixture in fixtures:
            return fixture
    name = path.relative_to(TESTS).as_posix()
    return next((group for start, group in TOGETHER.items() if name.startswith(start)), name)
