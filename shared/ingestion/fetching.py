"""Fetch tasks: ask at the lane's pace, land one raw blob per task, send children, report.

Order matters for exactly-once effect: the blob is written once, then children are sent, then the task is reported
done. A task that is delivered again finds its blob and repeats only what came after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.adapters.bus import Bus, Delivery
from shared.adapters.log_fields import about
from shared.adapters.telemetry import Telemetry, following
from shared.errors import (
    CredentialsRejected,
    InvalidMessage,
    LeaseExpired,
    PermanentSourceError,
    RetryableSourceError,
)
from shared.ingestion.failed_tasks import FailedTasks
from shared.ingestion.fingerprints import Fingerprints
from shared.ingestion.landing import Lander
from shared.messages.base import Source
from shared.messages.events import PageRead, TaskDone
from shared.messages.tasks import FetchTask
from shared.runs.state import RunState
from shared.runs.store import RunStore
from shared.sources.lanes import Lane

LEASE_MARGIN_S = 2.0
CANCEL_S = 1.0
RUN_CHECK_S = 5.0
UNTOUCHED_DELAY_S = 1.0
LONGEST_DELAY_S = 480.0
OUTAGE_SENDS = 20
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FetchOptions:
    """Settings of a fetcher; see `shared.config`."""

    batch_limit_s: float = 240.0
    tasks_in_flight: int = 32
    max_attempts: int = 4
    resend_delay_s: float = 30.0


class Fetcher:
    """Works batches of fetch tasks."""

    def __init__(
        self,
        lanes: Mapping[Source, Lane],
        lander: Lander,
        fingerprints: Fingerprints,
        bus: Bus,
        runs: RunStore,
        failures: FailedTasks,
        telemetry: Telemetry,
        options: FetchOptions,
        clock: Callable[[], float],
    ) -> None:
        self._lanes = lanes
        self._lander = lander
        self._fingerprints = fingerprints
        self._bus = bus
        self._runs = runs
        self._failures = failures
        self._telemetry = telemetry
        self._options = options
        self._clock = clock

    async def work(self, deliveries: Sequence[Delivery], locked_until: datetime | None) -> None:
        """Work a batch; every message is landed, failed or sent again by the time this returns.

        Args:
            deliveries: the batch.
            locked_until: when the session's lock expires, where the trigger tells; the batch ends before.
        """
        ends_s = self._clock() + self._lease_s(locked_until)
        parsed = [task for delivery in deliveries if (task := await self._parse(delivery))]
        active = _ActiveRuns(self._runs, self._clock)
        tasks = [task for task in parsed if await active.find(task.run_id)]  # others are completed unread
        for source in {task.source for task in tasks}:
            self._lanes[source].begin_batch()
        in_flight = asyncio.Semaphore(self._options.tasks_in_flight)
        redelivered = {d.message_id for d in deliveries if d.delivery_count > 1}

        async def one(task: FetchTask) -> None:
            async with in_flight:
                run = await active.find(task.run_id)
                if run is not None:
                    is_redelivered = task.message_id in redelivered
                    with (
                        following(run.traceparent),
                        about(run_id=run.run_id, task_id=task.task_id, stage="ingest"),
                    ):
                        await self._work_one(task, ends_s, is_redelivered, run.mode == "incremental")

        results = await asyncio.gather(*(one(task) for task in tasks), return_exceptions=True)
        for error in results:
            if error is not None:  # lake or queue out of reach: the batch comes back, what landed is found
                raise error
        await self._fingerprints.save()

    def _lease_s(self, locked_until: datetime | None) -> float:
        """Seconds this batch may start requests for."""
        if locked_until is None:
            return self._options.batch_limit_s
        left_s = (locked_until - datetime.now(UTC)).total_seconds()
        return min(self._options.batch_limit_s, left_s - LEASE_MARGIN_S)

    async def _parse(self, delivery: Delivery) -> FetchTask | None:
        try:
            return FetchTask.from_json(delivery.body)
        except InvalidMessage as error:
            log.error("message %s cannot be read: %s", delivery.message_id, error)
            await self._failures.keep_unreadable(delivery.message_id, delivery.body, str(error))
            return None

    async def _work_one(
        self, task: FetchTask, ends_s: float, is_redelivered: bool, only_changed: bool
    ) -> None:
        lane = self._lanes[task.source]
        try:
            async with asyncio.timeout(max(0.0, ends_s + CANCEL_S - self._clock())):
                done = await self._lander.land(task, lane, ends_s, is_redelivered, only_changed)
        except (LeaseExpired, TimeoutError):
            await self._bus.send_tasks([task.untouched()], UNTOUCHED_DELAY_S)
        except CredentialsRejected as error:
            await self._fail(task, str(error), fatal=True)
        except PermanentSourceError as error:
            await self._fail(task, str(error))
        except RetryableSourceError as error:
            await self._try_later(task, lane, error)
        else:
            await self._bus.send_events([done])
            self._telemetry.count("crossfade.tasks", 1, source=task.source, outcome="landed")

    async def _try_later(self, task: FetchTask, lane: Lane, error: RetryableSourceError) -> None:
        """Send a task again with a delay; in an outage that costs it no attempt for some hours.

        Not for ever: a lone task that always fails looks like an outage.
        """
        if lane.is_out and task.sends < OUTAGE_SENDS:
            delay_s = self._options.resend_delay_s * 2.0 ** min(task.sends, 10)
            await self._bus.send_tasks([task.untouched()], min(delay_s, LONGEST_DELAY_S))
        elif task.attempt >= self._options.max_attempts:
            await self._fail(task, f"{error} (attempt {task.attempt}, the last)")
        else:
            delay_s = self._options.resend_delay_s * 4.0 ** (task.attempt - 1)
            await self._bus.send_tasks([task.next_attempt()], min(delay_s, LONGEST_DELAY_S))
        self._telemetry.count("crossfade.tasks", 1, source=task.source, outcome="retried")

    async def _fail(self, task: FetchTask, reason: str, fatal: bool = False) -> None:
        log.error("task %s of run %s failed: %s", task.task_id, task.run_id, reason)
        await self._failures.keep(task, reason)
        await self._bus.send_events([failure_of(task, reason, fatal)])
        self._telemetry.count("crossfade.tasks", 1, source=task.source, outcome="failed")


class _ActiveRuns:
    """Runs that have not ended; looked up every few seconds, so that a run that ends stops in mid-batch."""

    def __init__(self, runs: RunStore, clock: Callable[[], float]) -> None:
        self._runs = runs
        self._clock = clock
        self._known: dict[str, RunState | None] = {}
        self._due_s = 0.0

    async def find(self, run_id: str) -> RunState | None:
        """A run's state; None when it has ended or never was."""
        if self._clock() >= self._due_s:
            self._known.clear()
            self._due_s = self._clock() + RUN_CHECK_S
        if run_id not in self._known:
            self._known[run_id] = await self._runs.find(run_id)
        state = self._known[run_id]
        return state if state is not None and state.is_active else None


def failure_of(task: FetchTask, reason: str, fatal: bool = False) -> TaskDone:
    """The report of a task that ended without landing; a failed page still counts as a page of its slice."""
    page = PageRead(slice_id=task.slice_id, reading=task.reading) if task.slice_id else None
    return TaskDone(
        run_id=task.run_id,
        task_id=task.task_id,
        kind=task.kind,
        outcome="failed",
        attempt=task.attempt,
        page=page,
        reason=reason,
        fatal=fatal,
    )
