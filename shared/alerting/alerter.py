"""The alerter: gathers the facts, changes the alert book, sends notices. Called when a run ends, and once a minute."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from shared.adapters.lake import CONTROL, Lake
from shared.adapters.telemetry import Telemetry
from shared.alerting.book import AlertBook, NoticeOptions, OpenAlert, Pending
from shared.alerting.notices import Notifier
from shared.alerting.rules import Alert, Facts, Thresholds, evaluate
from shared.errors import LakeUnavailable, StaleWrite
from shared.figures.storage import read_storage
from shared.figures.stored import Measurement
from shared.runs.findings import Export, read_export
from shared.runs.history import History, read_history
from shared.runs.state import RunState
from shared.runs.store import RunStore

ALERTS = "alerts.json"
Result = TypeVar("Result")
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Alerter:
    """Opens and closes alerts and sends notices.

    Attributes:
        thresholds: the limits of the rules.
        options: how notices are sent.
    """

    lake: Lake
    runs: RunStore
    telemetry: Telemetry
    notifier: Notifier
    now: Callable[[], datetime]
    thresholds: Thresholds
    options: NoticeOptions

    async def check(self) -> None:
        """Evaluate the rules, and send the notices that are due.

        A lake out of reach is logged; the next call catches up.
        """
        try:
            await self._check()
        except (LakeUnavailable, StaleWrite) as error:
            log.warning("alerts were not checked: %s", error)

    async def note_dead_letters(self, count: int) -> None:
        """Count messages that had to be given up; the next check alerts."""

        def add(book: AlertBook) -> None:
            book.dead_letters += count
            book.dead_letters_at = self.now()

        await self._change(add)

    async def _check(self) -> None:
        active, history = await self.runs.active(), await read_history(self.lake)
        export, stored = await read_export(self.lake), (await read_storage(self.lake)).newest
        opened, closed, due = await self._change(
            lambda book: self._step(book, active, history, export, stored)
        )
        self._report(opened, closed)
        left = await asyncio.gather(*(self.notifier.send(one.notice, one.left) for one in due))
        if due:
            await self._change(lambda book: _settle(book, due, left))

    def _step(
        self,
        book: AlertBook,
        active: RunState | None,
        history: History,
        export: Export | None,
        stored: Measurement | None,
    ) -> tuple[list[Alert], list[OpenAlert], list[Pending]]:
        now = self.now()
        facts = Facts(
            now=now,
            active=active,
            ended=history.runs,
            watched_since=book.watched_since,
            dead_letters=book.dead_letters,
            dead_letters_at=book.dead_letters_at,
            export=export,
            stored=stored,
        )
        book.add_ended_runs(history.runs, now, self.options)
        opened, closed = book.update_alerts(evaluate(facts, self.thresholds), now, self.options)
        return opened, closed, book.claim(now, self.options.per_hour)

    def _report(self, opened: list[Alert], closed: list[OpenAlert]) -> None:
        for alert in opened:
            log.error("alert %s (%s): %s", alert.rule, alert.severity, alert.reason)
            self.telemetry.event("AlertOpened", **vars(alert))
        for done in closed:
            log.info("alert %s is over", done.rule)
            about = {"rule": done.rule, "severity": done.severity}
            open_s = (self.now() - done.opened_at).total_seconds()
            self.telemetry.event("AlertClosed", **about, run_id=done.run_id, minutes=round(open_s / 60, 1))
            self.telemetry.record("crossfade.alert_duration", open_s, **about)

    async def _change(self, step: Callable[[AlertBook], Result]) -> Result:
        """Change the book by compare-and-swap; a step that changes nothing writes nothing.

        Raises:
            StaleWrite: the book was contended more than 20 times in a row.
        """

        def change(data: bytes | None) -> tuple[bytes | None, Result]:
            book = _parsed(data, self.now())
            before = book.model_dump_json()
            result = step(book)
            after = book.model_dump_json()
            return (None if data is not None and after == before else after.encode()), result

        return await self.lake.change(CONTROL, ALERTS, change)


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
