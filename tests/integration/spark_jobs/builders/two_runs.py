"""A small lake after one run of both stages, and after two, of which each was done without a fault."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from deltalake import DeltaTable
from pyspark.sql import SparkSession

from spark_jobs.gold.job import run_gold
from spark_jobs.schemas.tables import MATCHING, SILVER
from spark_jobs.silver.job import run_silver
from spark_jobs.silver.quality.scores import Gates
from tests.integration.spark_jobs.builders.bronze_files import Bronze, blob, details, film, page, record

FIRST, SECOND = "20261120T063000Z-0001", "20261121T063000Z-0002"
OPEN = Gates(completeness=0, consistency=0)
STAGES = {"silver": [table.name for table in SILVER], "gold": [table.name for table in MATCHING]}
_EARLY, _LATE = "2026-11-20T06:30:00.000000Z", "2026-11-21T06:30:00.000000Z"
_REVIEW = {"id": "r1", "author": "a", "content": "Good.", "author_details": {"rating": 8}}
_NOBODY = {"credits": {"cast": [], "crew": []}}
_BAD = details({"title": "No id"}, _EARLY, asked=9)

Rows = dict[str, list[str]]


def land(lake: Bronze) -> None:
    """Two runs: the second changes a film, which loses its credits, and brings a film and a record."""
    first = [
        film(1, "Far Astray", reviews={"results": [_REVIEW]}),
        film(2, "Quiet Lantern"),
        film(3, "Marsh"),
    ]
    second = [film(2, "Loud Lantern", reviews={"results": [_REVIEW]}, **_NOBODY), film(4, "Fourth")]
    records = [record(50, "Hans Mori - Far Astray (Original Motion Picture Soundtrack)"), record(51, "A - B")]
    answers = [details(each, _EARLY) for each in first]
    lake.land(
        FIRST, {"details": {"a": blob(*answers, _BAD)}, "search": {"s": blob(page(*records, at=_EARLY))}}
    )
    answers = [details(each, _LATE) for each in second]
    fourth = page(record(52, "Hans Mori - Fourth"), at=_LATE)
    blobs = {"details": {"a": blob(*answers, _BAD)}, "search": {"s": blob(fourth)}}
    lake.land(SECOND, blobs, "incremental")


def silver(spark: SparkSession, lake: Bronze, run_id: str) -> None:
    """The silver job."""
    run_silver(spark, run_id, lake.addresses, OPEN, with_sentiment=False)


def both_stages(spark: SparkSession, lake: Bronze, run_id: str) -> None:
    """Silver, then gold without views."""
    silver(spark, lake, run_id)
    run_gold(spark, run_id, lake.addresses, with_views=False)


def copied(lake: Bronze, root: Path) -> Bronze:
    """The same lake elsewhere, where no session has opened its tables yet."""
    shutil.copytree(lake.root, root)
    return Bronze(root)


def rows(lake: Bronze, stage: str, source: str) -> Rows:
    """Rows of a stage's tables at the versions of a set or manifest, as delta-rs reads them; without versions."""
    return {
        name: sorted(map(_told, _table(lake, f"{stage}.{name}", entry["version"])))
        for name, entry in lake.json(source)["tables"].items()
        if name in STAGES[stage]
    }


def commits(lake: Bronze) -> dict[str, int]:
    """How many commits each table has."""
    names = [f"{stage}.{name}" for stage, names in STAGES.items() for name in names]
    return {name: len(lake.commits(name)) for name in names}


def _table(lake: Bronze, name: str, version: int) -> list[dict[str, object]]:
    return DeltaTable(lake.folder(name), version=version).to_pyarrow_table().to_pylist()


def _told(row: dict[str, object]) -> str:
    plain = {key: value for key, value in row.items() if not key.endswith("_version")}
    return json.dumps(plain, default=str, sort_keys=True)


@dataclass(frozen=True)
class TwoRuns:
    """A lake after the first run, and one after both."""

    after_first: Bronze
    after_both: Bronze
