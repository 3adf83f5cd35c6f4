"""Writes the tables of a run; independent ones at the same time."""

from __future__ import annotations

from functools import partial, reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.runtime.lake import Lake, Pointer
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.schemas.silver import QUARANTINE
from spark_jobs.silver.latest import replaced
from spark_jobs.silver.quality.outliers import Fences, flags
from spark_jobs.silver.quality.profile import quarantined
from spark_jobs.silver.records import credits
from spark_jobs.silver.records.genres import genre_map
from spark_jobs.silver.tables import CONTAINER, Ranked

_QUARANTINE_FILES = 4


def write_quarantine(lake: Lake, run_id: str, tables: list[Ranked], keep: int) -> None:
    """Write the refused rows of all tables, and remove old snapshots."""
    refused = [quarantined(table.rows, table.table.name) for table in tables if table.rows is not None]
    empty = lake.spark.createDataFrame([], QUARANTINE)
    rows = reduce(lambda one, other: one.unionByName(other), refused, empty).coalesce(_QUARANTINE_FILES)
    lake.write_snapshot(CONTAINER, "quarantine", run_id, rows)
    lake.prune(CONTAINER, "quarantine", keep)


def publish_tables(
    lake: Lake, run_id: str, films: Ranked, releases: Ranked, fences: Fences, keep: int
) -> dict[str, Pointer]:
    """Publish the next snapshot of every table; a table that nothing arrived for stays as it is."""
    next_tables = {**_film_tables(lake, run_id, films, fences), "releases": releases.latest()}
    if any(rows is not None for rows in next_tables.values()):
        next_tables["genre_map"] = genre_map(lake.spark).coalesce(1)
    tasks = {name: partial(_publish, lake, name, run_id, rows, keep) for name, rows in next_tables.items()}
    pointers = run_parallel(tasks)
    return {name: pointer for name, pointer in pointers.items() if pointer is not None}


def _publish(lake: Lake, name: str, run_id: str, rows: DataFrame | None, keep: int) -> Pointer | None:
    if rows is None:
        return lake.pointer(CONTAINER, name)
    return lake.publish(CONTAINER, name, run_id, rows, keep)


def _film_tables(lake: Lake, run_id: str, films: Ranked, fences: Fences) -> dict[str, DataFrame | None]:
    latest = films.latest()
    if latest is None or films.rows is None:
        return dict.fromkeys(("movies", *credits.TABLES))
    answered = films.rows.where("is_latest AND is_new")
    tables = {name: _credits(lake, run_id, answered, name) for name in credits.TABLES}
    return {"movies": latest.withColumn("outliers", flags(fences)), **tables}


def _credits(lake: Lake, run_id: str, answered: DataFrame, name: str) -> DataFrame:
    """A credits table: rows of the films answered now, and those of the other films as they were."""
    array, schema = credits.TABLES[name]
    answered = answered.where(F.col(array).isNotNull())  # null where this run's answers left it out
    rows = credits.exploded(answered, name)
    before = lake.snapshot_before(CONTAINER, name, run_id)
    if before is None:
        return rows
    current = lake.read_snapshot(CONTAINER, name, before, schema)
    return rows.unionByName(replaced(answered, current, "film_id"))
