"""Fetch tasks: ask at the lane's pace, land one raw blob per task, send children, report.

The host hands over one message a call, up to `maxConcurrentCallsPerSession` side by side, and renews the session's
lock for as long as calls run; what they share is kept for the life of the process.

Order matters for exactly-once effect: the blob is written once, then children are sent, then the task is reported
done. A task that is delivered again finds its blob and repeats only what came after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from shared.adapters.bus import Bus, Delivery
from shared.adapters.telemetry import Telemetry, about, following
from shared.config import Settings
from shared.errors import (
    CredentialsRejected,
    InvalidMessage,
    InvalidSettings,
    LanePaused,
    PermanentSourceError,
    RetryableSourceError,
    RunEnded,
)
from shared.ingestion.active_runs import ActiveRuns
from shared.ingestion.failed_tasks import FailedTasks
from shared.ingestion.landing import Desk, Lander
from shared.ingestion.outages import Hold, is_outage
from shared.ingestion.reports import failure_of
from shared.messages.tasks import FetchTask
from shared.runs.source_watch import SourceWatch
from shared.runs.state import RunState
from shared.sources.lanes import Lanes, Permit

LONGEST_DELAY_S = 480.0
OUTAGE_SENDS = 20
REFUSALS_KEPT = 16
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FetchOptions:
    """Settings of a fetcher; see `shared.config`."""

    task_limit_s: float
    outage_hold_s: float
    max_attempts: int
    resend_delay_s: float

    @classmethod
    def of(cls, config: Settings) -> FetchOptions:
        """Those of the app's settings."""
        return cls(
            task_limit_s=config.task_limit_s,
            outage_hold_s=config.outage_hold_s,
            max_attempts=config.max_attempts,
            resend_delay_s=config.resend_delay_s,
        )


@dataclass(kw_only=True)
class Fetcher:
    """Works fetch tasks, one message a call, many calls at once."""

    lanes: Lanes
    lander: Lander
    bus: Bus
    active: ActiveRuns
    failed_tasks: FailedTasks
    watch: SourceWatch
    telemetry: Telemetry
    options: FetchOptions
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _refused: dict[tuple[str, str], str] = field(default_factory=dict, init=False)

    async def work(self, delivery: Delivery) -> None:
        """Work a task; it is landed, failed or sent again by the time this returns.

        Raises:
            Unreachable: a service of our own is gone for longer than a message is held, and so are the queues.
        """
        hold = Hold(self.options.outage_hold_s, self.clock, self.sleep)
        task = await self._parse(delivery, hold)
        if task is None:
            return
        async with self.lander.fingerprints.in_use():
            try:
                await self._work_if_active(task, delivery, hold)
            except RunEnded:
                log.info("run %s is over: task %s is completed unread", task.run_id, task.task_id)
            except Exception as error:
                if not is_outage(error):
                    raise
                await self._postpone(task, error)

    async def _parse(self, delivery: Delivery, hold: Hold) -> FetchTask | None:
        try:
            return FetchTask.from_json(delivery.body)
        except InvalidMessage as error:
            log.error("message %s cannot be read: %s", delivery.message_id, error)
            keep = self.failed_tasks.keep_unreadable
            await hold(partial(keep, delivery.message_id, delivery.body, str(error)))
            return None

    async def _work_if_active(self, task: FetchTask, delivery: Delivery, hold: Hold) -> None:
        run = await hold(partial(self.active.get, task.run_id))
        lane = self.lanes.of(task.source, delivery.session_id)
        with following(run.traceparent), about(run_id=run.run_id, task_id=task.task_id, stage="ingest"):
            desk = Desk(lane, hold, self._permit(task))
            await self._work(task, run, desk, is_redelivered=delivery.delivery_count > 1)

    def _permit(self, task: FetchTask) -> Permit:
        """Requests lose their point when their run ends, or when the source refused the token to another task of it."""

        async def permit() -> None:
            if (reason := self._refused.get((task.run_id, task.source))) is not None:
                raise CredentialsRejected(reason)
            await self.active.get(task.run_id)

        return permit

    async def _work(self, task: FetchTask, run: RunState, desk: Desk, is_redelivered: bool) -> None:
        limit_s = self.options.task_limit_s + self.options.outage_hold_s
        try:
            async with asyncio.timeout(limit_s):
                done = await self.lander.land(task, desk, is_redelivered, run.mode == "incremental")
        except TimeoutError:
            await self._send_later(task, f"took over {limit_s:.0f} s", is_spared=True, desk=desk)
        except LanePaused as error:
            await self.watch.trouble(task.source, "pauses", str(error), error.wait_s)
            await self._send_later(task, str(error), is_spared=True, desk=desk, delay_s=error.wait_s)
        except (CredentialsRejected, InvalidSettings) as error:
            self._remember_refusal(task, str(error))
            await self._fail(task, str(error), desk.hold, fatal=True)
        except PermanentSourceError as error:
            await self._fail(task, str(error), desk.hold)
        except RetryableSourceError as error:
            await self._send_later(task, str(error), is_spared=desk.lane.is_out, desk=desk)
        else:
            await desk.hold(partial(self.bus.send_events, [done]))
            self.telemetry.count("crossfade.tasks", 1, source=task.source, outcome="landed")

    async def _send_later(
        self, task: FetchTask, reason: str, is_spared: bool, desk: Desk, delay_s: float | None = None
    ) -> None:
        """Send a task again with a delay, or fail it after the last attempt.

        Args:
            task: the task.
            reason: why it did not land.
            is_spared: whether it costs the task no attempt, as in an outage; not for ever: a lone task that always
                fails looks like an outage.
            desk: what it was worked with.
            delay_s: the delay; longer with each sending when it is left out.
        """
        if is_spared and task.sends < OUTAGE_SENDS:
            again, longer = task.untouched(), 2.0 ** min(task.sends, 10)
        elif task.attempt >= self.options.max_attempts:
            await self._fail(task, f"{reason} (attempt {task.attempt}, the last)", desk.hold)
            return
        else:
            again, longer = task.next_attempt(), 4.0 ** (task.attempt - 1)
        wait_s = min(self.options.resend_delay_s * longer, LONGEST_DELAY_S) if delay_s is None else delay_s
        await desk.hold(partial(self.bus.send_tasks, [again], wait_s))
        await self.watch.again(task.source, wait_s)
        self.telemetry.count("crossfade.tasks", 1, source=task.source, outcome="retried")

    async def _postpone(self, task: FetchTask, error: Exception) -> None:
        """A service of our own stayed away: send the task again with a delay; raise when that does not work either."""
        delay_s = min(self.options.resend_delay_s * 2.0 ** min(task.sends, 10), LONGEST_DELAY_S)
        if task.sends >= OUTAGE_SENDS:
            raise error
        try:
            await self.bus.send_tasks([task.untouched()], delay_s)
        except Exception as second:
            log.warning("task %s cannot be sent again either: %s", task.task_id, type(second).__name__)
            raise error from second
        log.error("task %s is sent again in %.0f s: %s", task.task_id, delay_s, type(error).__name__)
        self.telemetry.count("crossfade.tasks", 1, source=task.source, outcome="retried")

    async def _fail(self, task: FetchTask, reason: str, hold: Hold, fatal: bool = False) -> None:
        log.error("task %s of run %s failed: %s", task.task_id, task.run_id, reason)
        await hold(partial(self.failed_tasks.keep, task, reason))
        await hold(partial(self.bus.send_events, [failure_of(task, reason, fatal)]))
        self.telemetry.count("crossfade.tasks", 1, source=task.source, outcome="failed")

    def _remember_refusal(self, task: FetchTask, reason: str) -> None:
        """Nothing else of this run is asked of a source that refuses the token."""
        while len(self._refused) >= REFUSALS_KEPT:
            del self._refused[next(iter(self._refused))]
        self._refused[task.run_id, task.source] = reason
