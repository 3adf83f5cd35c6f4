"""`correlations` and `distributions` through Spark, against pandas and SciPy."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession
from scipy import stats

from spark_jobs.views.statistics import correlations, distributions
from spark_jobs.views.statistics.films_by_group import grouped
from spark_jobs.views.view import Inputs
from tests.integration.spark_jobs.builders.view_inputs import rows_of, view_inputs

SIZE = 120


def films() -> list[dict[str, Any]]:
    """Films of three decades and two genres, with gaps; one alone in its genre, one without a date, votes few."""
    rng = np.random.default_rng(4)
    rows: list[dict[str, Any]] = []
    for n in range(SIZE):
        budget, revenue = int(rng.integers(1, 50)), int(rng.integers(1, 900))
        row = {
            "film_id": n,
            "release_date": date(1990 + n % 30, 1, 1) if n % 13 else None,
            "genres": [["Drama", "Comedy"][n % 2]] if n % 11 else [],
            "budget": budget if n % 3 else None,
            "revenue": revenue if n % 4 else None,
            "rating": round(float(rng.uniform(1, 9)), 1),
            "vote_count": int(rng.integers(0, 40)),
            "popularity": float(rng.lognormal()),
            "runtime_min": 90,
        }
        rows.append(row)
    return [*rows, {"film_id": SIZE, "genres": ["Western"], "budget": 3, "revenue": 9, "popularity": 1.0}]


@pytest.fixture(scope="module")
def inputs(spark: SparkSession) -> Inputs:
    """Views' inputs of those films."""
    return view_inputs(spark, movies=films())


@pytest.fixture(scope="module")
def frame(inputs: Inputs) -> pd.DataFrame:
    """The same in pandas, with the rule on votes applied."""
    found = inputs.movies.toPandas()
    found["rating"] = found["rating"].where(found["vote_count"] >= 10)
    found["decade"] = found["release_year"] // 10 * 10
    return found


def in_group(frame: pd.DataFrame, grouping: str, group: str) -> pd.DataFrame:
    """The films of a group."""
    if grouping == "overall":
        return frame
    value = float(group) if grouping == "decade" else group
    return frame[frame[grouping] == value]


def test_every_pair_in_every_group_equals_scipy(inputs: Inputs, frame: pd.DataFrame) -> None:
    """36 pairs for all films, three decades and three genres; null below 3 films and for the constant runtime."""
    rows = rows_of(correlations.correlations(inputs), "grouping", "group", "measure_a", "measure_b")
    assert len(rows) == 36 * 7
    for (grouping, group, one, other), row in rows.items():
        both = in_group(frame, grouping, group)[[one, other]].astype(float).dropna()
        assert row["n"] == len(both)
        if len(both) < 3 or both.nunique().min() == 1:
            assert (row["pearson"], row["spearman"]) == (None, None)
            continue
        assert row["pearson"] == pytest.approx(stats.pearsonr(both[one], both[other])[0], abs=1e-6)
        assert row["spearman"] == pytest.approx(stats.spearmanr(both[one], both[other])[0], abs=1e-6)
    assert rows["primary_genre", "Western", "budget", "revenue"]["n"] == 1


def test_every_distribution_equals_pandas(inputs: Inputs, frame: pd.DataFrame) -> None:
    """Nine measures a group; a film alone has no sd, a measure nobody has is all null."""
    rows = rows_of(distributions.distributions(inputs), "grouping", "group", "measure")
    assert len(rows) == 9 * 7
    for (grouping, group, measure), row in rows.items():
        values = in_group(frame, grouping, group)[measure].astype(float).dropna()
        assert row["n"] == len(values)
        for name, value in {"mean": values.mean(), "sd": values.std(), "p95": values.quantile(0.95)}.items():
            assert row[name] == (None if np.isnan(value) else pytest.approx(value, abs=1e-5))
    assert rows["overall", "all", "overview_sentiment"]["p50"] is None


def test_a_larger_catalog_is_thinned_by_film(inputs: Inputs) -> None:
    """Over the limit about as many films are kept as it allows, the same each time, in all their groups."""
    kept = grouped(inputs.movies, max_films=40).toPandas()
    overall = kept[kept["grouping"] == "overall"]
    assert 20 <= len(overall) <= 60
    assert set(kept["popularity"]) == set(overall["popularity"])
    assert set(grouped(inputs.movies, max_films=40).toPandas()["popularity"]) == set(kept["popularity"])
    everything = grouped(inputs.movies, max_films=SIZE + 1).toPandas()
    assert len(everything[everything["grouping"] == "overall"]) == SIZE + 1


def test_both_have_their_schema_also_without_films(spark: SparkSession, inputs: Inputs) -> None:
    """Names and types are the view's; without films there are no rows."""
    empty = view_inputs(spark)
    for view in (*correlations.VIEWS, *distributions.VIEWS):
        assert view.build(inputs).schema.simpleString() == view.schema.simpleString()
        assert view.build(empty).collect() == []
