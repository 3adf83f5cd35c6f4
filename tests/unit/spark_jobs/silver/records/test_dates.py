"""Dates as people write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.silver.records.dates import FIRST_FILM_YEAR, LAST_YEAR, release_date, year_of

NOTHING = (None, None, None, None)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("1972-01-01", (date(1972, 1, 1), 1972, None, "year")),
        ("1972", (None, 1972, None, "year")),
        ("1972-00-00", (None, 1972, None, "year")),
        ("1972-05-00", (None, 1972, 5, "month")),
        ("1972-5", (None, 1972, 5, "month")),
        (" 1972-5-3 ", (date(1972, 5, 3), 1972, 5, "day")),
        ("2023-10-06 14:00:15 UTC", (date(2023, 10, 6), 2023, 10, "day")),
        ("2023-10-06T14:00:15Z", (date(2023, 10, 6), 2023, 10, "day")),
        ("1972-02-30", NOTHING),
        ("1972-13-01", NOTHING),
        ("0000-00-00", NOTHING),
        ("1700-05-05", NOTHING),
        ("soon", NOTHING),
        ("", NOTHING),
        (None, NOTHING),
    ],
)
def test_how_much_of_a_date_is_known(said: str | None, expected: tuple[object, ...]) -> None:
    """A day, a month or only a year; what is no date is nothing."""
    assert tuple(release_date(said)) == expected


@given(st.dates())
def test_every_possible_day_is_kept(day: date) -> None:
    """Days of a possible year come back, 1 January as its year."""
    found = release_date(day.isoformat())
    if not FIRST_FILM_YEAR <= day.year <= LAST_YEAR:
        assert tuple(found) == NOTHING
        assert year_of(day.isoformat()) == day.year
        return
    assert (found.day, found.year) == (day, day.year)
    assert found.precision == ("year" if (day.month, day.day) == (1, 1) else "day")
