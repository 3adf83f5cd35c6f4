"""The query of `discover/movie` and `movie/changes`, checked as TMDB checks it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from local.catalog.stores.films import SORTS, Selection

MAX_PAGE = 500
MAX_CHANGES_DAYS = 14
BAD_PAGE, BAD_DATE, BAD_RANGE, BAD_PARAMETER = 22, 23, 20, 5


class BadParameterError(ValueError):
    """A parameter that TMDB refuses; `code` is its status_code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def utc_day() -> int:
    """Return today as an ordinal."""
    return datetime.now(UTC).toordinal()


def page_of(params: Mapping[str, str]) -> int:
    """Return the page, 1 to 500."""
    text = params.get("page") or "1"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_PAGE:
        raise BadParameterError(BAD_PAGE)
    return int(text)


def selection_of(params: Mapping[str, str]) -> Selection:
    """Return what a discover query selects. `release_date` and `primary_release_date` mean one date here."""
    first, last = _window(params)
    sort, _, direction = (params.get("sort_by") or "popularity.desc").rpartition(".")
    if direction not in ("asc", "desc") or (sort not in SORTS and sort != "release_date"):
        raise BadParameterError(BAD_PARAMETER)
    return Selection(
        first_day=first,
        last_day=last,
        languages=frozenset(filter(None, (params.get("with_original_language") or "").split("|"))),
        min_votes=max(_number(params.get("vote_count.gte")), 0),
        with_adult=_flag(params.get("include_adult")),
        sort="primary_release_date" if sort == "release_date" else sort,
        is_descending=direction == "desc",
    )


def changes_window(params: Mapping[str, str], today: int) -> tuple[int, int]:
    """Return first and last day, both inclusive: by default yesterday and today, at most 14 days apart."""
    start, end = _day(params.get("start_date")), _day(params.get("end_date"))
    if start is None and end is None:
        return today - 1, today
    last = end if end is not None else min((start or 0) + MAX_CHANGES_DAYS, today)
    first = start if start is not None else last - MAX_CHANGES_DAYS
    if not 0 <= last - first <= MAX_CHANGES_DAYS:
        raise BadParameterError(BAD_RANGE)
    return first, last


def _window(params: Mapping[str, str]) -> tuple[int | None, int | None]:
    firsts = [_day(params.get(f"{name}.gte")) for name in ("primary_release_date", "release_date")]
    lasts = [_day(params.get(f"{name}.lte")) for name in ("primary_release_date", "release_date")]
    for name in ("primary_release_year", "year"):
        if params.get(name):
            first, last = _year(params[name])
            firsts.append(first)
            lasts.append(last)
    return max(filter(None, firsts), default=None), min(filter(None, lasts), default=None)


def _year(text: str) -> tuple[int, int]:
    year = _number(text)
    if not 1 <= year <= 9999:
        raise BadParameterError(BAD_PARAMETER)
    return date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()


def _day(text: str | None) -> int | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").toordinal() if text else None
    except ValueError:
        raise BadParameterError(BAD_DATE) from None


def _number(text: str | None) -> int:
    try:
        return int(float(text)) if text else 0
    except (ValueError, OverflowError):
        raise BadParameterError(BAD_PARAMETER) from None


def _flag(text: str | None) -> bool:
    if text not in (None, "", "true", "false"):
        raise BadParameterError(BAD_PARAMETER)
    return text == "true"
