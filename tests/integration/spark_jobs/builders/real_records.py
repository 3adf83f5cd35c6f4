"""Silver of the real records, made once for all tests that read it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_jobs.silver.job import run_silver
from tests.integration.spark_jobs.builders.bronze_files import Bronze, answer, blob, page

REAL = Path(__file__).parents[4].parent / "shared" / "data" / "real"
RUN = "20261120T063000Z-7f3a"


def records(name: str) -> list[dict[str, Any]]:
    """Lines of a file of real records."""
    with gzip.open(REAL / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def real_lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Bronze:
    """A lake with silver of all real records, 20 films a blob and 100 results a page; skips where they are not."""
    if not REAL.is_dir():
        pytest.skip("the real records are not here")
    lake = Bronze(tmp_path_factory.mktemp("lake"))
    films, releases = records("tmdb_movies.jsonl.gz"), records("discogs_releases.jsonl.gz")
    details = {
        f"t{n}": blob(*[answer("details", film) for film in films[n : n + 20]])
        for n in range(0, len(films), 20)
    }
    pages = {f"s{n}": blob(page(*releases[n : n + 100])) for n in range(0, len(releases), 100)}
    lake.land(RUN, {"details": details, "search": pages})
    run_silver(spark, RUN, lake.addresses)
    return lake
