"""The first tasks of a run, from what was asked and when the last one completed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shared.messages.base import Mode, Source
from shared.messages.tasks import (
    ChangesParams,
    DiscoverParams,
    SearchParams,
    TaskParams,
)
from shared.planning.followers import details_of
from shared.sources.limits import FIRST_RECORD_YEAR

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


def plan_roots(
    request: RunRequest,
    today: date,
    last_completed: date | None,
    discogs_type: str = "release",
    next_films: Sequence[int] = (),
) -> tuple[TaskParams, ...]:
    """The first tasks of a run; all others follow from answers.

    An incremental request needs `last_completed`, the day of the last completed run; a bulk request `next_films`, those
    of the id export that are due.
    """
    roots: list[TaskParams] = []
    if "tmdb" in request.sources:
        roots += _tmdb_roots(request, today, last_completed, next_films)
    if "discogs" in request.sources and not request.film_ids:
        roots += _discogs_roots(request, today, last_completed, discogs_type)
    return tuple(roots)


def _tmdb_roots(
    request: RunRequest, today: date, last: date | None, next_films: Sequence[int]
) -> list[TaskParams]:
    if request.film_ids:
        return list(details_of(request.film_ids))
    if request.mode == "bulk" and next_films:
        return [*(_changes_since(last, today) if last else ()), *details_of(next_films)]
    if request.mode == "bulk" and last is not None:  # all are known: what is new remains
        return [*_changes_since(last, today), _new_releases(last, today)]
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
    if request.mode == "bulk":  # the dump has the others
        return [base.model_copy(update={"year": year}) for year in _newest_years(today)]
    if request.mode == "incremental" and last is not None:
        return [base.model_copy(update={"year": year}) for year in _years_to_reread(today)]
    return [base if request.max_pages else base.model_copy(update={"order": "asc"})]


def _years_to_reread(today: date) -> list[int]:
    """The newest years every time, and each older year once in 30 days."""
    due = today.toordinal() % REREAD_CYCLE
    rolling = [year for year in range(FIRST_RECORD_YEAR, today.year - 1) if year % REREAD_CYCLE == due]
    return [*rolling, *_newest_years(today)]


def _newest_years(today: date) -> list[int]:
    return [today.year - 1, today.year, today.year + 1]
