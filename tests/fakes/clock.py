"""A clock that moves only when somebody sleeps on it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


class FakeClock:
    """Call it for monotonic seconds; `now()` is the wall clock that goes with them."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0

    def __call__(self) -> float:
        """Monotonic seconds."""
        return self.elapsed_s

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return START + timedelta(seconds=self.elapsed_s)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.elapsed_s += seconds

    async def sleep(self, seconds: float) -> None:
        """Pass the time at once; sleepers at the same time sleep side by side."""
        wakes_s = self.elapsed_s + max(0.0, seconds)
        await asyncio.sleep(0)
        self.elapsed_s = max(self.elapsed_s, wakes_s)
