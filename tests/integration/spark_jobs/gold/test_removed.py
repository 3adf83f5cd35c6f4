"""Gold after films and releases were removed by their sources: they have no matches, and the living get theirs."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_jobs.gold.gold_run import GoldRun
from spark_jobs.gold.job import run_gold
from spark_jobs.lakehouse.lake import open_lake
from spark_jobs.lakehouse.sets import versions
from spark_jobs.runtime.stage_run import StageRun
from spark_jobs.schemas.tables import CAST_CREDITS, RELEASES
from spark_jobs.silver.job import run_silver
from tests.integration.spark_jobs.builders.bronze_files import (
    Bronze,
    answer,
    blob,
    details,
    film,
    page,
    record,
)

FIRST, SECOND = "20261119T063000Z-0001", "20261120T063000Z-0002"
EARLY, LATE = "2026-11-19T06:30:00Z", "2026-11-20T06:30:00Z"
FILMS = (film(7080, "The Salt Road"), film(7990, "The Salt Road"), film(20, "Far Astray"))
RECORDS = (
    record(10, "Hans Mori - The Salt Road (Original Motion Picture Soundtrack)"),
    record(11, "Hans Mori - Far Astray (Original Motion Picture Soundtrack)"),
    record(12, "Hans Mori - Far Astray (Reissue)"),
)


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Bronze:
    """Two runs: in the second the older twin and one release are gone, though the list still names the release."""
    lake = Bronze(tmp_path_factory.mktemp("lake"))
    lake.land(
        FIRST,
        {
            "details": {"a": blob(*[details(f, EARLY) for f in FILMS])},
            "search": {"s": blob(page(*RECORDS, at=EARLY))},
        },
    )
    gone = answer("release", {"message": "Release not found."}, LATE, 404, "/releases/11")
    lake.land(
        SECOND,
        {
            "details": {"b": blob(details({"success": False, "status_code": 34}, LATE, 404, 7080))},
            "search": {"s": blob(page(RECORDS[1], at=LATE))},
            "release": {"r": blob(gone)},
        },
        "incremental",
    )
    for run_id in (FIRST, SECOND):
        run_silver(spark, run_id, lake.addresses)
        run_gold(spark, run_id, lake.addresses, with_views=False)
    return lake


def rows(spark: SparkSession, lake: Bronze, table: str, run_id: str) -> list[dict[str, Any]]:
    """All rows of a gold table."""
    return [row.asDict(recursive=True) for row in lake.table(spark, f"gold.{table}", run_id).collect()]


def test_of_two_films_that_were_one_the_living_gets_the_record(spark: SparkSession, lake: Bronze) -> None:
    """The dead twin shares the probability while it lives and takes no part once it is gone."""
    before, after = (
        {row["release_id"]: row for row in rows(spark, lake, "matches", run_id)} for run_id in (FIRST, SECOND)
    )
    assert before[10]["is_ambiguous"]
    assert before[10]["probability"] < 0.55
    assert (after[10]["film_id"], after[10]["is_ambiguous"], after[10]["rival_film_id"]) == (
        7990,
        False,
        None,
    )
    assert after[10]["probability"] > 0.9


def test_what_is_gone_is_in_no_table(spark: SparkSession, lake: Bronze) -> None:
    """Neither removed films nor removed releases are candidates, matched or unmatched."""
    for table in ("match_candidates", "matches", "unmatched_films", "unmatched_releases", "film_soundtracks"):
        found = rows(spark, lake, table, SECOND)
        assert 7080 not in {row.get("film_id") for row in found}, table
        assert 11 not in {row.get("release_id") for row in found}, table
    assert {row["release_id"] for row in rows(spark, lake, "matches", SECOND)} == {10, 12}


def test_views_read_nothing_that_is_gone(spark: SparkSession, lake: Bronze) -> None:
    """Credits of removed films and removed releases are left out of what views are made of."""
    opened, manifest = (
        open_lake(spark, lake.addresses, "gold", SECOND),
        lake.json(f"control/silver/{SECOND}.json"),
    )
    job = GoldRun(opened, StageRun("gold", SECOND), manifest, versions(manifest))
    credited = job.of_living_films(CAST_CREDITS).select("film_id").distinct().collect()
    assert {row["film_id"] for row in credited} == {7990, 20}
    assert {row["release_id"] for row in job.silver(RELEASES).collect()} == {10, 12}
    assert lake.json(f"control/silver/{SECOND}.json")["counts"]["removed"] == 2
