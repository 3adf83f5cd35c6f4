"""When to ask: the pacer of one lane. Pure; the caller brings the clock.

A lane hands out start times ("slots") spaced evenly, after the generic cell rate algorithm (ITU-T I.371): a slot is
`interval_s` after the one before, and after a pause of the caller up to `catch_up_s` of lost slots are made good, a
little closer together. With L the limit and `interval_s = (60 + jitter + catch_up) / L`, request number n + L starts
at least 60 seconds and the jitter after request n: no moving window of 60 seconds sees more than L arrivals.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import floor

WINDOW_S = 60.0
JITTER_S = 0.4
CATCH_UP_S = 0.5
CATCH_UP_SPACING = 0.8
IDLE_S = 2.0
SLOWEST_FACTOR = 16.0
RECOVERY = 0.98


@dataclass(frozen=True)
class LaneLimit:
    """How fast one lane may go.

    Attributes:
        requests_per_min: what the source permits this lane in any 60 seconds.
        catch_up_s: how much lost time may be made good; 0 where requests are a second apart.
    """

    requests_per_min: float
    catch_up_s: float

    @classmethod
    def of(cls, requests_per_min: float) -> LaneLimit:
        """The limit with the margins this module promises."""
        whole = max(1.0, floor(requests_per_min))  # a window holds whole requests
        return cls(whole, CATCH_UP_S if whole >= 600 else 0.0)

    @property
    def interval_s(self) -> float:
        """Seconds between two slots."""
        return (WINDOW_S + JITTER_S + self.catch_up_s) / self.requests_per_min


class Pacer:
    """Hands out the slots of one lane, in order.

    All times are seconds on one monotonic clock. A new pacer starts with a pause of one interval, so that a lane
    that moved here from another instance never bursts.

    Args:
        limit: the fastest it may ever go; what the source states may be lower for a time.
        now_s: the time it starts at.
    """

    def __init__(self, limit: LaneLimit, now_s: float) -> None:
        self._configured = limit
        self._limit = limit
        self._factor = 1.0
        self._last_s = now_s
        self._due_s = now_s + limit.interval_s
        self._held_until_s = now_s
        self._starts: deque[float] = deque()

    @property
    def limit(self) -> LaneLimit:
        """The limit in force."""
        return self._limit

    @property
    def interval_s(self) -> float:
        """Seconds between slots now; longer while the source throttles."""
        return self._limit.interval_s * self._factor

    def next_slot(self, now_s: float) -> float:
        """When the next request would start; takes nothing."""
        behind_s = self._limit.catch_up_s if self._factor == 1.0 else 0.0
        due_s = max(self._due_s, now_s - behind_s)
        closest_s = self._last_s + self.interval_s * CATCH_UP_SPACING
        return max(due_s, closest_s, now_s, self._held_until_s, self._window_free_s())

    def reserve(self, now_s: float) -> float:
        """Take the next slot: the time at which to start one request."""
        slot_s = self.next_slot(now_s)
        behind_s = self._limit.catch_up_s if self._factor == 1.0 else 0.0
        self._due_s = max(self._due_s, slot_s - behind_s) + self.interval_s
        self._last_s = slot_s
        self._starts.append(slot_s)
        self._own_use(slot_s)
        return slot_s

    def resume(self, now_s: float) -> None:
        """Begin again after a rest, in which another instance may have had the lane: pause, never burst.

        A rest is a slot that nobody took for some seconds; while the lane is busy this changes nothing.
        """
        if now_s - max(self._due_s, self._held_until_s) > IDLE_S:
            self.hold(now_s + self.interval_s)

    def hold(self, until_s: float) -> None:
        """Start nothing before `until_s`, and nothing in a burst after it."""
        self._held_until_s = max(self._held_until_s, until_s)
        self._due_s = max(self._due_s, until_s)

    def throttled(self, now_s: float, retry_after_s: float | None) -> None:
        """The source said 429: wait as told, then go on at half the speed and recover slowly."""
        self._factor = min(self._factor * 2, SLOWEST_FACTOR)
        self.hold(now_s + (retry_after_s if retry_after_s is not None else self.interval_s))

    def answered(self) -> None:
        """The source answered normally: recover a little of the speed lost to 429s."""
        self._factor = max(1.0, self._factor * RECOVERY)

    def obey(self, now_s: float, permitted_per_min: float | None, remaining: int | None) -> None:
        """Follow what the source says of its own limit.

        Args:
            now_s: the time of the answer.
            permitted_per_min: the limit it states for this lane; while it is lower than ours it rules.
            remaining: requests left in its window. At 0 with fewer requests of ours than the limit, somebody else
                uses up the rate, and the lane gives way.
        """
        if permitted_per_min:
            stated = LaneLimit.of(permitted_per_min)
            self._limit = min(stated, self._configured, key=lambda limit: limit.requests_per_min)
        if (
            remaining is not None
            and remaining <= 0
            and self._own_use(now_s) < self._limit.requests_per_min - 2
        ):
            self.hold(now_s + 2 * self.interval_s)

    def rate_used(self, now_s: float) -> float:
        """Requests started in the last 60 seconds, as a share of the limit in force."""
        return self._own_use(now_s) / self._limit.requests_per_min

    def _window_free_s(self) -> float:
        """When a minute with its full limit of starts has room again; bites only where the limit has fallen."""
        full = int(self._limit.requests_per_min)
        return self._starts[-full] + WINDOW_S if len(self._starts) >= full else 0.0

    def _own_use(self, now_s: float) -> int:
        """Requests this pacer started in the last 60 seconds."""
        while self._starts and self._starts[0] <= now_s - WINDOW_S:
            self._starts.popleft()
        return len(self._starts)
