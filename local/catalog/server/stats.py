"""What each source was asked and how it answered, as `/_stats` shows it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from local.catalog.server.limits import PeakWindow

SHOWN_REPEATS = 100


class SourceStats:
    """Counts of one source. Every request counts, refused and faulty ones too."""

    def __init__(self) -> None:
        self.requests = 0
        self.over_limit = 0
        self.repeats = 0
        self.by_status: Counter[str] = Counter()
        self.by_kind: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self._first_s: float | None = None
        self._last_s: float | None = None
        self._peak = PeakWindow()
        self._answered: Counter[str] = Counter()

    def arrive(self, kind: str, key: str, now_s: float) -> None:
        """Count a request for `key` (path and query without credentials) of an endpoint kind."""
        self.requests += 1
        self.by_kind[kind] += 1
        self.repeats += key in self._answered
        self._peak.add(now_s)
        self._first_s = now_s if self._first_s is None else self._first_s
        self._last_s = now_s

    def answer(self, key: str, status: str, is_whole: bool = True) -> None:
        """Count an answer; `is_whole` is False if a fault broke it."""
        self.by_status[status] += 1
        if status == "200" and is_whole:
            self._answered[key] += 1

    def as_dict(self) -> dict[str, Any]:
        """Return the counts, as JSON values; `repeated` names what was answered more than once."""
        repeated = [(key, count) for key, count in self._answered.items() if count > 1]
        return {
            "requests": self.requests,
            "by_status": dict(self.by_status),
            "by_kind": dict(self.by_kind),
            "max_in_window": self._peak.peak,
            "over_limit": self.over_limit,
            "faults": dict(self.faults),
            "first_s": self._first_s,
            "last_s": self._last_s,
            "distinct": len(self._answered),
            "repeats": self.repeats,
            "repeated": dict(sorted(repeated, key=lambda pair: -pair[1])[:SHOWN_REPEATS]),
        }
