"""Expansion: the tasks that follow from an answer: other pages, records, smaller lists. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from typing import Any

from shared.errors import SourceUnavailable
from shared.messages.events import SliceHead
from shared.messages.tasks import (
    MAX_IDS_PER_TASK,
    ChangesParams,
    CollectionParams,
    DetailsParams,
    DiscoverParams,
    FetchTask,
    MasterParams,
    ReleaseParams,
    SearchParams,
    TaskParams,
)
from shared.planning.rows import id_of, read_rows
from shared.planning.splitting import split_discover, split_search
from shared.sources.bodies import whole_number
from shared.sources.limits import (
    DISCOGS_MAX_PAGES,
    DISCOGS_PAGE_SIZE,
    MAX_RESULTS,
    TMDB_MAX_PAGES,
    TMDB_PAGE_SIZE,
)

TOO_MANY_CHANGES = "all films are read: more films changed on {day} than a list can hold"


@dataclass(frozen=True)
class Expansion:
    """What follows from a landed task.

    Attributes:
        children: tasks to send.
        records: catalog records landed (films, releases).
        record_ids: which, where `ids` does not name them.
        gone_ids: records that answered 404.
        ids: ids a list page named.
        total: records the API said, on this page, that its list holds.
        head: what the first page of a slice told.
        note: what the run has to say of it.
        passed_over: rows, and collections of films, without an id to ask for, or of another type than their list's.
        left: films of a details task that did not answer; each is among the children as a task of its own.
        is_gone: whether it is a page that page 1 promised and that is no longer there.
    """

    children: tuple[TaskParams, ...] = ()
    records: int = 0
    record_ids: tuple[int, ...] = ()
    gone_ids: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()
    total: int | None = None
    head: SliceHead | None = None
    note: str | None = None
    passed_over: int = 0
    left: tuple[int, ...] = ()
    is_gone: bool = False

    def with_left(self, film_ids: Sequence[int]) -> Expansion:
        """The same, with the films that did not answer asked for one by one."""
        return replace(self, left=tuple(film_ids), children=(*self.children, *alone(film_ids)))


def expand(task: FetchTask, bodies: Sequence[Mapping[str, Any]], today: date, details: bool) -> Expansion:
    """What follows from a task's answers.

    Args:
        task: the task that was answered.
        bodies: its answers of status 200, in order.
        today: the run's day; ends open date windows.
        details: whether Discogs releases are asked for one by one too.

    Raises:
        SourceUnavailable: the answer is JSON but not of the documented shape.
    """
    try:
        match task.params:
            case DiscoverParams() as params:
                return _expand_discover(params, bodies[0], today)
            case SearchParams() as params:
                return _expand_search(params, bodies[0], today, details)
            case ChangesParams() as params:
                return _expand_changes(params, bodies[0])
            case DetailsParams():
                return _expand_details(bodies)
            case ReleaseParams() | MasterParams():  # they enrich records that are counted already
                return Expansion(record_ids=_ids_of(bodies))
            case _:  # so do collections, and nobody counts them
                return Expansion()
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise SourceUnavailable(f"{task.kind} answer lacks a documented field: {error!r}") from error


def details_of(film_ids: Sequence[int]) -> tuple[DetailsParams, ...]:
    """Details tasks for these films, 20 each."""
    return tuple(DetailsParams(film_ids=tuple(chunk)) for chunk in _chunks(film_ids, MAX_IDS_PER_TASK))


def records_of(head: SliceHead, ids: Sequence[int]) -> tuple[TaskParams, ...]:
    """Tasks for the records of a list, each kind at its own address; none where a list's rows are all there is."""
    if isinstance(head.params, DiscoverParams):
        return details_of(ids)
    return _details_of_rows(head.params, ids) if head.asks_records else ()


def _details_of_rows(params: SearchParams, ids: Sequence[int]) -> tuple[TaskParams, ...]:
    if params.type == "master":
        return tuple(MasterParams(master_id=master_id) for master_id in ids)
    return tuple(ReleaseParams(release_id=release_id) for release_id in ids)


def alone(film_ids: Sequence[int]) -> tuple[DetailsParams, ...]:
    """A details task for each of these films, so that a bad one fails by its own id."""
    return tuple(DetailsParams(film_ids=(film_id,)) for film_id in film_ids)


def first_reading(params: TaskParams) -> TaskParams:
    """The same request as in a first reading, in which a page asks for the films it lists."""
    if isinstance(params, DiscoverParams | SearchParams):
        return params.model_copy(update={"reading": 1})
    return params


def _expand_discover(params: DiscoverParams, body: Mapping[str, Any], today: date) -> Expansion:
    rows = body["results"] if params.take is None else body["results"][: params.take]
    read = read_rows(rows)
    ids, passed_over = read.ids, read.passed_over
    # A second reading only lists ids: the fan-in asks for the films that are new.
    found = details_of(ids) if params.reading == 1 else ()
    if params.page > 1 or params.take is not None:
        told = whole_number(body.get("total_results"))
        return Expansion(children=found, ids=ids, total=told, passed_over=passed_over)
    total, pages = int(body["total_results"]), int(body["total_pages"])
    if params.max_pages is None and (total > MAX_RESULTS or pages > TMDB_MAX_PAGES):
        return _split_or_cut(params, total, split_discover(params, total, today))
    pages = max(1, min(pages, TMDB_MAX_PAGES, params.max_pages or TMDB_MAX_PAGES))
    others = tuple(params.model_copy(update={"page": page}) for page in range(2, pages + 1))
    head = SliceHead(params=params, reported=total, readable=min(total, pages * TMDB_PAGE_SIZE), pages=pages)
    children: tuple[TaskParams, ...] = (*others, *found)
    return Expansion(children=children, ids=ids, total=total, head=head, passed_over=passed_over)


def _split_or_cut(params: DiscoverParams, total: int, split: tuple[DiscoverParams, ...]) -> Expansion:
    """A slice over the caps: smaller slices, or a slice of its own read from both ends."""
    is_cut = split[0].take is not None
    head = SliceHead(
        params=params,
        reported=total,
        readable=min(total, 2 * MAX_RESULTS) if is_cut else 0,
        pages=len(split) + 1 if is_cut else 0,
    )
    return Expansion(children=split, head=head)


def _expand_search(params: SearchParams, body: Mapping[str, Any], today: date, details: bool) -> Expansion:
    read = read_rows(body["results"], of_type=params.type)
    ids, passed_over = read.ids, read.passed_over
    # A second reading only lists ids: the fan-in asks for the records that are new.
    found = _details_of_rows(params, ids) if details and params.reading == 1 else ()
    page = Expansion(children=found, records=len(ids), ids=ids, passed_over=passed_over)
    if params.page > 1:
        return replace(page, total=whole_number(body.get("pagination", {}).get("items")))
    total = int(body["pagination"]["items"])
    split = split_search(params, today) if params.max_pages is None and total > MAX_RESULTS else ()
    if split:
        return Expansion(children=split, head=SliceHead(params=params, reported=total, readable=0, pages=0))
    # `pagination.pages` over-reports, so pages are counted from the items.
    pages = min(ceil(total / DISCOGS_PAGE_SIZE), DISCOGS_MAX_PAGES, params.max_pages or DISCOGS_MAX_PAGES)
    pages = max(1, pages)
    others = tuple(params.model_copy(update={"page": page}) for page in range(2, pages + 1))
    readable = min(total, pages * DISCOGS_PAGE_SIZE)
    head = SliceHead(params=params, reported=total, readable=readable, pages=pages, asks_records=details)
    return replace(page, children=(*others, *found), total=total, head=head)


def _expand_changes(params: ChangesParams, body: Mapping[str, Any]) -> Expansion:
    read = read_rows(body["results"], skip_adult=True)
    found = details_of(read.ids)
    if params.page > 1:
        return Expansion(children=found, passed_over=read.passed_over)
    pages = int(body["total_pages"])
    if pages > TMDB_MAX_PAGES:
        return _split_changes(params)
    others = tuple(params.model_copy(update={"page": page}) for page in range(2, pages + 1))
    return Expansion(children=(*others, *found), passed_over=read.passed_over)


def _split_changes(params: ChangesParams) -> Expansion:
    """A window over the cap: its days; for a single day the list of all films, which names what changed too."""
    days = [params.since + timedelta(days=n) for n in range((params.until - params.since).days + 1)]
    if len(days) > 1:
        return Expansion(children=tuple(ChangesParams(since=day, until=day) for day in days))
    return Expansion(children=(DiscoverParams(),), note=TOO_MANY_CHANGES.format(day=params.since))


def _expand_details(bodies: Sequence[Mapping[str, Any]]) -> Expansion:
    """The collections of films; one that cannot be asked for costs its film nothing."""
    named = [collection for body in bodies if (collection := body.get("belongs_to_collection")) is not None]
    ids = {collection_id for collection in named if (collection_id := id_of(collection)) is not None}
    children = tuple(CollectionParams(collection_id=collection_id) for collection_id in sorted(ids))
    return Expansion(
        children=children,
        records=len(bodies),
        record_ids=_ids_of(bodies),
        passed_over=sum(id_of(collection) is None for collection in named),
    )


def _ids_of(bodies: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
    return tuple(found for body in bodies if (found := id_of(body)) is not None)


def _chunks(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), size):
        yield ids[first : first + size]
