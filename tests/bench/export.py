"""How fast gold is exported to MongoDB, whole and after a change, and beside it a plain loop of bulk_write.

    python -m tests.bench.export --films 1000000 [--changed 1000] [--memory 6g]

Prints one JSON object. The server is that of MONGO_URI, whose collections films, releases and links it empties, else
one that it starts; `memory` is the heap of the stand-in. Two releases for five films. The loop is one process that
reads the same films from the same table and sends them with `bulk_write`, a thousand at a time, into a collection with
the same indexes.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from pymongo import MongoClient, ReplaceOne
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from local.machine.child import Child
from spark_jobs.export.collections import index_fields
from spark_jobs.export.declared import FILMS
from spark_jobs.export.job import Request, export
from spark_jobs.export.mongo.address import VARIABLE, MongoAddress
from spark_jobs.export.source import current_source
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.lake import Addresses, Lake, open_lake
from spark_jobs.lakehouse.sets import TableVersion, entries, write_set
from spark_jobs.runtime.session import spark_session
from spark_jobs.schemas.tables import MATCHES, MOVIES, RELEASES
from tests.bench.process_tree import peak_memory_mb
from tests.bench.view_data import write_lake

RUNS = ("20261120T063000Z-0001", "20261121T063000Z-0002")
BATCH, LOOP_FILMS = 1_000, 100_000
# Required columns that the invented lake leaves null.
FILLED = {
    "title": "A - B",
    "source_blob": "b",
    "fetched_at": datetime(2026, 11, 20, 6, 30, tzinfo=UTC),
    "rank": 1,
}


class BenchLake:
    """Sets of gold over the invented tables in a folder."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark, self.folder = spark, folder
        self.addresses = Addresses(f"{(folder / 'tables').as_uri()}/{{container}}", f"{folder}/{{area}}")

    def publish(self, films: int) -> None:
        """The first set: everything."""
        with self._sets(RUNS[0]) as (silver, gold, tables):
            for lake, table, rows in (
                (silver, MOVIES, films),
                (silver, RELEASES, films * 2 // 5),
                (gold, MATCHES, films * 2 // 5),
            ):
                tables[table.name] = lake.tables.replace_all(table, self._rows(table), None, rows)

    def change(self, changed: int, films: int) -> None:
        """The second set: films all over the table have another popularity."""
        keys = list(range(1, films + 1, max(1, films // changed)))[:changed]
        with self._sets(RUNS[1]) as (silver, _, tables):
            before = silver.version_before(MOVIES)
            assert before
            rows = silver.tables.read(MOVIES, before).where(F.col("film_id").isin(keys))
            rows = rows.withColumn("popularity", F.col("popularity") + 1)
            tables[MOVIES.name] = silver.tables.replace_keys(MOVIES, rows, keys, before)

    @contextmanager
    def _sets(self, run: str) -> Iterator[tuple[Lake, Lake, dict[str, TableVersion]]]:
        silver, gold = (open_lake(self.spark, self.addresses, stage, run) for stage in ("silver", "gold"))
        tables: dict[str, TableVersion] = {}
        yield silver, gold, tables
        of_gold = {name: tables.pop(name) for name in (MATCHES.name,) if name in tables}
        write_set(silver.files, "silver", run, tables, silver.before)
        write_set(gold.files, "gold", run, of_gold, gold.before)
        merged = {**(silver.before.tables if silver.before else {}), **tables}
        silver.files.write_json("control", f"silver/{run}.json", {"tables": entries(merged)})

    def _rows(self, table: TableDefinition) -> DataFrame:
        rows = self.spark.read.schema(table.columns).parquet(str(self.folder / table.name))
        return rows.withColumns(
            {name: F.coalesce(name, F.lit(value)) for name, value in FILLED.items() if name in rows.columns}
        )


def measure(folder: Path, films: int, changed: int, uri: str) -> dict[str, Any]:
    """Figures of a full export, of one after a change, and of the loop."""
    write_lake(folder, films)
    spark = spark_session("crossfade-bench", **{"spark.driver.memory": "4g"})
    lake, address = BenchLake(spark, folder), MongoAddress(uri)
    _emptied(address)
    lake.publish(films)
    full = _timed(lambda: _export(lake, address))
    lake.change(changed, films)
    after = _timed(lambda: _export(lake, address))
    loop = _timed(lambda: _loop(folder, address))
    per_s = {
        name: round(each["documents"] / each["seconds"]) for name, each in (("full", full), ("loop", loop))
    }
    figures = {
        "films": films,
        "full": full | {"documents_per_s": per_s["full"]},
        "changed": after,
        "loop": loop | {"documents_per_s": per_s["loop"]},
        "full_by_loop": round(per_s["full"] / per_s["loop"], 2),
        "peak_memory_mb": peak_memory_mb(),
    }
    spark.stop()
    return figures


def _timed(work: Callable[[], int]) -> dict[str, Any]:
    since = time.monotonic()
    documents = work()
    return {"documents": documents, "seconds": round(time.monotonic() - since, 2)}


def _export(lake: BenchLake, address: MongoAddress) -> int:
    source = current_source(lake.spark, lake.addresses, 7)
    return int(export(lake.spark, source, address, Request())["documents"])


def _loop(folder: Path, address: MongoAddress) -> int:
    """Films of the table into a collection of their own, one request after the other."""
    sent = 0
    with MongoClient(address.uri, retryWrites=False) as client:
        into = client[address.database]["films_of_the_loop"]
        for index in FILMS.indexes:
            into.create_index(index_fields(index))
        table = DeltaTable(folder / "tables" / "intermediate" / "movies").to_pyarrow_dataset()
        for batch in table.to_batches(batch_size=BATCH):
            films = [_storable(film) for film in batch.to_pylist()]
            into.bulk_write(
                [ReplaceOne({"_id": film["film_id"]}, film, upsert=True) for film in films], ordered=False
            )
            sent += len(films)
            if sent >= LOOP_FILMS:
                break
        into.drop()
    return sent


def _storable(film: dict[str, Any]) -> dict[str, Any]:
    """Without the day, which the driver does not take."""
    return {"_id": film["film_id"], **{name: value for name, value in film.items() if name != "release_date"}}


def _emptied(address: MongoAddress) -> None:
    with MongoClient(address.uri, retryWrites=False) as client:
        for name in ("films", "releases", "links", "exports"):
            client[address.database].drop_collection(name)


@contextmanager
def _server(memory: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Where it is and what it is."""
    if uri := os.environ.get(VARIABLE):
        yield uri, VARIABLE
        return
    argv = [sys.executable, "-m", "local.mongo", "--work", folder / "data", "--memory", memory]
    with Child("mongo", argv, log_path=folder / "log") as child:
        ready = child.wait_ready()
        yield ready["url"], ready["server"]


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="tests.bench.export", description=__doc__)
    parser.add_argument("--films", type=int, default=10_000)
    parser.add_argument("--changed", type=int, default=1_000)
    parser.add_argument("--memory", default="2g", help="heap of the stand-in")
    given = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server ends too
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _server(given.memory, folder / "mongo") as (uri, kind):
            figures = measure(folder / "lake", given.films, given.changed, uri)
            sys.stdout.write(json.dumps({"server": kind, **figures}) + "\n")


if __name__ == "__main__":
    main()
