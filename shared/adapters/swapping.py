"""Small documents that several processes change: read, changed, and written if nobody else did so meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from shared.adapters.lake import CONTROL, Lake
from shared.errors import StaleWrite

TRIES = 20
Outcome = TypeVar("Outcome")


async def swap(
    lake: Lake, name: str, step: Callable[[bytes | None], tuple[bytes | None, Outcome]]
) -> Outcome:
    """Change a document of the control container by compare-and-swap.

    Args:
        lake: where it is kept.
        name: its name.
        step: from what it holds (None where it is not there) to what it shall hold (None leaves it alone) and what to
            return. May be called again.

    Raises:
        StaleWrite: it was contended more than 20 times in a row.
    """
    for _ in range(TRIES):
        found = await lake.read_versioned(CONTROL, name)
        data, outcome = step(found.data if found else None)
        if data is None:
            return outcome
        try:
            await lake.replace(CONTROL, name, data, found.etag if found else None)
        except StaleWrite:
            continue
        return outcome
    raise StaleWrite(f"{CONTROL}/{name} is contended")
