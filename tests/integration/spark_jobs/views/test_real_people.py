"""The views of people and the statistics on the real records, against pandas and SciPy."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from pyspark.sql import SparkSession
from scipy import stats

from spark_jobs.views.films import franchises
from spark_jobs.views.people import actor_network, rankings
from spark_jobs.views.statistics import correlations, distributions
from spark_jobs.views.view import Inputs
from tests.integration.spark_jobs.builders.bronze_files import Bronze
from tests.integration.spark_jobs.builders.real_records import RUN
from tests.integration.spark_jobs.builders.view_inputs import rows_of, view_inputs


@pytest.fixture(scope="module")
def real(spark: SparkSession, real_lake: Bronze) -> Inputs:
    """Silver's real films and credits; without the rest."""
    names = ("movies", "cast_credits", "crew_credits")
    return replace(
        view_inputs(spark), **{name: real_lake.table(spark, f"silver.{name}", RUN) for name in names}
    )


def test_views_hold_on_the_real_records(real: Inputs) -> None:
    """3,796 films, a quarter with credits: known careers, a money correlation as SciPy's, one large component."""
    composers = rows_of(rankings.composers(real), "person_id")
    crew_rows = real.crew_credits.where("job = 'Original Music Composer'").toPandas()
    films = crew_rows.groupby("person_id")["film_id"].nunique()
    assert {n: row["films"] for n, row in composers.items()} == films.to_dict()
    studios = rows_of(rankings.studios(real), "name")
    best = min(studios.values(), key=lambda row: row["rank"] or math.inf)
    assert best["rated_films"] > 1
    frame = real.movies.select("budget", "revenue").toPandas().dropna()
    rows = rows_of(correlations.correlations(real), "grouping", "group", "measure_a", "measure_b")
    money = rows["overall", "all", "budget", "revenue"]
    assert money["n"] == len(frame) == 3018
    assert money["spearman"] == pytest.approx(stats.spearmanr(frame.budget, frame.revenue)[0], abs=1e-6)
    spread = rows_of(distributions.distributions(real), "grouping", "group", "measure")
    assert spread["overall", "all", "revenue"]["p50"] == real.movies.toPandas()["revenue"].median()
    nodes = rows_of(actor_network.actor_nodes(real), "person_id")
    assert sum(row["pagerank"] for row in nodes.values()) == pytest.approx(1, abs=1e-6)
    edges = actor_network.actor_edges(real).toPandas()
    assert sum(row["degree"] for row in nodes.values()) == 2 * len(edges)
    assert {row["franchise_n"] for row in franchises.franchise_effect(real).collect()} == {0}
