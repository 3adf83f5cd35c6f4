"""Rows that no run has seen again for longer than their source permits are removed."""

from __future__ import annotations

import json
from pathlib import Path

from pyspark.sql import SparkSession

from spark_jobs.gold.job import run_gold
from spark_jobs.silver.job import run_silver
from tests.integration.spark_jobs.builders.two_runs import OPEN, SECOND, TwoRuns, copied, rows


def test_what_was_not_seen_again_goes_from_all_tables_of_its_source(
    spark: SparkSession, two_runs: TwoRuns, tmp_path: Path
) -> None:
    """Films of the day before go with their reviews, from gold too; records stay. Run again, nothing is written."""
    lake = copied(two_runs.after_first, tmp_path / "lake")
    for attempt in range(2):
        manifest = run_silver(
            spark, SECOND, lake.addresses, OPEN, with_sentiment=False, kept_days={"tmdb": 0.5, "discogs": 30}
        )
        found = rows(lake, "silver", f"control/silver/{SECOND}.json")
        versions = {name: each["version"] for name, each in manifest["tables"].items()}
        if attempt == 0:
            first, first_versions = found, versions
    assert (found, versions) == (first, first_versions)
    assert sorted(_id(row, "film_id") for row in found["movies"]) == [2, 4]
    assert {_id(row, "film_id") for row in found["reviews"]} == {2}
    assert manifest["counts"]["silver_movies"] == 2 and len(found["releases"]) == 3
    run_gold(spark, SECOND, lake.addresses, with_views=False)
    matches = rows(lake, "gold", f"control/gold/{SECOND}.json")["matches"]
    assert {_id(row, "film_id") for row in matches} <= {2, 4}


def _id(row: str, name: str) -> int:
    return int(json.loads(row)[name])
