"""Moving windows: the limit a source enforces, and the largest number of requests seen in any window."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

WINDOW_S = 60.0
Clock = Callable[[], float]


class MovingWindow:
    """Admits at most `limit` requests in any `window_s` seconds; a limit of 0 admits everything.

    Refused requests take no place in the window. `clock` returns seconds and never goes back.
    """

    def __init__(self, limit: int, clock: Clock, window_s: float = WINDOW_S) -> None:
        self.limit = limit
        self.window_s = window_s
        self._clock = clock
        self._admitted: deque[float] = deque()

    def admit(self) -> float:
        """Take a place and return 0.0, or return the seconds until a place is free."""
        if not self.limit:
            return 0.0
        now = self._clock()
        self._forget(now)
        if len(self._admitted) < self.limit:
            self._admitted.append(now)
            return 0.0
        return max(self._admitted[0] + self.window_s - now, 1e-6)

    def used(self) -> int:
        """Places taken in the window that ends now."""
        self._forget(self._clock())
        return len(self._admitted)

    def remaining(self) -> int:
        """Places free now; 0 when there is no limit, as there is nothing to count."""
        return max(self.limit - self.used(), 0)

    def clear(self) -> None:
        """Forget every request."""
        self._admitted.clear()

    def _forget(self, now: float) -> None:
        while self._admitted and self._admitted[0] <= now - self.window_s:
            self._admitted.popleft()


class PeakWindow:
    """Remembers the largest number of events seen in any `window_s` seconds."""

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self.peak = 0
        self._window_s = window_s
        self._events: deque[float] = deque()

    def add(self, now: float) -> None:
        """Count an event at `now` (seconds, never going back)."""
        self._events.append(now)
        while self._events[0] <= now - self._window_s:
            self._events.popleft()
        self.peak = max(self.peak, len(self._events))
