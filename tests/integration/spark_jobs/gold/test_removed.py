"""Gold after films and releases were removed by their sources: they have no matches, and the living get theirs."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from spark_jobs.gold.gold_run import GoldRun
from spark_jobs.lakehouse.lake import open_lake
from spark_jobs.lakehouse.sets import versions
from spark_jobs.runtime.stage_run import StageRun
from spark_jobs.schemas.tables import CAST_CREDITS, RELEASES
from tests.integration.spark_jobs.builders.bronze_files import Bronze
from tests.integration.spark_jobs.builders.three_runs import (
    GONE_RECORD,
    LIVING_TWIN,
    OTHER_FILM,
    OTHER_RECORD,
    RUNS,
    TWIN,
    TWINS_RECORD,
)

pytestmark = pytest.mark.slow

FIRST, SECOND, _ = RUNS


def test_of_two_films_that_were_one_the_living_gets_the_record(lake: Bronze) -> None:
    """The dead twin shares the probability while it lives and takes no part once it is gone."""
    before, after = (
        {row["release_id"]: row for row in lake.rows("gold.matches", run_id)} for run_id in (FIRST, SECOND)
    )
    assert before[TWINS_RECORD]["is_ambiguous"]
    assert before[TWINS_RECORD]["probability"] < 0.55
    names = ("film_id", "is_ambiguous", "rival_film_id")
    assert tuple(after[TWINS_RECORD][name] for name in names) == (LIVING_TWIN, False, None)
    assert after[TWINS_RECORD]["probability"] > 0.9


def test_what_is_gone_is_in_no_table(lake: Bronze) -> None:
    """Neither removed films nor removed releases are candidates, matched or unmatched."""
    for table in ("match_candidates", "matches", "unmatched_films", "unmatched_releases", "film_soundtracks"):
        before, after = (lake.rows(f"gold.{table}", run_id) for run_id in (FIRST, SECOND))
        assert TWIN not in {row.get("film_id") for row in after}, table
        assert GONE_RECORD not in {row.get("release_id") for row in after}, table
        assert before, table
    matched = {row["release_id"] for row in lake.rows("gold.matches", SECOND)}
    assert {TWINS_RECORD, OTHER_RECORD} <= matched
    assert GONE_RECORD in {row["release_id"] for row in lake.rows("gold.matches", FIRST)}


def test_views_read_nothing_that_is_gone(spark: SparkSession, lake: Bronze) -> None:
    """Credits of removed films and removed releases are left out of what views are made of."""
    opened, manifest = (
        open_lake(spark, lake.addresses, "gold", SECOND),
        lake.json(f"control/silver/{SECOND}.json"),
    )
    job = GoldRun(opened, StageRun("gold", SECOND), manifest, versions(manifest))
    credited = job.of_living_films(CAST_CREDITS).select("film_id").distinct().collect()
    assert {row["film_id"] for row in credited} == {1, 2, LIVING_TWIN, OTHER_FILM}
    living = {row["release_id"] for row in job.silver(RELEASES).collect()}
    assert living == {*range(10, 16), TWINS_RECORD, OTHER_RECORD}
    assert manifest["counts"]["removed"] == 2
