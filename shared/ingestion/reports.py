"""What a worker reports of a task that ended. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from shared.messages.events import PageRead, TaskDone
from shared.messages.tasks import ChangesParams, DetailsParams, DiscoverParams, FetchTask, SearchParams
from shared.planning.followers import Expansion
from shared.sources.lanes import RequestTally
from shared.sources.limits import DISCOGS_PAGE_SIZE, MAX_RESULTS, TMDB_PAGE_SIZE


def landing_of(
    task: FetchTask,
    expansion: Expansion,
    children: Sequence[FetchTask],
    tally: RequestTally,
    size_bytes: int,
) -> TaskDone:
    """The report of a task that landed; what it left is for its children to report."""
    page = None
    if task.slice_id:
        page = PageRead(
            slice_id=task.slice_id,
            reading=task.reading,
            ids=expansion.ids,
            total=expansion.total,
            head=expansion.head,
            is_failed=expansion.is_gone or expansion.passed_over > 0,
            search=_search_of(task),
            facts=expansion.facts,
        )
    return TaskDone(
        run_id=task.run_id,
        task_id=task.task_id,
        kind=task.kind,
        outcome="landed",
        children=tuple(child.task_id for child in children),
        records=expansion.records,
        record_ids=expansion.record_ids,
        gone_ids=expansion.gone_ids,
        asked=_landed(task, expansion),
        left=expansion.left,
        passed_over=expansion.passed_over,
        note=expansion.note,
        page=page,
        requests=tally.requests,
        saved_requests=tally.saved,
        retries=tally.retries,
        throttled=tally.throttled,
        size_bytes=size_bytes,
        attempt=task.attempt,
    )


def failure_of(task: FetchTask, reason: str, fatal: bool = False) -> TaskDone:
    """The report of a task that ended without landing; a failed page still counts as a page of its slice."""
    page = None
    if task.slice_id:
        search = _search_of(task)
        page = PageRead(slice_id=task.slice_id, reading=task.reading, is_failed=True, search=search)
    return TaskDone(
        run_id=task.run_id,
        task_id=task.task_id,
        kind=task.kind,
        outcome="failed",
        asked=_lost(task),
        attempt=task.attempt,
        page=page,
        reason=reason,
        fatal=fatal,
    )


def _search_of(task: FetchTask) -> SearchParams | None:
    return task.params if isinstance(task.params, SearchParams) else None


def _landed(task: FetchTask, expansion: Expansion) -> int:
    """Films and releases a task brought; the films of a page are asked for, and counted, by its children."""
    match task.params:
        case DetailsParams(film_ids=film_ids):
            return len(film_ids) - len(expansion.left)
        case SearchParams():
            return len(expansion.ids)
        case DiscoverParams() | ChangesParams():
            return 0
        case _:
            return 1


def _lost(task: FetchTask) -> int:
    """Films and releases a failed task stands for: those it names, or as many as a page of its list holds."""
    match task.params:
        case DetailsParams(film_ids=film_ids):
            return len(film_ids)
        case DiscoverParams(is_probe=True):
            return MAX_RESULTS  # nobody asks for the list behind it
        case DiscoverParams():
            return TMDB_PAGE_SIZE
        case SearchParams() | ChangesParams():
            return DISCOGS_PAGE_SIZE
        case _:
            return 1
