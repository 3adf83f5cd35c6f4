"""The whole way from bronze to report over real records gives the same rows on every compute."""

from __future__ import annotations

import asyncio
import csv
import importlib.util
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from local.databricks.spark.environment import JobEnvironment
from local.databricks.spark.program import SparkProgram
from local.databricks.spark.server import SparkServer
from spark_jobs.gold.job import run_gold
from spark_jobs.runtime.class_archive import sharing_options
from spark_jobs.runtime.delta_jars import delta_jars
from spark_jobs.runtime.java import java_home
from spark_jobs.silver.job import run_silver
from tests.integration.spark_jobs.builders.bronze_files import Bronze, answer, blob, page
from tests.integration.spark_jobs.builders.real_records import REAL, RUN, records
from tests.integration.spark_jobs.builders.serverless import refusing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]  # three whole runs, of which each plans all views
ROOT = Path(__file__).parents[4]
PAIRS = 100
STAGES = ("silver", "gold")


def land(root: Path) -> Bronze:
    """Real films and the real records that belong to them, and as many that belong to none of them."""
    with (REAL / "links.csv").open(newline="") as lines:
        pairs = list(csv.DictReader(lines))[::9][:PAIRS]
    films = {int(pair["tmdb_id"]) for pair in pairs}
    linked = {int(pair["discogs_id"]) for pair in pairs}
    details = [film for film in records("tmdb_movies.jsonl.gz") if film["id"] in films]
    releases = records("discogs_releases.jsonl.gz")
    listed = [one for one in releases if one["id"] in linked] + releases[:PAIRS]
    lake = Bronze(root)
    lines = blob(*[answer("details", film) for film in details])
    lake.land(RUN, {"details": {"t": lines}, "search": {"s": blob(page(*listed))}})
    return lake


def classic(spark: SparkSession, lake: Bronze) -> None:
    """A session in this process."""
    run_silver(spark, RUN, lake.addresses)
    run_gold(spark, RUN, lake.addresses)


def serverless(spark: SparkSession, lake: Bronze) -> None:
    """A session that refuses what serverless compute refuses."""
    with refusing(spark):
        classic(spark, lake)


def connect(spark: SparkSession, lake: Bronze) -> None:
    """Processes that are clients of a Spark Connect server."""
    folder = lake.root.parent / "server"
    folder.mkdir()
    asyncio.run(_over_connect(lake, folder))


async def _over_connect(lake: Bronze, folder: Path) -> None:
    pyspark = importlib.util.find_spec("pyspark")
    assert pyspark is not None and pyspark.origin is not None
    home = Path(pyspark.origin).parent
    java = java_home()
    program = SparkProgram(java, home, tuple(delta_jars()), "2g", sharing_options(java))
    environment = JobEnvironment(Path(sys.executable), packages=ROOT, connect=ROOT / ".local" / "connect")
    server = SparkServer(program, environment, folder)
    places = ["--tables", lake.addresses.tables, "--files", lake.addresses.files]
    try:
        variables = {**os.environ, **environment.variables(), **await server.client_variables()}
        for stage in STAGES:
            command = [sys.executable, "-m", f"spark_jobs.{stage}", "--run-id", RUN, *places]
            process = await asyncio.create_subprocess_exec(*command, env=variables, cwd=folder)
            assert await process.wait() == 0
    finally:
        await server.end()


@pytest.fixture(scope="module")
def three(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bronze]:
    """The same bronze after both jobs, by how they ran."""
    if not REAL.is_dir():
        pytest.skip("the real records are not here")
    lakes = {}
    for way in (classic, serverless, connect):
        lakes[way.__name__] = lake = land(tmp_path_factory.mktemp(way.__name__) / "lake")
        way(spark, lake)
    return lakes


def tables_of(lake: Bronze) -> dict[str, Counter[str]]:
    """Rows of every table of both manifests, by the table's name."""
    manifests = [lake.json(f"control/{stage}/{RUN}.json")["tables"] for stage in STAGES]
    return {entry["table"]: _rows(lake, entry) for tables in manifests for entry in tables.values()}


def _rows(lake: Bronze, entry: dict[str, Any]) -> Counter[str]:
    table = DeltaTable(lake.folder(entry["table"]), version=entry["version"])
    return Counter(
        json.dumps(_rounded(row), default=str, sort_keys=True) for row in table.to_pyarrow_table().to_pylist()
    )


def _rounded(value: Any) -> Any:
    """Sums of floats depend on the order of rows in their last digits."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("way", ["serverless", "connect"])
def test_every_table_has_the_same_rows(three: dict[str, Bronze], way: str) -> None:
    """Row by row, all tables of silver and gold; the report is there."""
    expected, found = tables_of(three["classic"]), tables_of(three[way])
    assert len(expected["gold.matches"]) > PAIRS / 2
    assert found.keys() == expected.keys()
    for name, rows in expected.items():
        assert found[name] == rows, name
    assert (three[way].root / f"report/{RUN}/index.html").is_file()
