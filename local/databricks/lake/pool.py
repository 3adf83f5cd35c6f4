"""Many small pieces of work at once, but only so many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


async def map_bounded(
    work: Callable[[Item], Awaitable[Outcome]], items: Iterable[Item], limit: int
) -> list[Outcome]:
    """The outcome of `work` for every item, in no particular order, at most `limit` at a time.

    The first error stops the rest and is raised.
    """
    queue = iter(items)
    outcomes: list[Outcome] = []
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(limit):
                group.create_task(_drain(work, queue, outcomes))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return outcomes


async def _drain(
    work: Callable[[Item], Awaitable[Outcome]], queue: Iterator[Item], outcomes: list[Outcome]
) -> None:
    for item in queue:
        outcomes.append(await work(item))
