"""The views of films on the real records, against pandas."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal
from pyspark.sql import DataFrame, SparkSession

from spark_jobs.views.films.by_time import monthly_trends
from spark_jobs.views.films.genre_pairs import genre_pairs
from spark_jobs.views.films.genre_trends import genre_trends
from spark_jobs.views.films.performance import MEASURES, best_and_worst, movie_performance
from spark_jobs.views.view import Inputs
from tests.integration.spark_jobs.builders.bronze_files import Bronze
from tests.integration.spark_jobs.builders.real_records import RUN
from tests.integration.spark_jobs.builders.view_inputs import view_inputs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def inputs(spark: SparkSession, real_lake: Bronze) -> Inputs:
    """Real films; nothing else."""
    return replace(view_inputs(spark), movies=real_lake.table(spark, "silver.movies", RUN))


@pytest.fixture(scope="module")
def films(inputs: Inputs) -> pd.DataFrame:
    """The same films for pandas, with the measures as they rank."""
    found = inputs.movies.toPandas()
    found["roi"] = found["roi"].where(found["budget"] >= 10_000_000)
    found["sound_rating"] = found["rating"].where(found["vote_count"] >= 10)
    return found.sort_values("film_id", ignore_index=True)


def collected(built: DataFrame, *keys: str) -> pd.DataFrame:
    """A view as pandas, sorted by its key."""
    return built.toPandas().sort_values(list(keys), ignore_index=True)


def ranked(values: pd.Series, by: pd.Series | None = None) -> pd.Series:
    """Highest first, ties at their first place, nulls unranked."""
    groups = values if by is None else values.groupby(by)
    return groups.rank(method="min", ascending=False)


def test_ranks_of_real_films_are_those_of_pandas(inputs: Inputs, films: pd.DataFrame) -> None:
    """Within year and genre and over all, for each measure of 3,796 films."""
    found = collected(movie_performance(inputs), "film_id")
    for measure in MEASURES:
        values = films["sound_rating" if measure == "rating" else measure].astype("float64")
        groups = {"year": films["release_year"], "genre": films["primary_genre"], "overall": None}
        for scope, by in groups.items():
            name = f"{measure}_rank_{scope}"
            assert_series_equal(
                found[name].astype("float64"), ranked(values, by), check_names=False, obj=name
            )


def test_lists_of_real_films_are_those_of_pandas(inputs: Inputs, films: pd.DataFrame) -> None:
    """The first and the last twenty of each measure, equal values by film_id."""
    found = collected(best_and_worst(inputs), "measure", "list", "place").groupby(["measure", "list"])
    for measure in MEASURES:
        name = "sound_rating" if measure == "rating" else measure
        known = films.dropna(subset=[name])
        for end, is_worst in (("best", False), ("worst", True)):
            expected = known.sort_values([name, "film_id"], ascending=[is_worst, True])["film_id"].head(20)
            assert found.get_group((measure, end))["film_id"].tolist() == expected.tolist()


def test_genres_of_real_films_are_those_of_pandas(inputs: Inputs, films: pd.DataFrame) -> None:
    """Films, ratings, money, sentiment and market share of each genre in each month."""
    keys = ["genre", "release_year", "release_month"]
    found = collected(genre_trends(inputs), *keys)
    exploded = films.explode("genres").rename(columns={"genres": "genre"}).dropna(subset=keys)
    expected = exploded.groupby(keys, as_index=False).agg(
        films=("film_id", "count"),
        mean_rating=("rating", "mean"),
        median_rating=("rating", "median"),
        revenue=("revenue", lambda values: values.sum(min_count=1)),
        budget=("budget", lambda values: values.sum(min_count=1)),
        mean_sentiment=("overview_sentiment", "mean"),
    )
    of_all = expected.groupby(keys[1:])["revenue"].transform("sum")
    expected["market_share"] = expected["revenue"] / of_all
    assert_frame_equal(found[expected.columns], expected, check_dtype=False, rtol=0, atol=1e-6)


def test_pairs_of_genres_of_real_films_are_those_of_pandas(inputs: Inputs, films: pd.DataFrame) -> None:
    """Films and lift of each pair of genres with five films or more."""
    found = collected(genre_pairs(inputs), "genre", "other_genre")
    has = pd.get_dummies(films["genres"].explode()).groupby(level=0).max().astype(int)
    both, single, total = has.T @ has, has.sum(), int((has.sum(axis=1) > 0).sum())
    expected = [
        (
            first,
            second,
            both.loc[first, second],
            both.loc[first, second] * total / (single[first] * single[second]),
        )
        for first in sorted(has)
        for second in sorted(has)
        if first < second and both.loc[first, second] >= 5
    ]
    names = ["genre", "other_genre", "films", "lift"]
    assert_frame_equal(
        found[names], pd.DataFrame(expected, columns=names), check_dtype=False, rtol=0, atol=1e-6
    )


def test_months_of_real_films_are_those_of_pandas(inputs: Inputs, films: pd.DataFrame) -> None:
    """Releases, revenue, growth and rolling means on a calendar without gaps; 1 January stands for its year alone."""
    found = collected(monthly_trends(inputs), "release_year", "release_month")
    dates = pd.to_datetime(films["release_date"])
    whole = films[(dates.dt.month != 1) | (dates.dt.day != 1)]
    month = pd.PeriodIndex(pd.to_datetime(whole["release_date"]), freq="M")
    by_month = whole.groupby(month)["revenue"]
    calendar = pd.period_range(month.min(), month.max(), freq="M")
    releases = by_month.size().reindex(calendar).astype("float64")
    revenue = by_month.sum(min_count=1).reindex(calendar).astype("float64")
    expected = pd.DataFrame({"releases": releases, "revenue": revenue})
    for name in ("releases", "revenue"):
        expected[f"{name}_growth"] = expected[name].pct_change(12, fill_method=None)
        expected[f"rolling_{name}"] = expected[name].rolling(12, min_periods=1).mean()
    expected = expected[releases.notna()].reset_index(drop=True)
    assert_frame_equal(found[expected.columns], expected, check_dtype=False, rtol=1e-9, atol=1e-5)
