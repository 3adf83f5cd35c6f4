"""How often alerts open, and how long they stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.alerting.book import KEPT_CLOSED, AlertBook, NoticeOptions
from shared.alerting.record import ClosedAlert, RuleRecord, record_of
from shared.alerting.rules import Alert

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
OPTIONS = NoticeOptions(channels=(), repeat_after=timedelta(hours=1), per_hour=30, public_url=None)


def closed(rule: str, days_ago: float, minutes: float) -> ClosedAlert:
    at = NOW - timedelta(days=days_ago)
    return ClosedAlert(rule=rule, severity="warning", opened_at=at - timedelta(minutes=minutes), closed_at=at)


def test_the_record_of_a_month() -> None:
    """Rules by how often, with the middle and the longest time; what is older than 30 days is forgotten."""
    found = record_of(
        [closed("volume", 1, 10), closed("volume", 2, 30), closed("volume", 3, 20), closed("run_late", 4, 5),
         closed("quality", 31, 5)], NOW,
    )  # fmt: skip
    assert found == [RuleRecord("volume", 3, 20, 30), RuleRecord("run_late", 1, 5, 5)]


def test_the_book_remembers_what_is_over() -> None:
    """When it opened and when it closed; the oldest go."""
    book = AlertBook(watched_since=NOW)
    for n in range(KEPT_CLOSED + 1):
        at = NOW + timedelta(hours=n)
        book.update_alerts([Alert("run_late", "warning", "slow")], at, OPTIONS)
        book.update_alerts([], at + timedelta(minutes=7), OPTIONS)
    assert len(book.closed) == KEPT_CLOSED
    assert book.closed[-1].minutes == 7
    assert book.closed[0].opened_at == NOW + timedelta(hours=1)
