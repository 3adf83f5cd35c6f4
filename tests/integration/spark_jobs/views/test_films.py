"""The views of films on small fixed cases, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from spark_jobs.views import kpis
from spark_jobs.views.films import by_time as temporal_analysis
from spark_jobs.views.films import genre_pairs, genre_trends, trending
from spark_jobs.views.films import performance as movie_performance
from spark_jobs.views.view import View
from tests.integration.spark_jobs.builders.view_inputs import rows_of, view_inputs

M = 1_000_000
MODULES = (movie_performance, genre_trends, genre_pairs, temporal_analysis, trending, kpis)
VIEWS = {view.name: view for module in MODULES for view in module.VIEWS}
TWELVE = range(1, 13)
FILMS: tuple[dict[str, Any], ...] = (
    {
        **{
            "film_id": 1,
            "release_date": date(2020, 5, 1),
            "genres": ["Drama", "Comedy"],
            "directors": ["A", "B"],
        },
        **{"revenue": 100 * M, "budget": 50 * M, "rating": 8.0, "vote_count": 100, "popularity": 10.0},
        **{"overview_sentiment": 0.5},
    },
    {
        **{"film_id": 2, "release_date": date(2020, 5, 2), "genres": ["Drama"], "directors": ["B"]},
        **{"revenue": 100 * M, "budget": 20 * M, "rating": 8.5, "vote_count": 9, "popularity": 5.0},
        **{"overview_sentiment": -0.2},
    },
    {
        **{"film_id": 3, "release_date": date(2020, 7, 1), "genres": ["Comedy"], "directors": ["C"]},
        **{"revenue": 30 * M, "budget": 5 * M, "rating": 6.0, "vote_count": 10, "popularity": 5.0},
    },
    {
        "film_id": 4,
        "release_date": date(2021, 5, 1),
        "genres": ["Drama"],
        "popularity": 0.0,
        "directors": ["A"],
    },
    {
        **{"film_id": 5, "genres": ["Drama"], "revenue": 200 * M, "budget": 10 * M},
        **{"rating": 9.0, "vote_count": 50},
    },
    {
        **{"film_id": 6, "release_date": date(2021, 5, 1), "genres": []},
        **{"revenue": 10 * M, "budget": 40 * M, "rating": 5.0, "vote_count": 50, "popularity": 1.0},
    },
    {
        "film_id": 7,
        "release_date": date(2023, 5, 1),
        "genres": ["Drama"],
        "revenue": 50 * M,
        "popularity": 2.0,
    },
)
Tables = Mapping[str, dict[Any, dict[str, Any]]]
KEYS = {
    "movie_performance": ["film_id"],
    "best_and_worst": ["measure", "list", "place"],
    "genre_trends": ["genre", "release_year", "release_month"],
    "genre_years": ["genre", "release_year"],
    "yearly_trends": ["release_year"],
    "monthly_trends": ["release_year", "release_month"],
    "release_windows": ["release_month"],
}


@pytest.fixture(scope="module")
def tables(spark: SparkSession) -> Tables:
    """Views of FILMS by name, rows by their key."""
    inputs = view_inputs(spark, movies=FILMS)
    return {name: rows_of(VIEWS[name].build(inputs), *keys) for name, keys in KEYS.items()}


def described(schema: StructType) -> list[tuple[str, str, Any]]:
    """Columns of a schema without whether they may be null, which a file does not keep."""
    return [(field.name, field.dataType.simpleString(), field.metadata) for field in schema]


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_nothing_gives_empty_tables_of_the_schema(view: View, spark: SparkSession) -> None:
    """Empty inputs give the schema, comments included, and no rows but those that are always there."""
    built = view.build(view_inputs(spark))
    assert described(built.schema) == described(view.schema)
    assert all(field.metadata["comment"] for field in view.schema)
    always = {"release_windows": 12, "kpis": len(kpis.FIGURES)}
    assert built.count() == always.get(view.name, 0)


def ranks(tables: Tables, measure: str) -> list[tuple[int | None, ...]]:
    """Ranks (year, genre, overall) of films 1 to 7."""
    rows = tables["movie_performance"]
    return [
        tuple(rows[n][f"{measure}_rank_{scope}"] for scope in movie_performance.SCOPES) for n in range(1, 8)
    ]


def test_films_rank_by_what_is_known_of_them(tables: Tables) -> None:
    """Ties share a rank and leave a gap; nulls, undated films and films without a genre are not ranked there."""
    assert ranks(tables, "revenue") == [
        (1, 2, 2), (1, 2, 2), (3, 1, 5), (None, None, None), (None, 1, 1), (1, None, 6), (1, 4, 4),
    ]  # fmt: skip
    assert ranks(tables, "profit") == [
        (2, 3, 3), (1, 2, 2), (3, 1, 4), (None,) * 3, (None, 1, 1), (1, None, 5), (None,) * 3,
    ]  # fmt: skip
    assert ranks(tables, "popularity") == [
        (1, 1, 1), (2, 2, 2), (2, 1, 2), (2, 4, 6), (None,) * 3, (1, None, 5), (1, 3, 4),
    ]  # fmt: skip


def test_small_budgets_and_few_votes_are_not_ranked(tables: Tables) -> None:
    """roi counts from a budget of 10 million on, a rating from 10 votes on; both are shown all the same."""
    roi, rating = ranks(tables, "roi"), ranks(tables, "rating")
    assert roi == [(2, 3, 3), (1, 2, 2), (None,) * 3, (None,) * 3, (None, 1, 1), (1, None, 4), (None,) * 3]
    assert rating == [(1, 2, 2), (None,) * 3, (2, 1, 3), (None,) * 3, (None, 1, 1), (1, None, 4), (None,) * 3]
    assert tables["movie_performance"][3]["roi"] == 5.0
    assert tables["movie_performance"][2]["rating"] == 8.5


def test_best_and_worst_lists_go_by_value_then_id(tables: Tables) -> None:
    """Both ends of each measure, equal values by film_id, unranked films absent."""
    lists: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for (measure, end, _), row in sorted(tables["best_and_worst"].items()):
        lists.setdefault((measure, end), []).append((row["film_id"], row["value"]))
    assert len(lists) == 2 * len(movie_performance.MEASURES)
    assert [n for n, _ in lists["revenue", "best"]] == [5, 1, 2, 7, 3, 6]
    assert [n for n, _ in lists["popularity", "worst"]] == [4, 6, 7, 2, 3, 1]
    assert lists["roi", "worst"] == [(6, -0.75), (1, 1.0), (2, 4.0), (5, 19.0)]


def test_lists_end_after_twenty(spark: SparkSession) -> None:
    """Of 25 equal films the first 20 by film_id are listed, at either end."""
    inputs = view_inputs(spark, movies=[{"film_id": n, "popularity": 3.0} for n in range(25)])
    listed = rows_of(movie_performance.best_and_worst(inputs), "list", "place")
    assert [listed["worst", place]["film_id"] for place in range(1, 21)] == list(range(20))
    assert len(listed) == 40


def test_a_genre_in_a_month_is_summed_up(tables: Tables) -> None:
    """Films, ratings, money, sentiment, share of the market and who led, by hand; undated films are in no row."""
    rows = tables["genre_trends"]
    assert set(rows) == {
        ("Drama", 2020, 5), ("Comedy", 2020, 5), ("Comedy", 2020, 7), ("Drama", 2021, 5), ("Drama", 2023, 5),
    }  # fmt: skip
    drama = rows["Drama", 2020, 5]
    assert (drama["films"], drama["mean_rating"], drama["median_rating"]) == (2, 8.25, 8.25)
    assert (drama["revenue"], drama["budget"], drama["mean_sentiment"]) == (200 * M, 70 * M, 0.15)
    assert (drama["market_share"], rows["Comedy", 2020, 5]["market_share"]) == (0.666667, 0.333333)
    assert [f["film_id"] for f in drama["top_films"]] == [1, 2]
    assert drama["top_directors"] == [
        {"name": "B", "films": 2, "revenue": 200 * M},
        {"name": "A", "films": 1, "revenue": 100 * M},
    ]


def test_a_genre_without_known_money_has_no_share(tables: Tables) -> None:
    """One film of unknown money: null revenue, share and rating; it leads all the same."""
    row = tables["genre_trends"]["Drama", 2021, 5]
    assert [row[name] for name in ("revenue", "budget", "market_share", "mean_rating", "median_rating")] == [
        None
    ] * 5
    assert [f["film_id"] for f in row["top_films"]] == [4]
    assert row["top_directors"] == [{"name": "A", "films": 1, "revenue": None}]
    assert tables["genre_trends"]["Drama", 2023, 5]["top_directors"] == []


def test_genres_grow_against_the_year_before(tables: Tables) -> None:
    """Null in the first year, after a gap, and where money is unknown."""
    grown = {
        key: (row["films"], row["films_growth"], row["revenue_growth"])
        for key, row in tables["genre_years"].items()
    }
    assert grown == {
        ("Drama", 2020): (2, None, None),
        ("Drama", 2021): (1, -0.5, None),
        ("Drama", 2023): (1, None, None),
        ("Comedy", 2020): (2, None, None),
    }
    assert tables["genre_years"]["Comedy", 2020]["market_share"] == round(130 / 330, 6)


def test_years_grow_and_roll_over_the_calendar(tables: Tables) -> None:
    """2022 has no film: 2023 has no growth, and its rolling mean is of 2021 and 2023."""
    names = ("releases", "films_with_revenue", "revenue", "releases_growth", "revenue_growth")
    rolling = ("rolling_releases", "rolling_revenue")
    rows = {y: tuple(row[n] for n in names + rolling) for y, row in tables["yearly_trends"].items()}
    assert rows == {
        2020: (3, 3, 230 * M, None, None, 3.0, 230.0 * M),
        2021: (2, 1, 10 * M, round(-1 / 3, 6), round(-22 / 23, 6), 2.5, 120.0 * M),
        2023: (1, 1, 50 * M, None, None, 1.5, 30.0 * M),
    }


def test_months_grow_against_the_same_month_a_year_before(tables: Tables) -> None:
    """May 2021 against May 2020; its twelve months reach back to June 2020, so July 2020 is in the mean."""
    row = tables["monthly_trends"][2021, 5]
    assert (row["releases_growth"], row["revenue_growth"]) == (0.0, round(-190 / 200, 6))
    assert (row["rolling_releases"], row["rolling_revenue"]) == (1.5, 20.0 * M)
    assert tables["monthly_trends"][2020, 7]["releases_growth"] is None


def test_the_calendar_has_twelve_windows(tables: Tables) -> None:
    """Shares of months of whole years; a film's revenue against that of all; months of nothing are zero or null."""
    rows = tables["release_windows"]
    assert set(rows) == set(TWELVE)
    may, july, june = rows[5], rows[7], rows[6]
    assert (may["releases"], may["releases_index"]) == (5, 10.0)
    assert (may["revenue_index"], july["revenue_index"]) == (
        round(12 * 260 / 290, 6),
        round(12 * 30 / 290, 6),
    )
    assert (may["mean_film_revenue"], may["film_revenue_index"]) == (65.0 * M, round(65 / 58, 6))
    assert (may["rank"], july["rank"], june["rank"]) == (1, 2, None)
    assert (june["releases"], june["releases_index"], june["revenue"], june["revenue_index"]) == (
        0,
        0.0,
        None,
        None,
    )


def test_the_running_year_has_no_season_yet(spark: SparkSession) -> None:
    """Films of the run's own year and later are in the trends and not in the windows; equal months share a rank."""
    days = (date(2026, 1, 2), date(2027, 1, 2), date(2025, 3, 1), date(2025, 4, 1))
    inputs = view_inputs(
        spark, movies=[{"film_id": n, "release_date": day, "revenue": 5} for n, day in enumerate(days)]
    )
    rows = rows_of(temporal_analysis.release_windows(inputs), "release_month")
    assert {month: row["rank"] for month, row in rows.items() if row["releases"]} == {3: 1, 4: 1}
    assert temporal_analysis.yearly_trends(inputs).count() == 3


def test_a_total_no_number_can_hold_is_null(spark: SparkSession) -> None:
    """Sums over 2^63 fail no job."""
    movies = [{"film_id": n, "revenue": 2**62, "release_date": date(2020, 1, 2)} for n in range(3)]
    (row,) = temporal_analysis.yearly_trends(view_inputs(spark, movies=movies)).collect()
    assert (row["releases"], row["revenue"]) == (3, None)
