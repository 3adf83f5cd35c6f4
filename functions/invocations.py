"""Work that is not lost: the Functions worker keeps no reference to an invocation while it runs.

An invocation that waits for something nobody else holds can be collected, and is missed only when functionTimeout
ends. Work held here runs to its end.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_running: set[asyncio.Task[Any]] = set()


def held(run: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A function whose work goes on to its end, also when whoever waits for it is lost."""

    @functools.wraps(run)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        task = asyncio.create_task(run(*args, **kwargs))
        _running.add(task)
        task.add_done_callback(_running.discard)
        return await task

    return call
