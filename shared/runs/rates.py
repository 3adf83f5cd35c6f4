"""Request rates of the sources: sums of requests noted as time goes by. Pure; the caller brings the clock.

Workers report in batches, so a rate is a mean over the last minute, and never one of the last second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

SPACING_S = 2.0
KEPT_SAMPLES = 60
WINDOW_S = 60.0
Sample = tuple[float, int]
"""Unix time in seconds, and the requests sent until then."""


class RateLog:
    """Requests per source as they grew; as small after a long run as after a short one."""

    def __init__(self) -> None:
        self._samples: dict[str, list[Sample]] = {}

    def note(self, now: datetime, requests: Mapping[str, int]) -> None:
        """Note how many requests each source has had; nothing is noted where none was added."""
        now_s = now.timestamp()
        for source, count in requests.items():
            samples = self._samples.setdefault(source, [])
            if samples and samples[-1][1] == count:
                continue
            if len(samples) > 1 and now_s - samples[-2][0] < SPACING_S:
                samples.pop()
            samples.append((round(now_s, 3), count))
            del samples[:-KEPT_SAMPLES]

    def as_json(self) -> dict[str, list[Sample]]:
        """The samples of each source, oldest first."""
        return self._samples


@dataclass(frozen=True)
class Pace:
    """The request rate of a source, and the time its work will take at that rate.

    Attributes:
        requests_per_min: over the last minute while tasks are open; over the whole of its work afterwards.
        rate_used: share of what the source permits, 0 to 1; None before the first request.
        seconds_left: at this rate; 0 when all known tasks are done, None when that cannot be told.
    """

    requests_per_min: float
    rate_used: float | None
    seconds_left: float | None


def pace(
    samples: Sequence[Sample],
    begun: datetime | None,
    now: datetime,
    *,
    permitted_per_min: float,
    ended_tasks: int,
    open_tasks: int,
) -> Pace:
    """The pace of one source.

    Args:
        samples: requests as they grew, oldest first.
        begun: when ingestion began.
        now: the time.
        permitted_per_min: requests the source permits in a minute.
        ended_tasks: tasks that landed or failed.
        open_tasks: tasks known and not ended; more may become known, so the time left is the least it can be.
    """
    if not samples or begun is None:
        return Pace(0.0, None, None if open_tasks else 0.0)
    last_s, requests = samples[-1]
    until_s = now.timestamp() if open_tasks else last_s
    from_s, before = _base(samples, begun.timestamp(), until_s, WINDOW_S if open_tasks else None)
    per_min = 60.0 * (requests - before) / max(until_s - from_s, 1.0)
    left_s = _seconds_left(per_min, requests, ended_tasks, open_tasks)
    return Pace(round(per_min, 1), round(min(1.0, per_min / permitted_per_min), 4), left_s)


def _base(samples: Sequence[Sample], begun_s: float, until_s: float, window_s: float | None) -> Sample:
    """Where a rate is measured from: the start, or the last minute as far as it was noted."""
    if window_s is None or until_s - window_s <= begun_s:
        return begun_s, 0
    from_s = until_s - window_s
    before = [count for noted_s, count in samples if noted_s <= from_s]
    return (from_s, before[-1]) if before else samples[0]  # the process that noted more is gone


def _seconds_left(per_min: float, requests: int, ended_tasks: int, open_tasks: int) -> float | None:
    if not open_tasks:
        return 0.0
    if not (per_min and ended_tasks):
        return None
    return round(60.0 * open_tasks * (requests / ended_tasks) / per_min, 1)
