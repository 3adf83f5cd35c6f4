"""Work that is not lost: the Functions worker keeps no reference to an invocation while it runs.

An invocation that waits for something nobody else holds can be collected, and is missed only when functionTimeout
ends. Work held here runs to its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_running: set[asyncio.Task[Any]] = set()


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """The result of the work; also when whoever waits for it is lost, it is not."""
    task = asyncio.create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return await task
