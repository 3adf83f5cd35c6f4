"""Release dates as people write them: a day, a month or only a year, with how much of it is known.

TMDB's editors enter 1 January where they know the year alone, so that day stands for its year.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

FIRST_FILM_YEAR, LAST_YEAR = 1870, 2100
PRECISIONS = ("year", "month", "day")
_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[ T].*)?")
_MONTH = re.compile(r"([0-9]{4})-(0?[1-9]|1[0-2])(?:-00?)?(?:[ T].*)?")
_YEAR = re.compile(r"([0-9]{4})(?:-00?(?:-00?)?)?(?:[ T].*)?")


class ReleaseDate(NamedTuple):
    """What a text says of a day; all None when it is no date, or no possible one."""

    day: date | None = None
    year: int | None = None
    month: int | None = None
    precision: str | None = None


def release_date(said: str | None) -> ReleaseDate:
    """The date a text names, with its month where it is more than a year."""
    year = year_of(said)
    if said is None or year is None or not FIRST_FILM_YEAR <= year <= LAST_YEAR:
        return ReleaseDate()
    if (named := day(said)) is not None:
        is_first_of_year = (named.month, named.day) == (1, 1)
        return ReleaseDate(named, year, *((None, "year") if is_first_of_year else (named.month, "day")))
    monthly = _MONTH.fullmatch(said.strip(" "))
    return ReleaseDate(None, year, *((int(monthly[2]), "month") if monthly else (None, "year")))


def day(said: str) -> date | None:
    """The day a text names; None for a month, a year and what is no date."""
    found = _DAY.fullmatch(said.strip(" "))
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:  # no such day, such as 30 February
        return None


def year_of(said: str | None) -> int | None:
    """The year a text names, possible or not; None for 0000 and for what is no date."""
    if said is None:
        return None
    value = said.strip(" ")
    is_dated = day(value) is not None or _MONTH.fullmatch(value) or _YEAR.fullmatch(value)
    return int(value[:4]) or None if is_dated else None
