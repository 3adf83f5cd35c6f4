"""When a service of our own is gone: the message is held while its lock is renewed, and the work goes on after.

An exception would give a message back at once, and ten deliveries are gone in seconds. So whoever needs the lake, the
vault, a token of the identity or the queues asks through a `Hold`, which tries again with growing pauses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.errors import Unreachable

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
T = TypeVar("T")
log = logging.getLogger(__name__)


def is_outage(error: BaseException) -> bool:
    """Whether an error says that a service of our own is gone for now: asking again may do."""
    return isinstance(error, Unreachable) and error.is_passing


class Hold:
    """The patience of one message with services of our own.

    Args:
        limit_s: seconds from the first failure on; what still fails then is raised.
        clock: monotonic seconds.
        sleep: waits that many seconds.
    """

    def __init__(
        self,
        limit_s: float,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limit_s = limit_s
        self._clock = clock
        self._sleep = sleep
        self._ends_s: float | None = None

    async def __call__(self, act: Callable[[], Awaitable[T]]) -> T:
        """The result of an act; while a service of our own is gone, pause and try again.

        Raises:
            Exception: what `act` raises when it is no outage, or when patience has run out.
        """
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await act()
            except Exception as error:
                if not is_outage(error) or (left_s := self._left_s(error)) <= 0:
                    raise
            await self._sleep(min(pause_s, left_s))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _left_s(self, error: Exception) -> float:
        if self._ends_s is None:
            log.warning("a service of our own does not answer, the message is held: %s", error)
            self._ends_s = self._clock() + self._limit_s
        return self._ends_s - self._clock()
