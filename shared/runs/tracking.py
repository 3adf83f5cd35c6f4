"""Tracking: whether a run is complete, as a fold of its events. Pure.

The state is the set of tasks declared and not yet done, the set of tasks done, and sums; so events may come in any
order and any number of times. Task ids are kept as 64-bit digests: 100,000 tasks are a few megabytes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from shared.messages.base import Source, source_of
from shared.messages.events import TaskDone
from shared.messages.manifests import RawSlice, TaskFailure
from shared.messages.tasks import TaskParams
from shared.planning.changed_films import CHANGES, FILM_LIST, ChangedFilms
from shared.planning.completeness import Completeness, certify
from shared.planning.id_set import IdSet
from shared.planning.removals import Removals
from shared.planning.searches.survey import Survey
from shared.planning.slices import Coverage, SliceBook

SEARCH = "discogs.search"
LISTS = (SEARCH, FILM_LIST, CHANGES)


@dataclass
class Totals:
    """Sums over the tasks of one kind that ended; `records` and `listed` count each record once."""

    done: int = 0
    failed: int = 0
    blobs: int = 0
    records: int = 0
    listed: int = 0
    requests: int = 0
    saved_requests: int = 0
    retries: int = 0
    throttled: int = 0
    size_bytes: int = 0
    asked: int = 0
    lost: int = 0
    passed_over: int = 0

    def add(self, event: TaskDone, new_records: int, new_listed: int) -> None:
        """Count one task that ended, and what no other has landed or listed."""
        self.done += event.outcome == "landed"
        self.failed += event.outcome == "failed"
        self.blobs += event.size_bytes > 0
        self.records += new_records
        self.listed += new_listed
        self.requests += event.requests
        self.saved_requests += event.saved_requests
        self.retries += event.retries
        self.throttled += event.throttled
        self.size_bytes += event.size_bytes
        self.asked += event.asked
        self.lost += event.asked if event.outcome == "failed" else 0
        self.passed_over += event.passed_over


class RunTracker:
    """The fold of one run's events.

    Args:
        roots: ids of the tasks the plan sent.
        declare: names the task of parameters the tracker itself asks for (second readings, what no list names).
        removals: holds the lists against what was known before; None to compare nothing.
        survey: says which searches follow once those asked for have ended; None to ask for no other.
        changes: asks for the films that changed once all lists of films are read; None to ask for none.
    """

    def __init__(
        self,
        roots: Iterable[str],
        declare: Callable[[TaskParams], str],
        removals: Removals | None = None,
        survey: Survey | None = None,
        changes: ChangedFilms | None = None,
    ) -> None:
        self._open: set[int] = set()
        self._done: set[int] = set()
        self._known: Counter[str] = Counter()
        self._declare_params = declare
        self.removals = removals or Removals((), {})
        self.survey = survey or Survey()
        self.changes = changes or ChangedFilms()
        self._open_lists: dict[Source, set[int]] = {"tmdb": set(), "discogs": set()}
        self._landed: dict[str, IdSet] = {}
        self._listed: dict[str, IdSet] = {}
        self.kinds: dict[str, Totals] = {}
        self.failures: dict[str, TaskFailure] = {}
        self.fatal: str | None = None
        self.notes: set[str] = set()
        roots = frozenset(roots)
        self.slices = SliceBook(is_root=roots.__contains__, on_end=self.survey.end)
        for task_id in roots:
            self._declare(task_id)

    @property
    def open_tasks(self) -> int:
        """Tasks declared and not yet done."""
        return len(self._open)

    @property
    def tasks(self) -> int:
        """Tasks known so far."""
        return self._known.total()

    @property
    def failed(self) -> int:
        """Tasks that ended without landing."""
        return sum(totals.failed for totals in self.kinds.values())

    @property
    def asked(self) -> int:
        """Films and releases asked for by the tasks that ended."""
        return sum(totals.asked for totals in self.kinds.values())

    @property
    def lost(self) -> int:
        """Those of them that did not land: the films and releases of the tasks that failed."""
        return sum(totals.lost for totals in self.kinds.values())

    @property
    def is_complete(self) -> bool:
        """Whether every task known is done."""
        return not self._open

    def is_new(self, event: TaskDone) -> bool:
        """Whether this task has not been counted yet."""
        return _digest(event.task_id) not in self._done

    def is_open(self, task_id: str) -> bool:
        """Whether a task is declared and not yet done."""
        return _digest(task_id) in self._open

    def apply(self, event: TaskDone) -> tuple[TaskParams, ...]:
        """Count one event; returns tasks that must be sent because of it. A task counts once.

        An event that nothing can follow from is a failure that ends the run: what it named is not known to be asked.
        """
        if not self.is_new(event):
            return ()
        self._declare(event.task_id)
        key = _digest(event.task_id)
        self._done.add(key)
        self._open.discard(key)
        self._open_lists[event.source].discard(key)
        for child in event.children:
            self._declare(child)
        self._count(event)
        self.removals.add(event)
        self.changes.add(event)
        if event.note:
            self.notes.add(event.note)
        if event.outcome == "failed":
            self._fail(event)
        try:
            return self._follow(event)
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            self._fail(event.model_copy(update={"reason": _uncountable(event, error), "fatal": True}))
            return ()

    def completeness(self) -> dict[str, Completeness]:
        """Per source whose lists were read: what it reports, what was found, and why the rest is missing."""
        asked = {"tmdb.discover": self.slices.undated_films, SEARCH: None if self.survey.has_cut_off else 0}
        return {
            source_of(kind): certify(sums, self.removals.gone_from(kind), asked[kind])
            for kind, sums in sorted(self.slices.coverage.items())
            if kind in asked
        }

    def progress(self) -> dict[str, dict[str, int]]:
        """Totals per source; `tasks` counts those known so far, done or not."""
        result: dict[str, Counter[str]] = {}
        for kind, totals in self.kinds.items():
            result.setdefault(source_of(kind), Counter()).update(asdict(totals))
        return {
            source: {**{name: counter[name] for name in asdict(Totals())}, "tasks": self._known[source]}
            for source, counter in sorted(result.items())
        }

    def raw_slices(self, prefix_of: Callable[[str], str]) -> tuple[RawSlice, ...]:
        """What each kind landed; `prefix_of(kind)` names its folder in the raw container."""
        return tuple(
            RawSlice(
                source=source_of(kind),
                kind=kind.split(".", 1)[1],
                prefix=prefix_of(kind),
                blobs=totals.blobs,
                records=totals.records,
                bytes=totals.size_bytes,
            )
            for kind, totals in sorted(self.kinds.items())
            if totals.blobs
        )

    def _declare(self, task_id: str) -> None:
        key = _digest(task_id)
        if key not in self._done and key not in self._open:
            self._open.add(key)
            if task_id.startswith(LISTS):
                self._open_lists[source_of(task_id)].add(key)
            self._known[source_of(task_id)] += 1

    def _count(self, event: TaskDone) -> None:
        listed = event.page.ids if event.page else ()
        landed = (event.record_ids or listed) if event.records else ()
        nameless = max(0, event.records - len(landed))
        self.kinds.setdefault(event.kind, Totals()).add(
            event,
            nameless + self._landed.setdefault(event.kind, IdSet()).add(landed),
            self._listed.setdefault(event.kind, IdSet()).add(listed),
        )

    def _fail(self, event: TaskDone) -> None:
        reason = event.reason or "no reason given"
        self.failures[event.task_id] = TaskFailure(
            task_id=event.task_id, source=event.source, kind=event.kind, reason=reason
        )
        if event.fatal:
            self.fatal = self.fatal or reason

    def _follow(self, event: TaskDone) -> tuple[TaskParams, ...]:
        following: tuple[TaskParams, ...] = ()
        if event.page:
            self.survey.add(event.page)
            following = self.slices.read(event.kind, event.page)
        self._declare_all(following)
        if event.kind in LISTS and not self._open_lists[event.source] and self.fatal is None:
            more = self._next_searches() if event.kind == SEARCH else self.changes.ask()
            self._declare_all(more)
            following = (*following, *more)
        if self.is_complete and self.fatal is None:
            missing = self.removals.ask()
            self.notes.update(self.removals.notes)
            self._declare_all(missing)
            return (*following, *missing)
        return following

    def _next_searches(self) -> tuple[TaskParams, ...]:
        coverage = self.slices.coverage.get(SEARCH, Coverage())
        searches = self.survey.ask(coverage.found, coverage.hidden)
        self.notes.update(self.survey.notes)
        return searches

    def _declare_all(self, following: Iterable[TaskParams]) -> None:
        for params in following:
            self._declare(self._declare_params(params))


def _uncountable(event: TaskDone, error: Exception) -> str:
    said = " ".join(str(error).split())[:200]
    return f"the event of {event.task_id} cannot be counted: {type(error).__name__}: {said}"


def _digest(task_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(task_id.encode(), digest_size=8).digest(), "big")
