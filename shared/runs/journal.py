"""The journal of a run: every event counted, appended once, in order.

The journal is a row of append blobs `control/runs/RUN/journal/00001.jsonl …`. A writer appends at the very end it knows
of, so of two that believe to own a run only one gets through; the other reads on and tries again. What is written
per batch is the batch's new events and a progress document of fixed size.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from shared.adapters.lake import CONTROL, Lake
from shared.errors import RunNotFound, StaleWrite
from shared.messages.base import Source, source_of
from shared.messages.events import TaskDone
from shared.messages.tasks import FetchTask, TaskParams
from shared.planning.changed_films import ChangedFilms
from shared.planning.completeness import Completeness
from shared.planning.id_set import IdSet
from shared.planning.removals import FILMS, MASTERS, RELEASES, Removals
from shared.planning.searches.survey import Survey
from shared.runs.rates import RateLog
from shared.runs.store import RunStore
from shared.runs.tracking import RunTracker

SEGMENT_BYTES = 8_000_000  # an append blob takes 50,000 blocks; an event is over 200 bytes
MAX_BLOCK_BYTES = 4_000_000
KINDS_KNOWN = (FILMS, RELEASES, MASTERS)
log = logging.getLogger(__name__)


@dataclass
class _Tail:
    """Where a journal ends: the segment, and the bytes it has."""

    segment: int = 1
    size_bytes: int = 0


class Journal:
    """One run's journal and the tracker folded from it."""

    def __init__(
        self,
        lake: Lake,
        run_id: str,
        roots: Sequence[FetchTask],
        known: Mapping[str, IdSet],
        unfound: IdSet,
    ) -> None:
        self._lake = lake
        self._run_id = run_id
        self.roots = roots
        self._known, self._unfound = known, unfound
        self._tail = _Tail()
        self._declared: dict[str, FetchTask] = {}
        self._rates = RateLog()
        self.tracker = self._new_tracker()

    @classmethod
    async def open(cls, lake: Lake, runs: RunStore, run_id: str) -> Journal:
        """Fold what is there of a run.

        Raises:
            RunNotFound: the run has no plan.
        """
        plan = await runs.plan(run_id)
        if plan is None:
            raise RunNotFound(run_id)
        before = plan.compares_with
        known, unfound = await known_ids(lake, before), await _unfound_ids(lake, before)
        journal = cls(lake, run_id, plan.roots, known, unfound)
        await journal.catch_up()
        return journal

    async def catch_up(self) -> list[FetchTask]:
        """Fold what was appended by others; returns tasks that must be sent because of it."""
        following: list[FetchTask] = []
        while True:
            found = await self._lake.read_versioned(CONTROL, self._name(), self._tail.size_bytes)
            if found is None:
                return following
            following += self._fold(found.data)
            if await self._lake.metadata(CONTROL, self._name(self._tail.segment + 1)) is None:
                return following
            self._tail = _Tail(segment=self._tail.segment + 1)

    async def add(self, events: Iterable[TaskDone]) -> list[FetchTask]:
        """Count events; returns tasks that must be sent because of them.

        Counting is durable once this returns. Events counted before are passed over.
        """
        events = list(events)
        following: list[FetchTask] = []
        while block := _first_block(self._new(events)):
            try:
                await self._append(block)
            except StaleWrite:
                log.info("journal of %s was written by another instance; reading on", self._run_id)
                following += await self.catch_up()
            else:
                following += self._apply(block)
        return following

    def second_readings(self) -> list[FetchTask]:
        """Tasks the tracker itself asked for that are still open: sent again after a restart."""
        return [task for task_id, task in self._declared.items() if self.tracker.is_open(task_id)]

    async def events(self) -> AsyncIterator[TaskDone]:
        """All events counted so far, read from the lake."""
        segment = 1
        while data := await self._lake.read(CONTROL, self._name(segment)):
            for line in data.splitlines():
                yield TaskDone.from_json(line)
            segment += 1

    async def save_progress(self, now: datetime) -> None:
        """Write the sums for readers; the document's size does not grow with the run."""
        tracker = self.tracker
        sources = tracker.progress()
        self._rates.note(now, {source: sums["requests"] for source, sums in sources.items()})
        await self._lake.put_json(
            CONTROL,
            progress_path(self._run_id),
            {
                "sources": sources,
                "requests": self._rates.as_json(),
                "open_tasks": tracker.open_tasks,
                "coverage": tracker.slices.summary(tracker.is_complete),
                "completeness": _as_json(tracker.completeness()) if tracker.is_complete else {},
                "failures": [failure.model_dump() for failure in list(tracker.failures.values())[:100]],
            },
        )

    async def save_known_ids(self) -> None:
        """Write which records are known after this run, for the run that comes after it."""
        for kind, ids in self.tracker.removals.known_now().items():
            await self._lake.put(CONTROL, _known_path(self._run_id, kind), ids.to_json().encode())

    async def save_unfound(self, day: date, exported: IdSet) -> int | None:
        """Write which films an id export names and nobody found; returns how many.

        None, and no file, where the run did not read the whole list of films.
        """
        unfound = self.tracker.removals.unfound_now(exported)
        if unfound is None:
            return None
        document = {"export_day": day.isoformat(), "exported": len(exported), "film_ids": list(unfound)}
        await self._lake.put_json(CONTROL, unfound_path(self._run_id), document)
        return len(unfound)

    def _new_tracker(self) -> RunTracker:
        removals = Removals([task.params for task in self.roots], self._known, self._unfound)
        survey = Survey(
            (task.params for task in self.roots), self.roots[0].ingest_date if self.roots else date.max
        )
        changes = ChangedFilms([task.params for task in self.roots])
        return RunTracker((task.task_id for task in self.roots), self._declare, removals, survey, changes)

    def _declare(self, params: TaskParams) -> str:
        task = FetchTask.create(self._run_id, self.roots[0].ingest_date, params)
        self._declared[task.task_id] = task
        return task.task_id

    def _new(self, events: Iterable[TaskDone]) -> list[TaskDone]:
        """The events not counted yet, each task once."""
        by_task: dict[str, TaskDone] = {}
        for event in events:
            if self.tracker.is_new(event):
                by_task.setdefault(event.task_id, event)
        return list(by_task.values())

    def _apply(self, events: Iterable[TaskDone]) -> list[FetchTask]:
        return [
            self._declared[self._declare(params)] for event in events for params in self.tracker.apply(event)
        ]

    async def _append(self, events: Iterable[TaskDone]) -> None:
        if self._tail.size_bytes >= SEGMENT_BYTES:
            self._tail = _Tail(segment=self._tail.segment + 1)
        block = b"".join(event.to_json().encode() + b"\n" for event in events)
        self._tail.size_bytes = await self._lake.append(CONTROL, self._name(), block, self._tail.size_bytes)

    def _fold(self, data: bytes) -> list[FetchTask]:
        whole, _, torn = data.rpartition(b"\n")
        self._tail.size_bytes += len(data)
        if torn:
            log.warning("journal of %s ends in half a line: %d bytes", self._run_id, len(torn))
        return self._apply(TaskDone.from_json(line) for line in whole.splitlines())

    def _name(self, segment: int | None = None) -> str:
        return f"runs/{self._run_id}/journal/{segment or self._tail.segment:05d}.jsonl"


def progress_path(run_id: str) -> str:
    """Where a run's sums are, within the control container."""
    return f"runs/{run_id}/progress.json"


def unfound_path(run_id: str) -> str:
    """Where the films are named that an id export has and a run did not find, within the control container."""
    return f"runs/{run_id}/unfound.json"


async def _unfound_ids(lake: Lake, run_id: str | None) -> IdSet:
    """What a run left as unfound; nothing where it had no id export at hand."""
    document = await lake.read_json(CONTROL, unfound_path(run_id)) if run_id else None
    return IdSet((document or {}).get("film_ids", ()))


def _as_json(found: Mapping[str, Completeness]) -> dict[str, Any]:
    return {source: asdict(one) for source, one in found.items()}


async def known_ids(lake: Lake, run_id: str | None) -> dict[str, IdSet]:
    """What a run left as known, by the kind of task that asks for it; nothing of no run, or of one that was removed."""
    if run_id is None:
        return {}
    found = {kind: await lake.read(CONTROL, _known_path(run_id, kind)) for kind in KINDS_KNOWN}
    return {kind: IdSet.from_json(data) for kind, data in found.items() if data is not None}


async def known_sources(lake: Lake, run_id: str) -> set[Source]:
    """The sources of which a run left records as known; one that was removed from the lake is not among them."""
    found = {kind: await lake.metadata(CONTROL, _known_path(run_id, kind)) for kind in KINDS_KNOWN}
    return {source_of(kind) for kind, metadata in found.items() if metadata is not None}


def _known_path(run_id: str, kind: str) -> str:
    return f"runs/{run_id}/known/{kind}.json"


def _first_block(events: Sequence[TaskDone]) -> Sequence[TaskDone]:
    """As many of the first events as one append takes."""
    size_bytes = 0
    for index, event in enumerate(events):
        size_bytes += len(event.to_json()) + 1
        if index and size_bytes > MAX_BLOCK_BYTES:
            return events[:index]
    return events
