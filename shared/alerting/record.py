"""How often alerts open, and how long they stay open: figures over those that closed lately. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from pydantic import BaseModel, ConfigDict

WINDOW = timedelta(days=30)


class ClosedAlert(BaseModel):
    """An alert that is over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rule: str
    severity: str
    opened_at: datetime
    closed_at: datetime

    @property
    def minutes(self) -> float:
        """How long it was open."""
        return (self.closed_at - self.opened_at).total_seconds() / 60


@dataclass(frozen=True)
class RuleRecord:
    """What a rule's alerts were like in the last 30 days.

    Attributes:
        rule: the rule.
        closed: alerts that were over in that time.
        median_min: minutes until they were over, the middle one.
        longest_min: minutes of the longest.
    """

    rule: str
    closed: int
    median_min: float
    longest_min: float


def record_of(closed: Iterable[ClosedAlert], now: datetime) -> list[RuleRecord]:
    """The record of each rule that has one, the most frequent first."""
    lately = [alert for alert in closed if now - alert.closed_at <= WINDOW]
    minutes = {
        rule: [each.minutes for each in lately if each.rule == rule] for rule in {one.rule for one in lately}
    }
    found = [
        RuleRecord(rule, len(each), round(median(each), 1), round(max(each), 1))
        for rule, each in minutes.items()
    ]
    return sorted(found, key=lambda one: (-one.closed, one.rule))
