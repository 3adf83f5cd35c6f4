"""How fast gold is exported to MongoDB, whole and after a change, and beside it a plain loop of bulk_write.

    python -m tests.bench.export --films 1000000 [--changed 1000] [--memory 9g] [--no-again]

Prints one JSON object. The server is that of MONGO_URI, whose collections films, releases and links it empties, else
one that it starts; `memory` is the heap of the stand-in. Two releases for five films, each with a link. Spark's session
is that of a gold job of this size.

- `full`: the first export of a session that has made the tables, as the gold job's has; what Spark compiles for it and
  the start of its Python processes are in it.
- `full_again`: the same into emptied collections, so without that start.
- `changed`: after some films have changed.
- `loop`: one process that reads the same tables and sends the same collections with `bulk_write`, a thousand at a time,
  into collections with the same indexes; at most 100,000 films and as many releases and links as belong to them. It
  starts nothing, and it comes last: the server is as warm as it gets. For the others the server has had 5,000 films.

`cpu_s` are processor seconds of all processes together, the server's too; what others do on the machine counts little
in them. `memory_mb` are peaks: of the server, of the job's JVM (`spark`), of the largest of its Python processes
(`worker`), and of this one (`driver`).
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
from pymongo.collection import Collection as MongoCollection
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from local.machine.child import Child
from spark_jobs.export.collections import Collection, index_fields
from spark_jobs.export.declared import FILMS, LINKS, RECORDS
from spark_jobs.export.documents import document_id
from spark_jobs.export.job import Request, export
from spark_jobs.export.mongo.address import VARIABLE, MongoAddress
from spark_jobs.export.source import current_source
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.lake import Addresses, Lake, open_lake
from spark_jobs.lakehouse.sets import TableVersion, entries, write_set
from spark_jobs.runtime.session import spark_session
from spark_jobs.runtime.stage_run import settings_for
from spark_jobs.schemas.tables import MATCHES, MOVIES, RELEASES
from tests.bench.process_tree import cpu_seconds, peak_memories_mb
from tests.bench.view_data import write_lake

RUNS = ("20261120T063000Z-0001", "20261121T063000Z-0002")
BATCH, LOOP_FILMS, WARM_UP_FILMS = 1_000, 100_000, 5_000
# Processes by a part of their command line; the first that is found counts.
KINDS = {"mongo": "server", "-m plain_daemon": "worker", "java": "spark"}
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


def measure(folder: Path, films: int, changed: int, uri: str, full: Sequence[str]) -> dict[str, Any]:
    """Figures of full exports by these names, of one after a change, and of the loop."""
    write_lake(folder, films, has_credits=False)
    settings = {"spark.driver.memory": "4g"} | settings_for(films + films * 2 // 5)
    spark = spark_session("crossfade-bench", **settings)
    lake, address = BenchLake(spark, folder), MongoAddress(uri)
    lake.publish(films)
    _loop(lake, address, WARM_UP_FILMS)
    figures: dict[str, Any] = {"films": films}
    for name in full:
        _emptied(address)
        figures[name] = _timed(lambda: _export(lake, address))
    lake.change(changed, films)
    figures["changed"] = _timed(lambda: _export(lake, address))
    figures["memory_mb"] = _memory()
    figures["loop"] = _timed(lambda: _loop(lake, address, LOOP_FILMS))
    loop_per_s = figures["loop"]["documents_per_s"]
    for name in full:
        figures[f"{name}_by_loop"] = round(figures[name]["documents_per_s"] / loop_per_s, 2)
    spark.stop()
    return figures


def _timed(work: Callable[[], int]) -> dict[str, Any]:
    cpu_s, since = cpu_seconds(), time.monotonic()
    documents = work()
    seconds = time.monotonic() - since
    return {
        "documents": documents,
        "seconds": round(seconds, 2),
        "documents_per_s": round(documents / seconds),
        "cpu_s": round(cpu_seconds() - cpu_s, 1),
    }


def _export(lake: BenchLake, address: MongoAddress) -> int:
    source = current_source(lake.spark, lake.addresses, 7)
    return int(export(lake.spark, source, address, Request())["documents"])


def _loop(lake: BenchLake, address: MongoAddress, films: int) -> int:
    """The collections one after the other, one request after the other, into collections that are dropped then."""
    tables = current_source(lake.spark, lake.addresses, 7).tables
    with MongoClient(address.uri, retryWrites=False) as client:
        database = client[address.database]
        return sum(
            _looped(database[f"{each.name}_of_the_loop"], each, DeltaTable(tables.location(each.table)), most)
            for each, most in ((FILMS, films), (RECORDS, films * 2 // 5), (LINKS, films * 2 // 5))
        )


def _looped(into: MongoCollection[Any], collection: Collection, table: DeltaTable, most: int) -> int:
    sent = 0
    for index in collection.indexes:
        into.create_index(index_fields(index))
    for batch in table.to_pyarrow_dataset().to_batches(batch_size=BATCH):
        rows = [_storable(row, collection) for row in batch.slice(0, most - sent).to_pylist()]
        if rows:
            into.bulk_write(
                [ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows], ordered=False
            )
        sent += len(rows)
        if sent == most:
            break
    into.drop()
    return sent


def _storable(row: dict[str, Any], collection: Collection) -> dict[str, Any]:
    """Without the day, which the driver does not take."""
    values = {name: value for name, value in row.items() if name != "release_date"}
    return {"_id": document_id(row, collection.key), **values}


def _memory() -> dict[str, int]:
    """The peak of the largest process of each kind, told apart by what it runs."""
    peaks: dict[str, int] = {}
    for command, peak in peak_memories_mb():
        kind = next((kind for part, kind in KINDS.items() if part in command), "driver")
        peaks[kind] = max(peaks.get(kind, 0), peak)
    return peaks


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
    parser.add_argument("--no-again", action="store_true", help="leave the second full export out")
    given = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server ends too
    full = ("full",) if given.no_again else ("full", "full_again")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _server(given.memory, folder / "mongo") as (uri, kind):
            figures = measure(folder / "lake", given.films, given.changed, uri, full)
            sys.stdout.write(json.dumps({"server": kind, **figures}) + "\n")


if __name__ == "__main__":
    main()
