"""The book of alerts: what is told, once, not too often, and again when it did not arrive."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.alerting.book import AlertBook, NoticeOptions
from shared.alerting.rules import Alert
from tests.builders.runs import NOW, hours_ago, run_at

OPTIONS = NoticeOptions(
    channels=("slack",), repeat_after=timedelta(hours=1), per_hour=30, public_url="https://app.invalid/"
)
LATE = Alert("run_late", "warning", "takes long", "RUN")
TOO_LATE = Alert("run_late", "critical", "takes too long", "RUN")
FAILED = Alert("run_failed", "critical", "no token", "RUN")


@pytest.fixture
def book() -> AlertBook:
    return AlertBook(watched_since=NOW)


def titles(book: AlertBook) -> list[str]:
    return [pending.notice.title for pending in book.outbox]


def minutes(count: float) -> datetime:
    return NOW + timedelta(minutes=count)


def test_an_alert_is_told_once_and_its_end_too(book: AlertBook) -> None:
    """Open for an hour it is one notice; its end is another, which says how long it was."""
    for minute in range(60):
        opened, closed = book.update_alerts([LATE], minutes(minute), OPTIONS)
        assert (opened, closed) == ([LATE] if minute == 0 else [], [])
    opened, closed = book.update_alerts([], minutes(60), OPTIONS)
    assert (opened, [alert.rule for alert in closed]) == ([], ["run_late"])
    assert titles(book) == ["Crossfade warning: run_late", "Crossfade recovered: run_late"]
    assert "after 60 minutes" in str(book.outbox[1].notice.reason)
    assert book.outbox[0].notice.link == "https://app.invalid/api/runs/RUN"
    assert book.open == {}


def test_an_alert_that_gets_worse_is_told_again(book: AlertBook) -> None:
    """From warning to critical; back to warning is no news."""
    book.update_alerts([LATE], NOW, OPTIONS)
    assert book.update_alerts([TOO_LATE], minutes(60), OPTIONS)[0] == [TOO_LATE]
    assert book.update_alerts([LATE], minutes(61), OPTIONS)[0] == []
    assert titles(book) == ["Crossfade warning: run_late", "Crossfade critical: run_late"]
    assert book.open["run_late"].severity == "warning" and book.open["run_late"].opened_at == NOW


def test_an_alert_that_flaps_is_told_once_an_hour(book: AlertBook) -> None:
    """Neither its return within the hour nor the end of that is told."""
    for minute in range(0, 60, 2):
        book.update_alerts([LATE], minutes(minute), OPTIONS)
        book.update_alerts([], minutes(minute + 1), OPTIONS)
    assert len(book.outbox) == 2
    book.update_alerts([LATE], minutes(60), OPTIONS)
    assert len(book.outbox) == 3


def test_a_failed_run_is_one_notice(book: AlertBook) -> None:
    """The run's end says it all; the alert it opens is told only when it is over."""
    failed, good = hours_ago(3, "failed", reason="no token"), hours_ago(1, counts={"matches": 1200})
    book.add_ended_runs([failed], NOW, OPTIONS)
    book.update_alerts([FAILED], NOW, OPTIONS)
    assert titles(book) == [f"Crossfade run {failed.run_id} failed"]
    assert (book.outbox[0].notice.event, book.outbox[0].notice.reason) == ("run.failed", "no token")
    book.add_ended_runs([failed, good], minutes(60), OPTIONS)
    book.update_alerts([], minutes(60), OPTIONS)
    assert [pending.notice.event for pending in book.outbox[1:]] == ["run.completed", "alert.closed"]
    assert book.outbox[1].notice.reason == "matches 1,200"


def test_with_nobody_to_tell_alerts_open_all_the_same(book: AlertBook) -> None:
    """Without a channel no notice is kept, and none goes out when one is set up later."""
    silent = replace(OPTIONS, channels=())
    book.add_ended_runs([hours_ago(1)], NOW, silent)
    book.update_alerts([LATE], NOW, silent)
    assert book.outbox == () and "run_late" in book.open
    book.add_ended_runs([hours_ago(1)], NOW, OPTIONS)
    book.update_alerts([LATE], NOW, OPTIONS)
    assert book.outbox == ()


def test_a_notice_that_did_not_arrive_is_sent_again_a_few_times(book: AlertBook) -> None:
    """With a growing pause, and only to the channels that did not take it; then it is given up."""
    book.add_ended_runs([hours_ago(1)], NOW, replace(OPTIONS, channels=("slack", "webhook")))
    at, sent = NOW, []
    while book.outbox:
        for pending in book.claim(at, per_hour=100):
            sent.append((at, pending.left))
            assert book.claim(at, per_hour=100) == [], "nobody else sends it meanwhile"
            book.settle(pending.notice.id, ("webhook",))
        at += timedelta(minutes=1)
    assert [left for _, left in sent] == [("slack", "webhook")] + [("webhook",)] * 4
    assert [(when - NOW).total_seconds() / 60 for when, _ in sent] == [0, 2, 6, 14, 30]


def test_a_notice_that_arrived_is_done(book: AlertBook) -> None:
    """It is forgotten at once."""
    book.add_ended_runs([hours_ago(1)], NOW, OPTIONS)
    (pending,) = book.claim(NOW, per_hour=30)
    book.settle(pending.notice.id, ())
    assert book.outbox == () and book.claim(minutes(60), per_hour=30) == []


def test_no_more_than_so_many_notices_an_hour(book: AlertBook) -> None:
    """Those beyond wait, in order, until the hour has passed."""
    runs = [run_at(NOW - timedelta(minutes=60 - n), took_min=1) for n in range(8)]
    book.add_ended_runs(runs, NOW, OPTIONS)
    first = book.claim(NOW, per_hour=5)
    for pending in first:
        book.settle(pending.notice.id, ())
    assert [len(first), len(book.claim(minutes(59), per_hour=5))] == [5, 0]
    rest = book.claim(minutes(60), per_hour=5)
    assert [p.notice.run_id for p in (*first, *rest)] == [run.run_id for run in runs]


def test_the_book_stays_small(book: AlertBook) -> None:
    """However many runs end while no webhook answers, the oldest notices make way."""
    book.add_ended_runs([run_at(NOW + timedelta(minutes=n)) for n in range(300)], NOW, OPTIONS)
    assert len(book.outbox) == 100
    assert AlertBook.model_validate_json(book.model_dump_json()) == book


def test_without_the_address_of_the_app_a_notice_has_no_link() -> None:
    """PUBLIC_URL is not set: people are told all the same."""
    book = AlertBook(watched_since=NOW)
    book.update_alerts([LATE], NOW, replace(OPTIONS, public_url=None))
    (pending,) = book.claim(NOW, 30)
    assert pending.notice.link is None
