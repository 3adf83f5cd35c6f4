"""Recovery of tasks known only by id: their parents' raw blobs say what they asked.

A run's journal keeps the ids of children, not what they ask. That follows from the parent's answer, and the answer is
in the lake; so nothing is stored twice, and a lost message can always be sent again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shared.adapters.lake import CONTROL, RAW, Lake
from shared.ingestion import raw_blobs as raw
from shared.messages.base import raw_prefix
from shared.messages.events import TaskDone
from shared.messages.tasks import FetchTask, TaskParams
from shared.planning.expansion import expand
from shared.planning.followers import alone
from shared.runs.journal import Journal, progress_path
from shared.runs.state import RunState
from shared.runs.store import RunStore


class Recovery:
    """Finds tasks that are declared and not done.

    Args:
        lake: holds the journals and the raw blobs.
        runs: holds the plans.
        release_details: whether each Discogs release found is asked for too.
    """

    def __init__(self, lake: Lake, runs: RunStore, release_details: bool) -> None:
        self._lake = lake
        self._runs = runs
        self._release_details = release_details

    async def last_progress(self, state: RunState) -> datetime:
        """When a run's events were counted last; when its state changed, if none has been."""
        return await self._lake.modified_at(CONTROL, progress_path(state.run_id)) or state.updated_at

    async def open_journal(self, run_id: str) -> Journal:
        """A run's journal, read to its end.

        Raises:
            RunNotFound: the run has no plan.
        """
        return await Journal.open(self._lake, self._runs, run_id)

    async def open_tasks(self, state: RunState, journal: Journal) -> list[FetchTask]:
        """All tasks of a run that no event has reported done; reads the journal and their parents' blobs."""
        plan = await self._runs.plan(state.run_id)
        is_open = journal.tracker.is_open
        found = {task.task_id: task for task in (plan.roots if plan else ()) if is_open(task.task_id)}
        found |= {task.task_id: task for task in journal.second_readings()}
        async for event in journal.events():
            if any(map(is_open, event.children)):
                children = await self._children(state, event)
                found |= {child.task_id: child for child in children if is_open(child.task_id)}
        return list(found.values())

    async def _children(self, state: RunState, parent: TaskDone) -> list[FetchTask]:
        name = raw_prefix(parent.kind, state.ingest_date, state.run_id) + f"{parent.task_id}.jsonl.gz"
        left = alone(parent.left)
        data, stored = await self._lake.read(RAW, name), await self._lake.metadata(RAW, name)
        if data is None or stored is None:
            return self._tasks(state, left)
        task = FetchTask.create(state.run_id, state.ingest_date, raw.params_of(stored))
        bodies: list[Any] = [line.body for line in raw.decode(data) if line.status == 200]
        following = expand(task, bodies, state.ingest_date, self._release_details).children
        return self._tasks(state, (*following, *left))

    @staticmethod
    def _tasks(state: RunState, asked: Iterable[TaskParams]) -> list[FetchTask]:
        return [FetchTask.create(state.run_id, state.ingest_date, params) for params in asked]
