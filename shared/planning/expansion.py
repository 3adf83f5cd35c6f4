"""Expansion: the tasks that follow from an answer: other pages, records, smaller lists. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from shared.errors import SourceUnavailable
from shared.messages.events import SliceHead
from shared.messages.tasks import (
    ChangesParams,
    CollectionParams,
    DetailsParams,
    DiscoverParams,
    FetchTask,
    MasterParams,
    ReleaseParams,
    SearchParams,
)
from shared.planning.followers import Expansion, details_of
from shared.planning.rows import id_of, read_rows
from shared.planning.searches.pages import expand_search
from shared.planning.splitting import split_at, split_discover
from shared.sources.bodies import whole_number
from shared.sources.limits import MAX_RESULTS, TMDB_MAX_PAGES, TMDB_PAGE_SIZE

TOO_MANY_CHANGES = "all films are read: more films changed on {day} than a list can hold"


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
                return expand_search(params, bodies[0], details)
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


def _expand_discover(params: DiscoverParams, body: Mapping[str, Any], today: date) -> Expansion:
    if params.is_probe:
        return Expansion(children=split_at(params, body["results"], int(body["total_results"]), today))
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
    return Expansion(children=(*others, *found), ids=ids, total=total, head=head, passed_over=passed_over)


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


def _expand_changes(params: ChangesParams, body: Mapping[str, Any]) -> Expansion:
    """A page only names films: the fan-in asks for those that no other list asks for."""
    read = read_rows(body["results"], skip_adult=True)
    page = Expansion(record_ids=read.ids, passed_over=read.passed_over)
    if params.page > 1:
        return page
    pages = int(body["total_pages"])
    if pages > TMDB_MAX_PAGES:
        return _split_changes(params, page)
    others = tuple(params.model_copy(update={"page": number}) for number in range(2, pages + 1))
    return replace(page, children=others)


def _split_changes(params: ChangesParams, page: Expansion) -> Expansion:
    """A window over the cap: its days; for a single day the list of all films, which names what changed too."""
    days = [params.since + timedelta(days=n) for n in range((params.until - params.since).days + 1)]
    if len(days) > 1:
        return replace(page, children=tuple(ChangesParams(since=day, until=day) for day in days))
    return replace(page, children=(DiscoverParams(),), note=TOO_MANY_CHANGES.format(day=params.since))


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
