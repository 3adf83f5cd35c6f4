"""How long each view takes.

    python -m tests.bench.views --films 1000000 [--view NAME ...]

Prints one JSON object: seconds a view, from reading silver to Parquet written, in one session with at most 8 GB for
the driver, and seconds of all together. The views run one after the other; the gold job runs some side by side.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.staging import Staging
from spark_jobs.runtime.session import SHORT_LIVED, spark_session
from spark_jobs.schemas.gold import MATCHES
from spark_jobs.schemas.silver import CAST_CREDITS, CREW_CREDITS, MOVIES, RELEASES, REVIEWS
from spark_jobs.views.catalogue import VIEWS
from spark_jobs.views.films.history import FILM_HISTORY, film_history
from spark_jobs.views.view import Inputs
from tests.bench.process_tree import cpu_seconds, peak_memory_mb
from tests.bench.view_data import write_lake

AS_OF = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
SMALL_FILMS = 20_000  # up to here the gold job takes the settings for short sessions too


def measure(folder: Path, films: int, wanted: Sequence[str]) -> dict[str, Any]:
    """Seconds of each view over the invented lake in `folder`."""
    settings = {"spark.driver.memory": "8g"} | (SHORT_LIVED if films <= SMALL_FILMS else {})
    spark = spark_session("crossfade-bench", **settings)
    inputs, seconds, rows = _inputs(spark, folder), {}, {}
    begun = time.monotonic()
    for view in VIEWS:
        if not wanted or view.name in wanted:
            since = time.monotonic()
            rows[view.name] = _written(spark, view.build(inputs), folder / "out" / view.name)
            seconds[view.name] = round(time.monotonic() - since, 2)
    total_s = time.monotonic() - begun
    figures = {"cpu_seconds": round(cpu_seconds(), 1), "peak_memory_mb": peak_memory_mb()}
    spark.stop()
    return {"films": films, "total_seconds": round(total_s, 1), **figures, "seconds": seconds, "rows": rows}


def _inputs(spark: SparkSession, folder: Path) -> Inputs:
    def read(table: str, schema: StructType) -> DataFrame:
        return spark.read.schema(schema).parquet(str(folder / table))

    movies, nothing = read("movies", MOVIES), spark.createDataFrame([], FILM_HISTORY)
    history = folder / "film_history"
    film_history(nothing, movies, AS_OF).write.parquet(str(history))
    return Inputs(
        as_of=AS_OF,
        movies=movies,
        cast_credits=read("cast_credits", CAST_CREDITS),
        crew_credits=read("crew_credits", CREW_CREDITS),
        reviews=spark.createDataFrame([], REVIEWS),
        releases=read("releases", RELEASES),
        matches=read("matches", MATCHES),
        film_history=read("film_history", FILM_HISTORY),
        keep=Staging(spark, Files(f"{folder}/{{area}}"), "gold").keep,
    )


def _written(spark: SparkSession, rows: DataFrame, path: Path) -> int:
    rows.write.parquet(str(path))
    return spark.read.parquet(str(path)).count()


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="tests.bench.views", description=__doc__)
    parser.add_argument("--films", type=int, default=10_000)
    parser.add_argument("--view", action="append", default=[], help="only this view; may be repeated")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        write_lake(Path(folder), given.films)
        sys.stdout.write(json.dumps(measure(Path(folder), given.films, given.view)) + "\n")


if __name__ == "__main__":
    main()
