"""When a service of our own is gone: the message is held while its lock is renewed, and the work goes on after.

An exception would give a message back at once, and ten deliveries are gone in seconds. So whoever needs the lake, the
vault, a token of the identity or the queues asks through a `Hold`, which tries again with growing pauses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.servicebus.exceptions import MessageSizeExceededError

from shared.errors import Unreachable

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
#: Answers that say something of the moment or of rights that have not spread yet, not of the request.
PASSING_STATUSES = frozenset({401, 403, 404, 408, 429})
T = TypeVar("T")
log = logging.getLogger(__name__)


def is_outage(error: BaseException) -> bool:
    """Whether an error says that a service of our own is gone for now: asking again may do."""
    if isinstance(error, MessageSizeExceededError):
        return False
    if isinstance(error, HttpResponseError) and not isinstance(error, ClientAuthenticationError):
        status = error.status_code
        return status is None or status >= 500 or status in PASSING_STATUSES
    return isinstance(error, AzureError | Unreachable | ConnectionError | TimeoutError)


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
            log.warning("a service of our own does not answer, the message is held: %s", _first_line(error))
            self._ends_s = self._clock() + self._limit_s
        return self._ends_s - self._clock()


def _first_line(error: Exception) -> str:
    """The error's type and the beginning of what it says."""
    return f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}"
