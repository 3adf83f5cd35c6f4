"""What people do to runs: cancel one, or send again what failed."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from shared.adapters.databricks import Databricks
from shared.adapters.lake import Lake
from shared.errors import RunNotEnded
from shared.ingestion.failed_tasks import FailedTasks
from shared.ingestion.recovery import Recovery
from shared.messages.base import raw_prefix
from shared.messages.manifests import RawSlice
from shared.orchestration.outcome import Outcome
from shared.orchestration.starter import RunStarter
from shared.planning.expansion import first_reading
from shared.runs.journal import Journal
from shared.runs.state import RunState
from shared.runs.store import RunStore

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Replay:
    """What a replay began: the new run, None when there was nothing to send again."""

    run: RunState | None
    tasks: int


class RunOperations:
    """Cancels and replays runs."""

    def __init__(
        self,
        lake: Lake,
        runs: RunStore,
        starter: RunStarter,
        failures: FailedTasks,
        recovery: Recovery,
        databricks: Databricks,
        outcome: Outcome,
    ) -> None:
        self._lake = lake
        self._runs = runs
        self._starter = starter
        self._failures = failures
        self._recovery = recovery
        self._databricks = databricks
        self._outcome = outcome

    async def cancel(self, run_id: str) -> RunState:
        """Stop a run: its tasks are completed unread, its Databricks job is cancelled.

        A run that has ended stays as it is.

        Raises:
            RunNotFound: there is no such run.
        """
        state = await self._runs.get(run_id)
        if state.is_active:
            # The jobs first: a death in between leaves a run that watch_runs ends, not a job nobody knows of.
            for stage in state.stages.values():
                if stage.databricks_run_id is not None and stage.ended_at is None:
                    await self._databricks.cancel(stage.databricks_run_id)
        return await self._outcome.cancel(run_id, "cancelled over HTTP") or await self._runs.get(run_id)

    async def replay(self, run_id: str) -> Replay:
        """Send again what a run could not do, as a new run.

        That is its failed tasks, dead letters among them, and, when it ended before its bronze was whole, the tasks
        it never came to. What such a run had landed counts as landed by the new one.

        Raises:
            RunNotFound: there is no such run.
            RunNotEnded: it is still active.
            RunConflict: another run is active.
        """
        state = await self._runs.get(run_id)
        if state.is_active:
            raise RunNotEnded(run_id)
        if await self._runs.plan(run_id) is None:  # cut off before it had anything to do
            return Replay(None, 0)
        journal = await Journal.open(self._lake, self._runs, run_id)
        failed = [failed.task for failed in await self._failures.of_run(run_id)]
        left = await self._recovery.open_tasks(state, journal)
        tasks = {task.task_id: first_reading(task.params) for task in (*failed, *left)}
        if not tasks:
            return Replay(None, 0)
        run = await self._starter.begin_replay(state, tuple(tasks.values()), _unread(state, journal))
        return Replay(run, len(tasks))


def _unread(state: RunState, journal: Journal) -> tuple[RawSlice, ...]:
    """What a run landed and no silver job was started for."""
    if state.stages["silver"].started_at is not None:
        return ()
    landed = journal.tracker.raw_slices(lambda kind: raw_prefix(kind, state.ingest_date, state.run_id))
    return (*state.inherited_raw, *landed)
