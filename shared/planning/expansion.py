"""What to ask: slices of the two catalogs, and what follows from an answer. Pure.

Both APIs end a list early: TMDB after 500 pages of 20 films, Discogs after 10,000 results. A slice that holds
more is split into smaller ones, each asked for by its own first page, until every slice can be read to its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any

from shared.errors import SourceUnavailable
from shared.messages.tasks import (
    MAX_IDS_PER_TASK,
    ChangesParams,
    CollectionParams,
    DetailsParams,
    DiscoverParams,
    FetchTask,
    Mode,
    ReleaseParams,
    SearchParams,
    SliceHead,
    Source,
    TaskParams,
)
from shared.sources.vocabulary import COUNTRIES, FORMATS, LANGUAGES

TMDB_PAGE_SIZE = 20
TMDB_MAX_PAGES = 500
DISCOGS_PAGE_SIZE = 100
DISCOGS_MAX_PAGES = 100
MAX_RESULTS = 10_000
TARGET_RESULTS = 8_000
FIRST_FILM = date(1874, 12, 9)
FIRST_RECORD_YEAR = 1890
ANNOUNCED_YEARS = 10
CHANGES_WINDOW_DAYS = 14
NEW_RELEASE_DAYS = 45
REREAD_CYCLE = 30


@dataclass(frozen=True)
class RunRequest:
    """What a run was asked to do; dates are inclusive release dates."""

    sources: tuple[Source, ...] = ("tmdb", "discogs")
    mode: Mode = "full"
    since: date | None = None
    until: date | None = None
    max_pages: int | None = None
    film_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Expansion:
    """What follows from a landed task.

    Attributes:
        children: tasks to send.
        records: catalog records landed (films, releases).
        ids: ids a list page named.
        head: what the first page of a slice told.
    """

    children: tuple[TaskParams, ...] = ()
    records: int = 0
    ids: tuple[int, ...] = ()
    head: SliceHead | None = None


def plan_roots(
    request: RunRequest, today: date, last_completed: date | None, discogs_type: str = "release"
) -> tuple[TaskParams, ...]:
    """The first tasks of a run; all others follow from answers.

    An incremental request needs `last_completed`, the day of the last completed run.
    """
    roots: list[TaskParams] = []
    if "tmdb" in request.sources:
        roots += _tmdb_roots(request, today, last_completed)
    if "discogs" in request.sources and not request.film_ids:
        roots += _discogs_roots(request, today, last_completed, discogs_type)
    return tuple(roots)


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
                return Expansion(children=_collections(bodies), records=len(bodies))
            case _:  # collections and release details enrich records that are counted already
                return Expansion()
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise SourceUnavailable(f"{task.kind} answer lacks a documented field: {error!r}") from error


def details_of(film_ids: Sequence[int]) -> tuple[DetailsParams, ...]:
    """Details tasks for these films, 20 each."""
    return tuple(DetailsParams(film_ids=tuple(chunk)) for chunk in _chunks(film_ids, MAX_IDS_PER_TASK))


def first_reading(params: TaskParams) -> TaskParams:
    """The same request as in a first reading, in which a page asks for the films it lists."""
    if isinstance(params, DiscoverParams | SearchParams):
        return params.model_copy(update={"reading": 1})
    return params


def _tmdb_roots(request: RunRequest, today: date, last: date | None) -> list[TaskParams]:
    if request.film_ids:
        return list(details_of(request.film_ids))
    if request.mode == "incremental" and last is not None:
        return [*_changes_since(last, today), _new_releases(last, today)]
    return [DiscoverParams(since=request.since, until=request.until, max_pages=request.max_pages)]


def _changes_since(last: date, today: date) -> Iterator[ChangesParams]:
    """Windows of at most 14 days from the last completed run to today, both inclusive."""
    since = last
    while since <= today:
        until = min(since + timedelta(days=CHANGES_WINDOW_DAYS - 1), today)
        yield ChangesParams(since=since, until=until)
        since = until + timedelta(days=1)


def _new_releases(last: date, today: date) -> DiscoverParams:
    return DiscoverParams(
        since=last - timedelta(days=NEW_RELEASE_DAYS), until=today + timedelta(days=NEW_RELEASE_DAYS)
    )


def _discogs_roots(
    request: RunRequest, today: date, last: date | None, discogs_type: str
) -> list[TaskParams]:
    base = SearchParams(type=discogs_type, max_pages=request.max_pages)
    if request.since or request.until:
        first = request.since.year if request.since else FIRST_RECORD_YEAR
        final = request.until.year if request.until else today.year + 1
        return [base.model_copy(update={"year": year}) for year in range(first, final + 1)]
    if request.mode == "incremental" and last is not None:
        return [base.model_copy(update={"year": year}) for year in _years_to_reread(today)]
    return [base]


def _years_to_reread(today: date) -> list[int]:
    """The newest years every time, and each older year once in 30 days."""
    newest = today.year - 1
    due = today.toordinal() % REREAD_CYCLE
    rolling = [year for year in range(FIRST_RECORD_YEAR, newest) if year % REREAD_CYCLE == due]
    return [*rolling, newest, today.year, today.year + 1]


def _expand_discover(params: DiscoverParams, body: Mapping[str, Any], today: date) -> Expansion:
    rows = body["results"] if params.take is None else body["results"][: params.take]
    ids = tuple(int(row["id"]) for row in rows)
    # A second reading only lists ids: the fan-in asks for the films that are new.
    found = details_of(ids) if params.reading == 1 else ()
    if params.page > 1 or params.take is not None:
        return Expansion(children=found, ids=ids)
    total, pages = int(body["total_results"]), int(body["total_pages"])
    if params.max_pages is None and (total > MAX_RESULTS or pages > TMDB_MAX_PAGES):
        return _split_or_cut(params, total, split_discover(params, total, today))
    pages = max(1, min(pages, TMDB_MAX_PAGES, params.max_pages or TMDB_MAX_PAGES))
    others = tuple(params.model_copy(update={"page": page}) for page in range(2, pages + 1))
    head = SliceHead(params=params, reported=total, readable=min(total, pages * TMDB_PAGE_SIZE), pages=pages)
    return Expansion(children=(*others, *found), ids=ids, head=head)


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


def split_discover(params: DiscoverParams, total: int, today: date) -> tuple[DiscoverParams, ...]:
    """Smaller slices that hold the same films: date windows, then languages, then both ends of one list.

    A single day of one language with more than 20,000 films is read as far as the caps allow.
    """
    since = params.since or FIRST_FILM
    until = params.until or date(today.year + ANNOUNCED_YEARS, 12, 31)
    fresh = params.model_copy(update={"reading": 1})
    if since < until:
        windows = _windows(since, until, ceil(total / TARGET_RESULTS))
        return tuple(fresh.model_copy(update={"since": a, "until": b}) for a, b in windows)
    if total > 2 * MAX_RESULTS and params.language is None:
        return tuple(fresh.model_copy(update={"language": code}) for code in LANGUAGES)
    return _both_ends(params, total)


def _windows(since: date, until: date, wanted: int) -> Iterator[tuple[date, date]]:
    """Adjacent date windows that cover since..until, as even as days allow."""
    days = (until - since).days + 1
    count = min(days, max(2, wanted))
    for index in range(count):
        first = since + timedelta(days=days * index // count)
        yield first, since + timedelta(days=days * (index + 1) // count - 1)


def _both_ends(params: DiscoverParams, total: int) -> tuple[DiscoverParams, ...]:
    """The first 10,000 films by ascending title and the rest by descending title, without overlap."""
    rest = min(total - MAX_RESULTS, MAX_RESULTS)
    front = tuple(
        params.model_copy(update={"sort": "title.asc", "page": page, "take": TMDB_PAGE_SIZE})
        for page in range(1, TMDB_MAX_PAGES + 1)
    )
    back = tuple(
        params.model_copy(update={"sort": "title.desc", "page": page + 1, "take": size})
        for page, size in enumerate(_page_sizes(rest))
    )
    return front + back


def _page_sizes(rows: int) -> Iterator[int]:
    for first in range(0, rows, TMDB_PAGE_SIZE):
        yield min(TMDB_PAGE_SIZE, rows - first)


def _expand_search(params: SearchParams, body: Mapping[str, Any], today: date, details: bool) -> Expansion:
    ids = tuple(int(row["id"]) for row in body["results"])
    found = tuple(ReleaseParams(release_id=release_id) for release_id in ids) if details else ()
    if params.page > 1:
        return Expansion(children=found, records=len(ids), ids=ids)
    total = int(body["pagination"]["items"])
    split = split_search(params, today) if params.max_pages is None and total > MAX_RESULTS else ()
    if split:
        return Expansion(children=split, head=SliceHead(params=params, reported=total, readable=0, pages=0))
    # `pagination.pages` over-reports, so pages are counted from the items.
    pages = min(ceil(total / DISCOGS_PAGE_SIZE), DISCOGS_MAX_PAGES, params.max_pages or DISCOGS_MAX_PAGES)
    pages = max(1, pages)
    others = tuple(params.model_copy(update={"page": page}) for page in range(2, pages + 1))
    readable = min(total, pages * DISCOGS_PAGE_SIZE)
    head = SliceHead(params=params, reported=total, readable=readable, pages=pages)
    return Expansion(children=(*others, *found), records=len(ids), ids=ids, head=head)


def split_search(params: SearchParams, today: date) -> tuple[SearchParams, ...]:
    """Smaller searches that hold the same releases.

    Years first. A release without a year answers no search with a year, so the undated ones are reached by a
    second family without year: by country, then by format. Empty when nothing is left to split by.
    """
    params = params.model_copy(update={"reading": 1})
    if params.year is None and params.country is None:
        years = range(FIRST_RECORD_YEAR, today.year + 2)
        dated = tuple(params.model_copy(update={"year": year}) for year in years)
        return dated + tuple(params.model_copy(update={"country": name}) for name in COUNTRIES)
    if params.format is None:
        return tuple(params.model_copy(update={"format": name}) for name in FORMATS)
    if params.country is None:
        return tuple(params.model_copy(update={"country": name}) for name in COUNTRIES)
    return ()


def _expand_changes(params: ChangesParams, body: Mapping[str, Any]) -> Expansion:
    ids = tuple(int(row["id"]) for row in body["results"] if not row.get("adult"))
    found = details_of(ids)
    if params.page > 1:
        return Expansion(children=found)
    pages = int(body["total_pages"])
    others = tuple(params.model_copy(update={"page": page}) for page in range(2, pages + 1))
    return Expansion(children=(*others, *found))


def _collections(bodies: Sequence[Mapping[str, Any]]) -> tuple[CollectionParams, ...]:
    ids = {int(c["id"]) for body in bodies if (c := body.get("belongs_to_collection"))}
    return tuple(CollectionParams(collection_id=collection_id) for collection_id in sorted(ids))


def _chunks(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), size):
        yield ids[first : first + size]
