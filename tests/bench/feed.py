"""How long the feed takes, whole and with 1 % of the links changed: files and seconds.

    python -m tests.bench.feed --links 100000 [--changed 0.01]

Prints one JSON object. The catalog is invented: two records a film, every second film with an IMDb id.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_jobs.export.source import current_source
from spark_jobs.feed.job import Request, publish
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.lake import Addresses, open_lake
from spark_jobs.lakehouse.sets import TableVersion, entries, write_set
from spark_jobs.runtime.session import spark_session
from spark_jobs.schemas.tables import MATCHES, MOVIES, RELEASES
from tests.bench.process_tree import peak_memory_mb

RUNS = ("20261120T063000Z-0001", "20261121T063000Z-0002")
RECORDS_A_FILM = 2
FETCHED = "2026-11-20 06:30:00"


@dataclass(frozen=True)
class BenchLake:
    """Sets of gold over invented tables in a folder."""

    spark: SparkSession
    folder: Path
    links: int

    @property
    def addresses(self) -> Addresses:
        return Addresses(f"{(self.folder / 'tables').as_uri()}/{{container}}", f"{self.folder}/{{area}}")

    def publish(self, run: str, changed: float = 0.0) -> None:
        """A run's set; with `changed`, matches alone, so many of them with another probability."""
        silver, gold = (open_lake(self.spark, self.addresses, stage, run) for stage in ("silver", "gold"))
        tables: dict[str, TableVersion] = {}
        if not changed:
            films = self.links // RECORDS_A_FILM
            for table, rows in (
                (MOVIES, _films(self.spark, films)),
                (RELEASES, _records(self.spark, self.links)),
            ):
                tables[table.name] = silver.tables.replace_all(table, rows, None, self.links)
        rows = _matches(self.spark, self.links, changed)
        before = gold.version_before(MATCHES)
        matched = gold.tables.replace_all(MATCHES, rows, before, self.links)
        write_set(silver.files, "silver", run, tables, silver.before)
        write_set(gold.files, "gold", run, {MATCHES.name: matched}, gold.before)
        merged = {**(silver.before.tables if silver.before else {}), **tables}
        silver.files.write_json("control", f"silver/{run}.json", {"tables": entries(merged)})

    def feed(self) -> dict[str, Any]:
        """Bring the feed up to date."""
        source = current_source(self.spark, self.addresses, 7)
        return publish(self.spark, source, Request())


def _films(spark: SparkSession, count: int) -> DataFrame:
    number = F.col("id") + 1
    imdb = F.when(number % 2 == 0, F.format_string("tt%07d", number))
    told = {"film_id": number, "title": F.format_string("Film %d", number), "imdb_id": imdb}
    return _of_table(spark.range(count), MOVIES, told | _fetched())


def _records(spark: SparkSession, count: int) -> DataFrame:
    number = F.col("id") + 1
    title = F.format_string("Artist %d - Film %d (Original Soundtrack)", number % 999, number)
    told = {"release_id": number, "title": title, "formats": F.array(F.lit("Vinyl"), F.lit("LP"))}
    barcodes = F.array(F.format_string("%013d", number))
    return _of_table(
        spark.range(count), RELEASES, told | {"barcodes": barcodes, "country": F.lit("UK")} | _fetched()
    )


def _matches(spark: SparkSession, count: int, changed: float) -> DataFrame:
    number = F.col("id") + 1
    is_changed = (number % max(1, round(1 / changed)) == 0) if changed else F.lit(False)
    score = F.when(is_changed, F.lit(0.8)).otherwise(F.lit(0.97))
    film = F.floor(F.col("id") / RECORDS_A_FILM) + 1
    told = {
        "film_id": film,
        "release_id": number,
        "film_title": F.format_string("Film %d", film.cast("bigint")),
        "film_year": F.lit(1999),
        "release_title": F.format_string("Film %d (Original Soundtrack)", number),
        "artist": F.format_string("Artist %d", number % 999),
        "link_type": F.lit("score"),
        "reason": F.lit("title exact after removing 'Original Soundtrack'; film 1999, release 1999"),
        **{"score": score, "probability": score, "rank": F.lit(1), "published": F.lit(True)},
        **{"band": F.when(is_changed, F.lit("probable")).otherwise(F.lit("strong")), "matcher": F.lit("m")},
    }
    return _of_table(spark.range(count), MATCHES, told)


def _fetched() -> dict[str, Column]:
    return {"fetched_at": F.lit(FETCHED).cast("timestamp"), "source_blob": F.lit("b")}


def _of_table(rows: DataFrame, table: TableDefinition, told: dict[str, Column]) -> DataFrame:
    columns = [
        told.get(each.name, F.lit(None)).cast(each.dataType).alias(each.name) for each in table.columns
    ]
    return rows.select(*columns)


def measure(folder: Path, links: int, changed: float) -> dict[str, Any]:
    """Figures of a whole feed, of one after a change, and of one after none."""
    spark = spark_session("crossfade-bench", **{"spark.driver.memory": "2g"})
    lake = BenchLake(spark, folder, links)
    lake.publish(RUNS[0])
    full = lake.feed()
    lake.publish(RUNS[1], changed)
    figures = {"links": links, "full": full, "changed": lake.feed(), "unchanged": lake.feed()}
    spark.stop()
    return figures | {"peak_memory_mb": peak_memory_mb()}


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="tests.bench.feed", description=__doc__)
    parser.add_argument("--links", type=int, default=10_000)
    parser.add_argument("--changed", type=float, default=0.01, help="share of the links")
    given = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    with tempfile.TemporaryDirectory() as name:
        sys.stdout.write(json.dumps(measure(Path(name), given.links, given.changed)) + "\n")


if __name__ == "__main__":
    main()
