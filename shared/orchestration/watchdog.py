"""The watchdog: finds jobs that died, triggers and tasks that were lost, and runs that hang."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.adapters.bus import Bus
from shared.adapters.databricks import Databricks
from shared.adapters.telemetry import about, following
from shared.ingestion.recovery import Recovery
from shared.orchestration.lifecycle import RunLifecycle
from shared.orchestration.stages import Stages
from shared.orchestration.starter import RunStarter
from shared.runs.state import RunState, SparkStage

STUCK_AFTER = timedelta(minutes=2)
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Watchdog:
    """Looks after the active run once a minute.

    Attributes:
        run_limit: a run that takes longer is reported overdue.
        stalled_after: an ingest that moves no more for so long is looked at for lost tasks.
    """

    bus: Bus
    databricks: Databricks
    lifecycle: RunLifecycle
    recovery: Recovery
    stages: Stages
    starter: RunStarter
    now: Callable[[], datetime]
    run_limit: timedelta
    stalled_after: timedelta

    async def watch(self) -> None:
        """Look after the active run, if there is one; then open and close alerts."""
        state = await self.lifecycle.active_run()
        try:
            if state is not None:
                with following(state.traceparent), about(run_id=state.run_id, stage=state.state):
                    await self._look_after(state)
        finally:  # also when the workspace or a queue is out of reach
            await self.lifecycle.check_alerts()

    async def _look_after(self, state: RunState) -> None:
        await self._report_overdue(state)
        if state.state == "planning" and self._is_stuck(state):
            await self.starter.resume(state)
        elif state.state == "ingesting":
            await self._send_lost_tasks(state)
        elif state.state in ("bulk", "silver", "gold"):
            await self._watch_job(state, state.state)

    async def _report_overdue(self, state: RunState) -> None:
        if state.overdue or self.now() - state.created_at < self.run_limit:
            return
        log.error("run %s takes longer than %s", state.run_id, self.run_limit)
        await self.lifecycle.mark_overdue(state.run_id)

    async def _send_lost_tasks(self, state: RunState) -> None:
        """A run that moves no more while the queues are empty has lost messages: send its open tasks again."""
        moved_at = await self.recovery.last_progress(state)
        if self.now() - moved_at < self.stalled_after or await self.bus.holds_work(state.run_id):
            return
        tasks = await self.recovery.open_tasks(state, await self.recovery.open_journal(state.run_id))
        log.error("run %s: no queue holds %d open tasks; they are sent again", state.run_id, len(tasks))
        stamp = int(self.now().timestamp())
        await self.bus.send_tasks(task.model_copy(update={"resent": stamp}) for task in tasks)

    async def _watch_job(self, state: RunState, stage: SparkStage) -> None:
        """Follow a stage's job; the blob trigger that should start what comes next may be late or lost."""
        job_run_id = state.stages[stage].databricks_run_id
        if job_run_id is None:
            if self._is_stuck(state):
                await self.stages.start_if_due(state.run_id, stage)
            return
        job_run = await self.databricks.get(job_run_id)
        if not job_run.is_ended:
            return
        if not job_run.is_ok:
            reason = f"the {stage} job failed: {job_run.reason}"
            await self.stages.fail(state.run_id, stage, job_run, reason)
        elif not await self.stages.is_published(state.run_id, stage):
            reason = f"the {stage} job {job_run_id} ended without control/{stage}/{state.run_id}.json"
            await self.stages.fail(state.run_id, stage, job_run, reason)
        elif self._is_stuck(state) and stage == "bulk":
            await self.starter.continue_after_dump(state.run_id)
        elif self._is_stuck(state):
            await self.stages.continue_run(state.run_id, stage)

    def _is_stuck(self, state: RunState) -> bool:
        """Whether nothing changed for longer than a slow trigger takes."""
        return self.now() - state.updated_at > STUCK_AFTER
