"""Views that look back, film_history and trending, and the headline numbers, on small fixed cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_jobs.views.films import trending as trends
from spark_jobs.views.films.history import FILM_HISTORY, film_history
from spark_jobs.views.kpis import kpis
from tests.integration.spark_jobs.builders.view_inputs import AS_OF, frame, rows_of, view_inputs

M = 1_000_000
MEASURED = ("trend_score", "velocity", "popularity_change", "rating_momentum")
STEADY = {"rating": 7.0, "vote_count": 90}


def day(before: int) -> date:
    """A day counted back from the run's."""
    return (AS_OF - timedelta(days=before)).date()


def seen(before: int, hour: int = 6) -> datetime:
    """A time on such a day."""
    return datetime.combine(day(before), datetime.min.time(), UTC) + timedelta(hours=hour)


def observed(film_id: int, before: int, popularity: float | None, rating: float = 7.0) -> dict[str, Any]:
    """A row of film_history."""
    figures = {"popularity": popularity, "rating": rating, "vote_count": 90}
    return {"film_id": film_id, "observed_on": day(before), **figures}


BEFORE = [
    *[observed(1, 9, 1.0), observed(2, 9, 1.0), observed(3, 9, None), observed(6, 9, 4.0)],
    *[observed(11, 9, 1.0), observed(11, 0, 5.0), observed(12, 9, 1.0), observed(12, 0, 5.0)],
    *[observed(21, 500, 1.0), observed(21, 450, 2.0), observed(21, 400, 3.0), observed(21, 399, 4.0)],
    *[observed(22, 900, 1.0), observed(22, 800, 2.0)],
]
SILVER = [
    {"film_id": 1, "popularity": 2.0, "fetched_at": seen(0)},
    {"film_id": 2, "popularity": 1.0, "fetched_at": seen(0)},
    {"film_id": 3, "popularity": 1.0, "fetched_at": seen(0)},
    {"film_id": 4, "popularity": 1.0, "fetched_at": None},
    {"film_id": 5, "popularity": 1.0, "fetched_at": seen(3)},
    {"film_id": 11, "popularity": 6.0, "fetched_at": seen(0, hour=7)},
    {"film_id": 12, "popularity": 1.0, "fetched_at": seen(0, hour=7)},
]
History = dict[int, list[tuple[int, float | None]]]


@pytest.fixture(scope="module")
def history(spark: SparkSession) -> History:
    """(days ago, popularity) by film after a run on BEFORE and SILVER; the same run again must change nothing."""
    movies = view_inputs(spark, movies=[STEADY | movie for movie in SILVER]).movies
    after = film_history(frame(spark, FILM_HISTORY, BEFORE), movies, AS_OF)
    found = sorted(tuple(row) for row in after.collect())
    assert after.schema.fieldNames() == FILM_HISTORY.fieldNames()
    assert found == sorted(tuple(row) for row in film_history(after, movies, AS_OF).collect())
    by_film: History = {}
    for film_id, on, popularity, *_ in found:
        by_film.setdefault(film_id, []).append(((AS_OF.date() - on).days, popularity))
    return by_film


def test_history_keeps_the_days_on_which_something_changed(history: History) -> None:
    """A change adds a row, no change none, a null is a figure too, and a film never fetched has no row."""
    assert {film_id: rows for film_id, rows in history.items() if film_id < 10} == {
        **{1: [(9, 1.0), (0, 2.0)], 2: [(9, 1.0)], 3: [(9, None), (0, 1.0)]},
        **{5: [(3, 1.0)], 6: [(9, 4.0)]},
    }


def test_the_later_observation_of_a_day_counts(history: History) -> None:
    """It replaces the earlier one, and takes its row away when it says what the day before did."""
    assert (history[11], history[12]) == ([(9, 1.0), (0, 6.0)], [(9, 1.0)])


def test_history_ends_after_400_days_but_never_loses_a_film(history: History) -> None:
    """Of the rows older than that the newest stays, as it is what holds at the start."""
    assert (history[21], history[22]) == ([(400, 3.0), (399, 4.0)], [(800, 2.0)])


CASES: dict[str, tuple[list[tuple[int, float | None, float]], dict[str, Any]]] = {
    "measured": ([(31, 4.0, 7.0), (8, 9.0, 7.0), (7, 10.0, 7.4), (6, 11.0, 7.0)], {"fetched_at": seen(1)}),
    "no history": ([], {}),
    "first seen today": ([(0, 4.0, 7.0)], {}),
    "not seen since": ([(200, 4.0, 7.0)], {"fetched_at": seen(100)}),
    "never fetched": ([(200, 4.0, 7.0)], {"fetched_at": None}),
    "steady": ([(50, 19.0, 7.5)], {}),
    "from zero, unrated": ([(50, 0.0, 7.0)], {"rating": None}),
    "popularity unknown then": ([(50, None, 7.5)], {}),
}
Trends = dict[tuple[str, int], dict[str, Any]]


@pytest.fixture(scope="module")
def trending(spark: SparkSession) -> Trends:
    """Rows by the title of the case and window: rows of film_history, and what differs now."""
    now = {"popularity": 19.0, "rating": 7.5, "vote_count": 90, "fetched_at": seen(0)}
    movies = [{"film_id": n, "title": case} | now | more for n, (case, (_, more)) in enumerate(CASES.items())]
    rows = [observed(n, *row) for n, (given, _) in enumerate(CASES.values()) for row in given]
    return rows_of(
        trends.trending(view_inputs(spark, movies=movies, film_history=rows)), "title", "window_days"
    )


def test_a_film_is_measured_against_the_start_of_each_window(trending: Trends) -> None:
    """The last row at or before the start counts, days to the last observation divide, and 90 days are too far back."""
    week, month, quarter = (trending["measured", days] for days in trends.WINDOWS)
    assert (week["popularity_then"], week["velocity"]) == (10.0, 1.5)
    assert (week["popularity_change"], week["rating_momentum"]) == (0.9, 0.1)
    # 80 tanh(ln(20/11)) + 20 tanh(0.1 * 90/100), where tanh(ln x) is (x^2 - 1) / (x^2 + 1)
    assert week["trend_score"] == pytest.approx(80 * (400 - 121) / (400 + 121) + 20 * 0.0897577847, abs=1e-5)
    assert (month["popularity_then"], month["popularity_change"]) == (4.0, 3.75)
    assert month["velocity"] == round(15 / 29, 6)
    assert [quarter[name] for name in (*MEASURED, "popularity_then")] == [None] * 5


@pytest.mark.parametrize("case", ["no history", "first seen today", "not seen since", "never fetched"])
def test_too_little_history_is_null(trending: Trends, case: str) -> None:
    """All three windows are there and none of their measures."""
    for days in trends.WINDOWS:
        assert [trending[case, days][name] for name in MEASURED] == [None] * len(MEASURED)


def test_no_change_is_zero_and_unknown_figures_are_null(trending: Trends) -> None:
    """A steady film scores 0; from zero there is no relative change; a missing rating says nothing, popularity all."""
    assert [trending["steady", 7][name] for name in MEASURED] == [0.0] * 4
    risen, unknown = trending["from zero, unrated", 7], trending["popularity unknown then", 7]
    assert (risen["popularity_change"], risen["rating_momentum"]) == (None, None)
    assert 79 < risen["trend_score"] < 80
    assert (unknown["trend_score"], unknown["rating_momentum"]) == (None, 0.0)


def test_kpis_add_up(spark: SparkSession) -> None:
    """Every figure of a few films and matches, by hand, in order; undated and future films are not out yet."""
    money = {1: (100, 50, 8.0, 100), 2: (100, 20, 8.5, 9), 3: (30, 5, 6.0, 10), 4: (10, 40, 5.0, 50)}
    films = [
        {"film_id": n, "release_date": date(2020, n, 1), "revenue": r * M, "budget": b * M, "rating": rated}
        | {"vote_count": votes}
        for n, (r, b, rated, votes) in money.items()
    ]
    matches = [
        {"release_id": n, "film_id": f, "band": band, "probability": p, "is_ambiguous": n == 1}
        for n, f, band, p in ((1, 1, "strong", 0.99), (2, 1, "possible", 0.6), (3, 2, "strong", 0.96))
    ]
    inputs = view_inputs(
        spark,
        movies=[*films, {"film_id": 8, "release_date": date(2027, 1, 1)}, {"film_id": 9, "revenue": 7 * M}],
        matches=matches,
        releases=[{"release_id": n} for n in range(4)],
        reviews=[{"film_id": 1, "sentiment": 0.5}, {"film_id": 1}],
    )
    built = rows_of(kpis(inputs), "name")
    assert [row["place"] for row in built.values()] == list(range(1, len(built) + 1))
    assert {name: row["value"] for name, row in built.items()} == {
        **{"films": 6, "released_films": 4, "newest_release_date": 20200401, "films_with_money": 4},
        **{"total_revenue": 247 * M, "total_budget": 115 * M, "total_profit": 125 * M},
        **{"median_roi": 1.0, "mean_rating": 6.333333, "reviews": 2, "mean_review_sentiment": 0.5},
        **{"releases": 4, "matches": 3, "share_of_releases_matched": 0.75, "strong_share": 0.666667},
        **{"ambiguous_share": 0.333333, "mean_probability": 0.85, "films_with_soundtrack": 2},
        **{"share_of_films_with_soundtrack": 0.333333, "median_releases_a_film": 1.5},
    }


def test_kpis_of_nothing_are_zero_or_null(spark: SparkSession) -> None:
    """Counts are 0, all else is null."""
    rows = rows_of(kpis(view_inputs(spark)), "name")
    counts = {
        "films",
        "released_films",
        "films_with_money",
        "reviews",
        "releases",
        "matches",
        "films_with_soundtrack",
    }
    assert {name: row["value"] for name, row in rows.items()} == {
        name: 0.0 if name in counts else None for name in rows
    }
