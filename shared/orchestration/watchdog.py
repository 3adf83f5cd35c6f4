"""What nobody else notices: jobs that died, triggers that were lost, runs that hang."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.adapters.bus import Bus
from shared.adapters.databricks import Databricks, JobRun
from shared.adapters.lake import CONTROL, Lake
from shared.adapters.log_fields import about
from shared.adapters.telemetry import following
from shared.alerting.alerter import Alerter
from shared.ingestion.recovery import Recovery
from shared.orchestration.outcome import Outcome
from shared.orchestration.reporting import Reporter
from shared.orchestration.stages import SparkStage, Stages
from shared.orchestration.starter import RunStarter
from shared.runs.journal import Journal, progress_path
from shared.runs.scores import read_scores
from shared.runs.state import RunState
from shared.runs.store import RunStore

STUCK_AFTER = timedelta(minutes=2)
log = logging.getLogger(__name__)


class Watchdog:
    """Looks after the active run once a minute."""

    def __init__(
        self,
        lake: Lake,
        runs: RunStore,
        starter: RunStarter,
        stages: Stages,
        databricks: Databricks,
        outcome: Outcome,
        bus: Bus,
        recovery: Recovery,
        alerter: Alerter,
        reporter: Reporter,
        now: Callable[[], datetime],
        run_limit: timedelta,
        stalled_after: timedelta,
    ) -> None:
        self._lake = lake
        self._bus = bus
        self._recovery = recovery
        self._alerter = alerter
        self._reporter = reporter
        self._stalled_after = stalled_after
        self._runs = runs
        self._starter = starter
        self._stages = stages
        self._databricks = databricks
        self._outcome = outcome
        self._now = now
        self._run_limit = run_limit

    async def watch(self) -> None:
        """Look after the active run, if there is one; then alert where somebody must look."""
        state = await self._runs.active()
        try:
            if state is not None:
                with following(state.traceparent), about(run_id=state.run_id, stage=state.state):
                    await self._look_after(state)
        finally:  # also when the workspace or a queue is out of reach
            await self._alerter.check()

    async def _look_after(self, state: RunState) -> None:
        await self._report_overdue(state)
        if state.state == "planning" and self._now() - state.updated_at > STUCK_AFTER:
            await self._starter.resume(state)
        elif state.state == "ingesting":
            await self._find_lost_tasks(state)
        elif state.state in ("silver", "gold"):
            await self._watch_job(state, state.state)

    async def _find_lost_tasks(self, state: RunState) -> None:
        """A run that moves no more while the queues are empty has lost messages: send its open tasks again."""
        moved_at = await self._lake.modified_at(CONTROL, progress_path(state.run_id)) or state.updated_at
        if self._now() - moved_at < self._stalled_after or await self._bus.holds_work(state.run_id):
            return
        journal = await Journal.open(self._lake, self._runs, state.run_id)
        tasks = await self._recovery.open_tasks(state, journal)
        log.error("run %s: no queue holds %d open tasks; they are sent again", state.run_id, len(tasks))
        stamp = int(self._now().timestamp())
        await self._bus.send_tasks(task.model_copy(update={"resent": stamp}) for task in tasks)

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
            await self._fail(state, stage, job_run)
        elif await self._stages.manifest(state.run_id, stage) is None:
            self._reporter.job_ended(state, stage, job_run)
            reason = f"the {stage} job {job_run_id} ended without control/{stage}/{state.run_id}.json"
            await self._outcome.fail(state.run_id, reason)
        elif self._now() - state.updated_at > STUCK_AFTER:
            await self._go_on(state, stage)

    async def _fail(self, state: RunState, stage: SparkStage, job_run: JobRun) -> None:
        """End the run with the job's error; what the job measured before it failed is kept."""
        found = await read_scores(self._lake, state.run_id)

        def keep(run: RunState) -> bool:
            run.quality = found.quality
            return run.is_active

        if await self._runs.change(state.run_id, keep) is not None:
            self._reporter.job_ended(state, stage, job_run)
        await self._outcome.fail(state.run_id, f"the {stage} job failed: {job_run.reason}")

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
