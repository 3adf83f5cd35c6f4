"""What nobody else notices: jobs that died, triggers that were lost, runs that hang, dead letters."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.bus import EVENT_QUEUE, QUEUES, Bus, DeadLetter, Outgoing
from shared.databricks import Databricks
from shared.errors import InvalidMessage
from shared.failures import FailedStore
from shared.fetching import failure_of
from shared.lake import CONTROL, Lake
from shared.messages import FetchTask, TaskDone
from shared.outcome import Outcome
from shared.refresh import Planner
from shared.runs import RunState, RunStore
from shared.stages import SparkStage, Stages

STUCK_AFTER = timedelta(minutes=2)
DEAD_LETTERS_AT_ONCE = 500
REDRIVEN = "redriven"
log = logging.getLogger(__name__)


class Watcher:
    """Looks after the active run once a minute."""

    def __init__(
        self,
        lake: Lake,
        runs: RunStore,
        planner: Planner,
        stages: Stages,
        databricks: Databricks,
        outcome: Outcome,
        now: Callable[[], datetime],
        run_limit: timedelta,
    ) -> None:
        self._lake = lake
        self._runs = runs
        self._planner = planner
        self._stages = stages
        self._databricks = databricks
        self._outcome = outcome
        self._now = now
        self._run_limit = run_limit

    async def watch(self) -> None:
        """Look after the active run, if there is one."""
        state = await self._runs.active()
        if state is None:
            return
        await self._report_overdue(state)
        if state.state == "planning" and self._now() - state.updated_at > STUCK_AFTER:
            await self._planner.resume(state)
        elif state.state in ("silver", "gold"):
            await self._watch_job(state, state.state)

    async def _report_overdue(self, state: RunState) -> None:
        if state.overdue or self._now() - state.created_at < self._run_limit:
            return
        log.error("run %s takes longer than %s", state.run_id, self._run_limit)

        def mark(run: RunState) -> bool:
            run.overdue = True
            return run.is_active

        await self._outcome.change(state.run_id, mark)

    async def _watch_job(self, state: RunState, stage: SparkStage) -> None:
        """Follow a stage's job; the blob trigger that should start what comes next may be late or lost."""
        job_run_id = state.stages[stage].databricks_run_id
        if job_run_id is None:
            if self._now() - state.updated_at > STUCK_AFTER:
                await self._start(state, stage)
            return
        job_run = await self._databricks.get(job_run_id)
        if not job_run.is_ended:
            return
        if not job_run.is_ok:
            await self._outcome.fail(state.run_id, f"the {stage} job failed: {job_run.reason}")
        elif await self._stages.manifest(state.run_id, stage) is None:
            reason = f"the {stage} job {job_run_id} ended without control/{stage}/{state.run_id}.json"
            await self._outcome.fail(state.run_id, reason)
        elif self._now() - state.updated_at > STUCK_AFTER:
            await self._go_on(state, stage)

    async def _start(self, state: RunState, stage: SparkStage) -> None:
        if stage == "gold":
            await self._stages.start_gold(state.run_id)
        elif await self._lake.metadata(CONTROL, f"bronze/{state.run_id}.json") is not None:
            await self._stages.start_silver(state.run_id)

    async def _go_on(self, state: RunState, stage: SparkStage) -> None:
        if stage == "silver":
            await self._stages.start_gold(state.run_id)
        else:
            await self._stages.finish(state.run_id)


class DeadLetterDrain:
    """Empties the dead-letter queues: tasks are reported failed, events get one more chance."""

    def __init__(self, bus: Bus, failures: FailedStore) -> None:
        self._bus = bus
        self._failures = failures

    async def drain(self) -> int:
        """Take what lies in all dead-letter queues; returns how many messages it was."""
        count = 0
        for queue in QUEUES:
            async for letter in self._bus.dead_letters(queue, DEAD_LETTERS_AT_ONCE):
                await self._take(letter)
                count += 1
        if count:
            log.error("%d dead letters were taken", count)
        return count

    async def _take(self, letter: DeadLetter) -> None:
        try:
            if letter.queue == EVENT_QUEUE:
                await self._redrive(letter, TaskDone.from_json(letter.body))
            else:
                await self._fail(letter, FetchTask.from_json(letter.body))
        except InvalidMessage as error:
            body = letter.body.decode(errors="replace")
            await self._failures.keep_unreadable(letter.message_id, body, f"{letter.reason}; {error}")
            await self._report_salvaged(letter, body)

    async def _fail(self, letter: DeadLetter, task: FetchTask) -> None:
        reason = f"dead letter after {letter.delivery_count} deliveries: {letter.reason}"
        await self._failures.keep(task, reason)
        await self._bus.send_events([failure_of(task, reason)])

    async def _redrive(self, letter: DeadLetter, event: TaskDone) -> None:
        if REDRIVEN in letter.properties:
            raise InvalidMessage(REDRIVEN, "the event became a dead letter twice")
        message = Outgoing(
            letter.body.decode(),
            f"{letter.message_id}:{REDRIVEN}",
            event.run_id,
            properties={REDRIVEN: "1"},
        )
        await self._bus.send(EVENT_QUEUE, [message])

    async def _report_salvaged(self, letter: DeadLetter, body: str) -> None:
        """An unreadable task still ends, if only its ids can be read."""
        event = salvage(body, f"unreadable message: {letter.reason}")
        if event is not None and letter.queue != EVENT_QUEUE:
            await self._bus.send_events([event])


def salvage(body: str, reason: str) -> TaskDone | None:
    """The failure report of a task whose message is broken but still names its run and task."""
    try:
        value = json.loads(body)
        return TaskDone(
            run_id=value["run_id"],
            task_id=value["task_id"],
            kind=str(value["task_id"]).split("-", 1)[0],
            outcome="failed",
            reason=reason,
        )
    except (ValueError, TypeError, KeyError):
        return None
