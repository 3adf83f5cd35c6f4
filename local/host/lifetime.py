"""Stopping in order, and outages that are logged once and waited out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """The host is stopping and the caller was waiting."""


class Listener(Protocol):
    """Something that waits for its trigger until the host stops."""

    name: str

    async def run(self) -> None:
        """Listen until the host stops; a running invocation is finished first. Never raises."""


class Stop:
    """The request to stop. Waits end at once when it is set; invocations run to their end."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    @property
    def is_set(self) -> bool:
        """Whether the host is stopping."""
        return self._event.is_set()

    def set(self) -> None:
        """Stop."""
        self._event.set()

    async def wait(self) -> None:
        """Return when the host stops."""
        await self._event.wait()

    async def sleep(self, delay_s: float) -> None:
        """Wait ``delay_s``; raises ``Stopped`` when the host stops first."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), delay_s)
        if self.is_set:
            raise Stopped

    async def race(self, waiting: Coroutine[Any, Any, T]) -> T:
        """The result of ``waiting``; when the host stops first it is cancelled and ``Stopped`` is raised."""
        task = asyncio.ensure_future(waiting)
        stopping = asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if task.done() and not self.is_set:
                return task.result()
            raise Stopped
        finally:
            stopping.cancel()
            await cancelled(task)


async def cancelled(task: asyncio.Future[Any]) -> None:
    """Cancel a task that may have ended already and wait for its end, whatever it is."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class Outage:
    """One log line when a service goes away, one when it is back, and growing delays in between."""

    def __init__(
        self, logger: logging.Logger, service: str, first_delay_s: float = 0.5, last_delay_s: float = 10.0
    ):
        self._logger = logger
        self._service = service
        self._first_delay_s = first_delay_s
        self._last_delay_s = last_delay_s
        self._failures = 0

    def failed(self, error: BaseException) -> float:
        """Note a failure; how long to wait before the next try, in seconds."""
        self._failures += 1
        level = logging.WARNING if self._failures == 1 else logging.DEBUG
        self._logger.log(
            level, "%s: %s: %s; trying again", self._service, type(error).__name__, _first_line(error)
        )
        return min(self._last_delay_s, self._first_delay_s * 2.0 ** min(self._failures - 1, 10))

    def over(self) -> None:
        """Note that the service answered."""
        if self._failures:
            self._logger.info("%s: back after %d failed tries", self._service, self._failures)
        self._failures = 0


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else "no message"
