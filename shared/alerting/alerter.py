"""Alerts at work: gather the facts, change the book, tell people. Called when a run ends, and once a minute."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from shared.adapters.lake import CONTROL, Lake
from shared.adapters.telemetry import Telemetry
from shared.alerting.book import AlertBook, NoticeOptions, OpenAlert, Pending
from shared.alerting.notices import Notifier
from shared.alerting.rules import Alert, Facts, Thresholds, evaluate
from shared.errors import LakeUnavailable, StaleWrite
from shared.runs.history import History, read_history
from shared.runs.state import RunState
from shared.runs.store import RunStore

ALERTS = "alerts.json"
Outcome = TypeVar("Outcome")
log = logging.getLogger(__name__)


class Alerter:
    """Opens and closes alerts and sends notices."""

    def __init__(
        self,
        lake: Lake,
        runs: RunStore,
        telemetry: Telemetry,
        notifier: Notifier,
        now: Callable[[], datetime],
        thresholds: Thresholds,
        options: NoticeOptions,
    ) -> None:
        self._lake = lake
        self._runs = runs
        self._telemetry = telemetry
        self._notifier = notifier
        self._now = now
        self._thresholds = thresholds
        self._options = options

    async def check(self) -> None:
        """Look at the facts, and send what is due. A lake out of reach is logged; the next call makes it good."""
        try:
            await self._check()
        except (LakeUnavailable, StaleWrite) as error:
            log.warning("alerts were not looked at: %s", type(error).__name__)

    async def dead_letters(self, count: int) -> None:
        """Remember that messages had to be given up; the next check alerts."""

        def add(book: AlertBook) -> None:
            book.dead_letters += count
            book.dead_letters_at = self._now()

        await self._change(add)

    async def _check(self) -> None:
        active, history = await self._runs.active(), await read_history(self._lake)
        opened, closed, due = await self._change(lambda book: self._step(book, active, history))
        self._report(opened, closed)
        left = await asyncio.gather(*(self._notifier.send(one.notice, one.left) for one in due))
        if due:
            await self._change(lambda book: _settle(book, due, left))

    def _step(
        self, book: AlertBook, active: RunState | None, history: History
    ) -> tuple[list[Alert], list[OpenAlert], list[Pending]]:
        now = self._now()
        facts = Facts(now, active, history.runs, book.watched_since, book.dead_letters, book.dead_letters_at)
        book.runs_ended(history.runs, now, self._options)
        opened, closed = book.alerts_are(evaluate(facts, self._thresholds), now, self._options)
        return opened, closed, book.claim(now, self._options.per_hour)

    def _report(self, opened: list[Alert], closed: list[OpenAlert]) -> None:
        for alert in opened:
            log.error("alert %s (%s): %s", alert.rule, alert.severity, alert.reason)
            self._telemetry.event("AlertOpened", **vars(alert))
        for done in closed:
            log.info("alert %s is over", done.rule)
            self._telemetry.event("AlertClosed", rule=done.rule, severity=done.severity, run_id=done.run_id)

    async def _change(self, step: Callable[[AlertBook], Outcome]) -> Outcome:
        """Change the book by compare-and-swap; a step that changes nothing writes nothing.

        Raises:
            StaleWrite: the book was contended more than 20 times in a row.
        """

        def change(data: bytes | None) -> tuple[bytes | None, Outcome]:
            book = _parsed(data, self._now())
            before = book.model_dump_json()
            outcome = step(book)
            after = book.model_dump_json()
            return (None if data is not None and after == before else after.encode()), outcome

        return await self._lake.change(CONTROL, ALERTS, change)


async def read_book(lake: Lake, now: datetime) -> AlertBook:
    """The book as it is; a new one, watched since `now`, where there is none that can be read."""
    return _parsed(await lake.read(CONTROL, ALERTS), now)


def _parsed(data: bytes | None, now: datetime) -> AlertBook:
    """The book; a new one where there is none that can be read."""
    if data is None:
        return AlertBook(watched_since=now)
    try:
        return AlertBook.model_validate_json(data)
    except ValidationError:
        log.exception("control/%s cannot be read; it is begun anew", ALERTS)
        return AlertBook(watched_since=now)


def _settle(book: AlertBook, due: list[Pending], left: list[tuple[str, ...]]) -> None:
    for pending, channels in zip(due, left, strict=True):
        book.settle(pending.notice.id, channels)
