"""Release dates as people write them: a day, a month or only a year, with how much of it is known.

TMDB's editors enter 1 January where they know the year alone, so that day stands for its year.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

FIRST_FILM_YEAR, LAST_YEAR = 1870, 2100
PRECISIONS = ("year", "month", "day")
_DAY = r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([ T].*)?$"
_MONTH = r"^[0-9]{4}-(0?[1-9]|1[0-2])(-00?)?([ T].*)?$"
_YEAR = r"^[0-9]{4}(-00?(-00?)?)?([ T].*)?$"


def day(said: str) -> Column:
    """The day a text names; null for a month, a year and what is no date."""
    value = F.trim(said)
    return F.when(
        value.rlike(_DAY), F.substring_index(F.substring_index(value, " ", 1), "T", 1).try_cast("date")
    )


def release_date(said: str) -> list[Column]:
    """`release_date`, `release_year`, `release_month` and `release_date_precision` of a text column."""
    named, year = day(said), year_of(said)
    is_possible = year.between(FIRST_FILM_YEAR, LAST_YEAR)
    is_first_of_year = (F.month(named) == 1) & (F.dayofmonth(named) == 1)
    month = F.month(
        F.coalesce(named, F.concat(F.substring(_monthly(said), 1, 7), F.lit("-01")).try_cast("date"))
    )
    precision = (
        F.when(named.isNotNull() & ~is_first_of_year, "day").when(named.isNull() & month.isNotNull(), "month")
    ).otherwise("year")
    return [
        F.when(is_possible, named).alias("release_date"),
        F.when(is_possible, year).alias("release_year"),
        F.when(is_possible & (precision != "year"), month).alias("release_month"),
        F.when(is_possible, precision).alias("release_date_precision"),
    ]


def year_of(said: str) -> Column:
    """The year a text names, possible or not; null for 0000 and for what is no date."""
    value = F.trim(said)
    is_dated = day(said).isNotNull() | value.rlike(_MONTH) | value.rlike(_YEAR)
    year = F.substring(value, 1, 4).try_cast("int")
    return F.when(is_dated & (year > 0), year)


def _monthly(said: str) -> Column:
    value = F.trim(said)
    return F.when(value.rlike(_MONTH), F.regexp_replace(value, "-([1-9])(?=-|$)", "-0$1"))
