"""The alert book: the open alerts and the notices still to be sent, one small document. Pure.

`control/alerts.json`. A notice is recorded together with what it is about and sent afterwards, so a death in between
only makes it late. It is claimed before it is sent, so two processes do not both send it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from shared.alerting.notices import Event, Notice
from shared.alerting.record import ClosedAlert
from shared.alerting.rules import RUN_FAILED, Alert, Severity
from shared.config import Settings
from shared.runs.state import RunState

MAX_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=2)
QUOTA_WINDOW = timedelta(hours=1)
KEPT_NOTICES = 100
KEPT_CLOSED = 200


@dataclass(frozen=True, kw_only=True)
class NoticeOptions:
    """How notices are sent; `shared.config` has the settings, with defaults.

    Attributes:
        channels: names of the channels; none, and no notice is recorded.
        repeat_after: the same alert, open again within that time, is not told again.
        per_hour: notices sent in an hour at most; others wait.
        public_url: base URL of the app in links.
    """

    channels: tuple[str, ...]
    repeat_after: timedelta
    per_hour: int
    public_url: str | None

    @classmethod
    def of(cls, config: Settings, channels: tuple[str, ...]) -> NoticeOptions:
        """The options that are set, for these channels."""
        return cls(
            channels=channels,
            repeat_after=timedelta(minutes=config.notice_repeat_min),
            per_hour=config.notices_per_hour,
            public_url=str(config.public_url) if config.public_url else None,
        )


class OpenAlert(BaseModel):
    """An alert that is open."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rule: str
    severity: Severity
    reason: str
    run_id: str | None = None
    opened_at: datetime
    is_told: bool


class Pending(BaseModel):
    """A notice that some channels have not got yet."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    notice: Notice
    left: tuple[str, ...]
    attempts: int = 0
    due_at: datetime


class AlertBook(BaseModel):
    """The document. `told_runs` are the runs of the history whose end was among the notices, sent or not."""

    model_config = ConfigDict(extra="ignore")

    watched_since: datetime
    told_runs: tuple[str, ...] = ()
    open: dict[str, OpenAlert] = {}
    closed: tuple[ClosedAlert, ...] = ()
    last_told: dict[str, datetime] = {}
    dead_letters: int = 0
    dead_letters_at: datetime | None = None
    outbox: tuple[Pending, ...] = ()
    sent_at: tuple[datetime, ...] = ()

    def add_ended_runs(self, runs: Sequence[RunState], now: datetime, options: NoticeOptions) -> None:
        """Record a notice for each run of the history that was not there before."""
        for run in runs:
            if run.run_id not in self.told_runs:
                self._queue(_run_notice(run, now, options), now, options)
        self.told_runs = tuple(run.run_id for run in runs)

    def update_alerts(
        self, alerts: Sequence[Alert], now: datetime, options: NoticeOptions
    ) -> tuple[list[Alert], list[OpenAlert]]:
        """Make these the open alerts; returns those that opened or got worse, and those that closed."""
        opened = [alert for alert in alerts if self._is_news(alert)]
        for alert in alerts:
            self._open(alert, alert in opened, now, options)
        current = {alert.rule for alert in alerts}
        closed = [self.open.pop(rule) for rule in list(self.open) if rule not in current]
        for done in closed:
            self._close(done, now, options)
        return opened, closed

    def claim(self, now: datetime, per_hour: int) -> list[Pending]:
        """Take notices that are due, to be sent now; they are due again later unless `settle` is told."""
        self.sent_at = tuple(at for at in self.sent_at if now - at < QUOTA_WINDOW)
        quota = max(0, per_hour - len(self.sent_at))
        due = [pending for pending in self.outbox if pending.due_at <= now][:quota]
        claimed = {pending.notice.id: _claimed(pending, now) for pending in due}
        self.outbox = tuple(claimed.get(pending.notice.id, pending) for pending in self.outbox)
        self.sent_at += (now,) * len(claimed)
        return list(claimed.values())

    def settle(self, notice_id: str, left: tuple[str, ...]) -> None:
        """Note which channels a notice still has to go to; after 5 attempts it is given up."""
        self.outbox = tuple(
            pending.model_copy(update={"left": left}) if pending.notice.id == notice_id else pending
            for pending in self.outbox
            if pending.notice.id != notice_id or (left and pending.attempts < MAX_ATTEMPTS)
        )

    def _is_news(self, alert: Alert) -> bool:
        known = self.open.get(alert.rule)
        return known is None or (known.severity, alert.severity) == ("warning", "critical")

    def _open(self, alert: Alert, is_news: bool, now: datetime, options: NoticeOptions) -> None:
        known = self.open.get(alert.rule)
        is_told = known is not None and known.is_told
        if is_news:
            is_told = self._notify(alert, now, options) or is_told
        self.open[alert.rule] = OpenAlert(
            rule=alert.rule,
            severity=alert.severity,
            reason=alert.reason,
            run_id=alert.run_id,
            opened_at=known.opened_at if known else now,
            is_told=is_told,
        )

    def _notify(self, alert: Alert, now: datetime, options: NoticeOptions) -> bool:
        """Record the notice of an alert; False when the same one was sent a short while ago."""
        if alert.rule == RUN_FAILED:  # the notice of the run's end says it
            return True
        key = f"{alert.rule}:{alert.severity}"
        told_at = self.last_told.get(key)
        if told_at is not None and now - told_at < options.repeat_after:
            return False
        self.last_told[key] = now
        self._queue(_alert_notice(alert, now, options), now, options)
        return True

    def _close(self, alert: OpenAlert, now: datetime, options: NoticeOptions) -> None:
        if alert.rule == "dead_letters":
            self.dead_letters, self.dead_letters_at = 0, None
        over = ClosedAlert(**alert.model_dump(), closed_at=now)
        self.closed = (*self.closed, over)[-KEPT_CLOSED:]
        if alert.is_told:
            self._queue(_recovery_notice(alert, now, options), now, options)

    def _queue(self, notice: Notice, now: datetime, options: NoticeOptions) -> None:
        if options.channels:
            pending = Pending(notice=notice, left=options.channels, due_at=now)
            self.outbox = (*self.outbox, pending)[-KEPT_NOTICES:]


def _claimed(pending: Pending, now: datetime) -> Pending:
    attempts = pending.attempts + 1
    return pending.model_copy(
        update={"attempts": attempts, "due_at": now + RETRY_AFTER * 2 ** (attempts - 1)}
    )


_ENDS: dict[str, Event] = {
    "completed": "run.completed",
    "failed": "run.failed",
    "cancelled": "run.cancelled",
}


def _run_notice(run: RunState, now: datetime, options: NoticeOptions) -> Notice:
    counts = ", ".join(f"{name} {count:,}" for name, count in run.counts.items())
    return Notice(
        id=f"{run.run_id}-{run.state}",
        event=_ENDS[run.state],
        severity="critical" if run.state == "failed" else "info",
        title=f"Crossfade run {run.run_id} {run.state}",
        reason=run.reason or counts or None,
        run_id=run.run_id,
        link=_link(run.run_id, options),
        at=now,
    )


def _alert_notice(alert: Alert, now: datetime, options: NoticeOptions) -> Notice:
    return Notice(
        id=f"{alert.rule}-{alert.severity}-{now:%Y%m%dT%H%M%S}",
        event="alert.opened",
        severity=alert.severity,
        title=f"Crossfade {alert.severity}: {alert.rule}",
        reason=alert.reason,
        run_id=alert.run_id,
        link=_link(alert.run_id, options),
        at=now,
    )


def _recovery_notice(alert: OpenAlert, now: datetime, options: NoticeOptions) -> Notice:
    minutes = (now - alert.opened_at).total_seconds() / 60
    return Notice(
        id=f"{alert.rule}-closed-{now:%Y%m%dT%H%M%S}",
        event="alert.closed",
        severity="info",
        title=f"Crossfade recovered: {alert.rule}",
        reason=f"after {minutes:.0f} minutes; it was: {alert.reason}",
        run_id=alert.run_id,
        link=_link(alert.run_id, options),
        at=now,
    )


def _link(run_id: str | None, options: NoticeOptions) -> str | None:
    """Link to the run, or to the runs."""
    if options.public_url is None:
        return None
    base = f"{options.public_url.rstrip('/')}/api/runs"
    return f"{base}/{run_id}" if run_id else base
