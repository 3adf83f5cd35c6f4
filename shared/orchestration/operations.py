"""What people ask for: cancel a run, or send again what it could not do."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import RunNotEnded
from shared.ingestion.failed_tasks import FailedTasks
from shared.ingestion.recovery import Recovery
from shared.messages.base import raw_prefix
from shared.messages.manifests import RawSlice
from shared.messages.tasks import ChangesParams, SearchParams, TaskParams
from shared.orchestration.lifecycle import RunLifecycle
from shared.orchestration.stages import Stages
from shared.orchestration.starter import RunStarter
from shared.planning.followers import first_reading
from shared.runs.journal import Journal
from shared.runs.state import RunState
from shared.runs.store import RunStore


@dataclass(frozen=True)
class Replay:
    """What a replay began: the new run, None when there was nothing to send again."""

    run: RunState | None
    tasks: int


@dataclass(slots=True, kw_only=True)
class RunOperations:
    """Cancels and replays runs."""

    runs: RunStore
    starter: RunStarter
    stages: Stages
    failed_tasks: FailedTasks
    recovery: Recovery
    lifecycle: RunLifecycle

    async def cancel(self, run_id: str) -> RunState:
        """Stop a run: its tasks are completed unread, its Databricks job is cancelled.

        A run that has ended stays as it is.

        Raises:
            RunNotFound: there is no such run.
        """
        state = await self.runs.get(run_id)
        if state.is_active:
            # The jobs first: a death in between leaves a run that watch_runs ends, not a job nobody knows of.
            await self.stages.cancel_jobs(state)
        return await self.lifecycle.cancel(run_id, "cancelled over HTTP") or await self.runs.get(run_id)

    async def replay(self, run_id: str) -> Replay:
        """Send again what a run could not do, as a new run.

        That is its failed tasks, dead letters among them, and, when it ended before its bronze was whole, the tasks
        it never came to. What such a run had landed counts as landed by the new one.

        Raises:
            RunNotFound: there is no such run.
            RunNotEnded: it is still active.
            RunConflict: another run is active.
        """
        state = await self.runs.get(run_id)
        if state.is_active:
            raise RunNotEnded(run_id)
        if await self.runs.plan(run_id) is None:  # cut off before it had anything to do
            return Replay(None, 0)
        journal = await self.recovery.open_journal(run_id)
        failed = [failed.task for failed in await self.failed_tasks.of_run(run_id)]
        left = await self.recovery.open_tasks(state, journal)
        tasks = _to_ask({task.task_id: first_reading(task.params) for task in (*failed, *left)}, journal)
        if not tasks:
            return Replay(None, 0)
        run = await self.starter.begin_replay(state, tasks, _unread(state, journal))
        return Replay(run, len(tasks))


def _to_ask(left: dict[str, TaskParams], journal: Journal) -> tuple[TaskParams, ...]:
    """The tasks that are left; for lists that were cut off before what follows from them, these from the beginning."""
    searches, changes = journal.tracker.survey.unfinished(), journal.tracker.changes.unfinished()
    begun_anew = (
        *((SearchParams,) if any(not each.is_narrowed for each in searches) else ()),
        *((ChangesParams,) if changes else ()),
    )
    others = (params for params in left.values() if not isinstance(params, begun_anew))
    return (*changes, *others, *searches)


def _unread(state: RunState, journal: Journal) -> tuple[RawSlice, ...]:
    """What a run landed and no silver job was started for."""
    if state.stages["silver"].started_at is not None:
        return ()
    landed = journal.tracker.raw_slices(lambda kind: raw_prefix(kind, state.ingest_date, state.run_id))
    return (*state.inherited_raw, *landed)
