"""Lists over the caps of the APIs, split into smaller ones. Pure.

Both APIs end a list early: TMDB after 500 pages of 20 films, Discogs after 10,000 results. A slice that holds
more is split into smaller ones, each asked for by its own first page, until every slice can be read to its end.

TMDB's lists are sorted by date, so the last page that can be read says where the caps fall: one such probe, and the
days before its last film are a window as full as the caps allow. An answer without dates in order leaves windows of
equal length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from math import ceil
from typing import Any

from shared.messages.tasks import DiscoverParams, SearchParams
from shared.sources.limits import FIRST_RECORD_YEAR, MAX_RESULTS, TMDB_MAX_PAGES, TMDB_PAGE_SIZE
from shared.sources.vocabulary import COUNTRIES, FORMATS, LANGUAGES

TARGET_RESULTS = 8_000
FIRST_FILM = date(1874, 12, 9)
ANNOUNCED_YEARS = 10


def split_discover(params: DiscoverParams, total: int, today: date) -> tuple[DiscoverParams, ...]:
    """Smaller slices that hold the same films, or the probe that tells them.

    First the list of dated films, then date windows, then languages, then both ends of one list. A single day of one
    language with more than 20,000 films is read as far as the caps allow.
    """
    since, until = _bounds(params, today)
    fresh = params.model_copy(update={"reading": 1})
    if params.since is None or params.until is None:
        return (fresh.model_copy(update={"since": since, "until": until}),)
    if since < until:
        return (fresh.model_copy(update={"page": TMDB_MAX_PAGES, "is_probe": True}),)
    if total > 2 * MAX_RESULTS and params.language is None:
        return tuple(fresh.model_copy(update={"language": code}) for code in LANGUAGES)
    return _both_ends(params, total)


def split_at(
    probe: DiscoverParams, rows: Sequence[Any], total: int, today: date
) -> tuple[DiscoverParams, ...]:
    """The two windows around the day that the caps fall on; windows of equal length where the rows name no such day.

    Args:
        probe: the last page of a list over the caps.
        rows: of that page.
        total: films the list holds.
        today: ends open windows.
    """
    since, until = _bounds(probe, today)
    whole = probe.model_copy(update={"page": 1, "is_probe": False})
    day = _last_day(rows)
    if day is None or not since <= day <= until:
        windows: Iterator[tuple[date, date]] = _windows(since, until, ceil(total / TARGET_RESULTS))
    elif day > since:
        windows = iter(((since, day - timedelta(days=1)), (day, until)))
    else:
        windows = iter(((since, since), (since + timedelta(days=1), until)))
    return tuple(whole.model_copy(update={"since": a, "until": b}) for a, b in windows)


def _bounds(params: DiscoverParams, today: date) -> tuple[date, date]:
    return params.since or FIRST_FILM, params.until or date(today.year + ANNOUNCED_YEARS, 12, 31)


def _last_day(rows: Sequence[Any]) -> date | None:
    """The day of the last row; None where a row has none, or the days are not in order."""
    try:
        days = [date.fromisoformat(str(row["release_date"])[:10]) for row in rows if isinstance(row, Mapping)]
    except (KeyError, ValueError):
        return None
    return days[-1] if days and days == sorted(days) else None


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


def split_search(params: SearchParams, today: date) -> tuple[SearchParams, ...]:
    """Smaller searches that hold the same releases, for an API that does not sort.

    Years first. A release without a year answers no search with a year, so the undated ones are reached by a
    second family without year: by country, then by format. Empty when nothing is left to split by.
    """
    params = params.model_copy(update={"reading": 1, "order": None})
    if params.year is None and params.country is None:
        dated = (params.model_copy(update={"year": year}) for year in years_until(today))
        return (*dated, *(params.model_copy(update={"country": name}) for name in COUNTRIES))
    if params.format is None:
        return tuple(params.model_copy(update={"format": name}) for name in FORMATS)
    if params.country is None:
        return tuple(params.model_copy(update={"country": name}) for name in COUNTRIES)
    return ()


def years_until(today: date) -> range:
    """The years a release can have."""
    return range(FIRST_RECORD_YEAR, today.year + 2)
