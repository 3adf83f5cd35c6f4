"""The fan-in: count what workers report, and close bronze when the last task is done."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from shared.adapters.bus import EVENT_QUEUE, Bus, Delivery, event_again
from shared.adapters.lake import CONTROL, Lake
from shared.adapters.telemetry import about, following
from shared.bulk.film_ids import known_films
from shared.errors import BlobExists, InvalidMessage, RunNotFound
from shared.ingestion.failed_tasks import FailedTasks
from shared.ingestion.outages import Hold, is_outage
from shared.messages.base import raw_prefix
from shared.messages.events import TaskDone
from shared.messages.manifests import RunManifest
from shared.orchestration.lifecycle import COUNTING, RunLifecycle
from shared.planning.id_set import IdSet
from shared.runs.doubts import doubt_of, whole_lists
from shared.runs.journal import Journal
from shared.runs.state import RunState
from shared.runs.store import RunStore

KEPT_JOURNALS = 2
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class FanIn:
    """Counts run events; keeps the fold of the newest runs in memory, and the truth in their journals.

    Attributes:
        max_failed_share: share of the films and releases asked for that a run can do without.
        least_catalog_share: of the records of the last completed run, what a whole list must still bring.
        holds: the patience of a batch with services of our own; under the queue's lock, which nobody renews.
    """

    lake: Lake
    bus: Bus
    runs: RunStore
    failed_tasks: FailedTasks
    lifecycle: RunLifecycle
    now: Callable[[], datetime]
    max_failed_share: float
    holds: Callable[[], Hold]
    least_catalog_share: float = 0.5
    _journals: dict[str, Journal] = field(default_factory=dict, init=False)

    async def track(self, deliveries: Sequence[Delivery]) -> None:
        """Count a batch of events, each once.

        Raises:
            Unreachable: a service of our own is gone for longer than events are held, and so are the queues.
        """
        try:
            await self.holds()(partial(self._track, deliveries))
        except Exception as error:
            if not is_outage(error):
                raise
            await self._postpone(deliveries, error)

    async def _track(self, deliveries: Sequence[Delivery]) -> None:
        by_run: dict[str, list[TaskDone]] = defaultdict(list)
        for delivery in deliveries:
            try:
                event = TaskDone.from_json(delivery.body)
            except InvalidMessage as error:
                log.error("event %s cannot be read: %s", delivery.message_id, error)
                await self.failed_tasks.keep_unreadable(delivery.message_id, delivery.body, str(error))
            else:
                by_run[event.run_id].append(event)
        for run_id, events in by_run.items():
            try:
                with about(run_id=run_id, stage="ingest"):
                    await self._track_run(run_id, events)
            except Exception:
                self._journals.pop(run_id, None)  # what it had to send is made again from the lake
                raise

    async def _postpone(self, deliveries: Sequence[Delivery], error: Exception) -> None:
        """A service of our own stayed away: send the events again with a delay; raise when that fails too."""
        again = [event_again(delivery, self.now()) for delivery in deliveries]
        try:
            await self.bus.send(EVENT_QUEUE, again)
        except Exception as second:
            log.warning("%d events cannot be sent again either: %s", len(again), type(second).__name__)
            raise error from second
        log.error("%d events are sent again: %s", len(again), type(error).__name__)

    async def _track_run(self, run_id: str, events: Sequence[TaskDone]) -> None:
        try:
            state = await self.runs.get(run_id)
            journal = await self._journal(run_id)
        except RunNotFound:
            log.warning("%d events of unknown run %s are passed over", len(events), run_id)
            return
        if not _is_counting(state):
            return
        with following(state.traceparent):
            await self.bus.send_tasks(await journal.add(events))
        await journal.save_progress(self.now())
        await self._note(state, journal.tracker.notes)
        self.lifecycle.report_open_tasks(journal.tracker.open_tasks)
        await self._close_if_done(state, journal)

    async def _journal(self, run_id: str) -> Journal:
        if run_id not in self._journals:
            journal = await Journal.open(self.lake, self.runs, run_id)
            await self.bus.send_tasks(journal.second_readings())
            while len(self._journals) >= KEPT_JOURNALS:
                del self._journals[next(iter(self._journals))]
            self._journals[run_id] = journal
        return self._journals[run_id]

    async def _note(self, state: RunState, notes: set[str]) -> None:
        for note in sorted(notes):
            if note not in (state.note or ""):
                await self.lifecycle.add_note(state.run_id, note)

    async def _close_if_done(self, state: RunState, journal: Journal) -> None:
        tracker = journal.tracker
        if tracker.fatal:
            await self.lifecycle.fail(state.run_id, tracker.fatal)
        elif not tracker.is_complete:
            return
        elif tracker.lost > self.max_failed_share * tracker.asked:
            await self.lifecycle.fail(state.run_id, _too_many(journal, self.max_failed_share))
        else:
            await self._close_bronze(state, journal)

    async def _close_bronze(self, state: RunState, journal: Journal) -> None:
        """Hand over to silver: first the state, then the manifest that its trigger watches."""
        manifest = _manifest(state, journal, self.now())
        counts = {f"bronze_{source}": count for source, count in manifest.counts.items()}

        await journal.save_known_ids()
        await self._end_ingest(state, journal, counts, await self._save_unfound(journal))
        try:
            await self.lake.create(CONTROL, f"bronze/{state.run_id}.json", manifest.to_json().encode())
        except BlobExists:
            log.info("bronze of run %s is closed already", state.run_id)

    async def _save_unfound(self, journal: Journal) -> int | None:
        """Hold the films found against TMDB's id export, where one is at hand; the next run asks for the others."""
        export = await known_films(self.lake)
        return None if export is None else await journal.save_unfound(export.day, IdSet(export.film_ids))

    async def _end_ingest(
        self, state: RunState, journal: Journal, counts: Mapping[str, int], unfound: int | None
    ) -> None:
        roots = [task.params for task in journal.roots]
        catalog: dict[str, int] = {source: counts.get(f"bronze_{source}", 0) for source in whole_lists(roots)}
        last = await self.runs.last_completed()
        before = last.catalog if last else {}
        doubt = doubt_of(roots, catalog, before, journal.tracker.changes.count, self.least_catalog_share)
        found = journal.tracker.completeness()
        await self.lifecycle.end_ingest(state.run_id, counts, catalog, doubt, found, unfound)


def _is_counting(state: RunState) -> bool:
    """Whether events still matter: also when a death came between the state and the bronze manifest."""
    is_handed_over = state.stages["silver"].databricks_run_id is not None
    return state.state in COUNTING or (state.state == "silver" and not is_handed_over)


def _manifest(state: RunState, journal: Journal, now: datetime) -> RunManifest:
    tracker = journal.tracker
    landed = tracker.raw_slices(lambda kind: raw_prefix(kind, state.ingest_date, state.run_id))
    slices = (*state.inherited_raw, *landed)
    counts: Counter[str] = Counter(dict.fromkeys(state.sources, 0))
    for part in slices:
        counts[part.source] += part.records
    return RunManifest(
        run_id=state.run_id,
        mode=state.mode,
        created_at=now,
        ingest_date=state.ingest_date,
        raw=slices,
        counts=counts,
        tasks=tracker.tasks,
        failed=tracker.failed,
        failures=tuple(tracker.failures.values()),
    )


def _too_many(journal: Journal, share: float) -> str:
    tracker = journal.tracker
    first = next(iter(tracker.failures.values()))
    return (
        f"{tracker.lost} of {tracker.asked} films and releases are missing, more than {share:.0%}; "
        f"the first: {first.task_id}: {first.reason}"
    )
