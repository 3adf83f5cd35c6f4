"""A small lake with a set of gold that is exported, and the runs after it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from spark_jobs.export.source import Source, current_source
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.lake import Addresses, open_lake
from spark_jobs.lakehouse.sets import TableVersion, entries, write_set
from spark_jobs.schemas.tables import CANDIDATES, MATCH_REVIEWS, MATCHES, MOVIES, RELEASES
from spark_jobs.views.catalogue import VIEWS

FETCHED = datetime(2026, 11, 20, 6, 30, 0, 123_456, UTC)
VIEW_TABLES = {view.name: view.table for view in VIEWS}
TABLES = {each.name: each for each in (MOVIES, RELEASES, MATCHES, CANDIDATES, MATCH_REVIEWS)}
Rows = dict[str, list[dict[str, Any]]]


def film(film_id: int, title: str, **more: Any) -> dict[str, Any]:
    """A row of silver.movies."""
    plain = {"film_id": film_id, "title": title, "fetched_at": FETCHED, "source_blob": f"b{film_id}"}
    return plain | {"genres": ["Drama"], "popularity": 1.5, "release_year": 2014, "revenue": film_id} | more


def release(release_id: int, **more: Any) -> dict[str, Any]:
    """A row of silver.releases."""
    plain = {
        "release_id": release_id,
        "title": f"A - {release_id}",
        "fetched_at": FETCHED,
        "source_blob": "b",
    }
    return plain | {"labels": ["Milo"], "year": 2014} | more


def match(release_id: int, film_id: int, run: int, **more: Any) -> dict[str, Any]:
    """A row of gold.matches, made in the run of that number."""
    versions = {"movies_version": run, "releases_version": run, "matcher": f"m{run}"}
    plain = {"release_id": release_id, "film_id": film_id, "score": 0.9, "rank": 1, "band": "strong"}
    return plain | {"probability": 0.9, "contributions": {"a.b": 0.5, "$c": float("nan")}} | versions | more


@dataclass(frozen=True)
class ExportLake:
    """Publishes sets of gold, run after run."""

    spark: SparkSession
    root: Path

    @property
    def addresses(self) -> Addresses:
        return Addresses(f"{(self.root / 'tables').as_uri()}/{{container}}", f"{self.root}/{{area}}")

    def publish(self, run: str, rows: Rows) -> Source:
        """Publish tables of TABLES or views, by name; what is left out stays as it was."""
        silver = open_lake(self.spark, self.addresses, "silver", run)
        gold = open_lake(self.spark, self.addresses, "gold", run)
        tables: dict[str, dict[str, TableVersion]] = {"silver": {}, "gold": {}}
        for name, found in rows.items():
            table = _table(name)
            lake = silver if table.schema == "silver" else gold
            frame = self.spark.createDataFrame(_whole(table, found), table.columns)
            tables[table.schema][table.name] = lake.tables.replace_all(
                table, frame, lake.version_before(table)
            )
        for stage, lake in (("silver", silver), ("gold", gold)):
            write_set(lake.files, stage, run, tables[stage], lake.before)
        current = json.loads(Path(silver.files.path("control", "tables/silver.json")).read_text())
        silver.files.write_json("control", f"silver/{run}.json", {"tables": current["tables"]})
        return current_source(self.spark, self.addresses, 7)


def _table(name: str) -> TableDefinition:
    return TABLES.get(name) or VIEW_TABLES[name]


def _whole(table: TableDefinition, rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row.get(name) for name in table.columns.fieldNames()) for row in rows]


FIRST, SECOND, THIRD = (f"2026112{day}T063000Z-000{day}" for day in range(3))
OLD_DAY = date(1895, 12, 28)
FIRST_ROWS: Rows = {
    "movies": [
        film(1, "Arrival of a Train", release_date=OLD_DAY, release_year=1895, popularity=float("nan")),
        film(2, "Far Astray", overview="a"),
        film(3, "Marsh"),
        film(4, "Gone Upstream", removed_at=FETCHED),
        film(5, "Leaves"),
    ],
    "releases": [release(10), release(11, barcodes=["12345678"])],
    "matches": [match(10, 2, 1), match(11, 1, 1)],
    "trending": [
        {
            "film_id": 2,
            "title": "Far Astray",
            "window_days": 7,
            "trend_score": 5.0,
            "since": date(2026, 11, 13),
        },
        {"film_id": 3, "title": "Marsh", "window_days": 7, "trend_score": None},
    ],
    "actor_edges": [{"person_a": 1, "person_b": 2, "films": 3}, {"person_a": 2, "person_b": 9, "films": 1}],
    "genre_pairs": [{"genre": None, "other_genre": "Drama", "films": 1}],
}
SECOND_ROWS: Rows = {
    "movies": [
        *FIRST_ROWS["movies"][:1],
        film(2, "Far Astray", overview="b"),
        *FIRST_ROWS["movies"][2:4],
        film(6, "New"),
    ],
    "matches": [match(10, 2, 2), match(11, 6, 2)],
}
THIRD_ROWS: Rows = {"movies": FIRST_ROWS["movies"], "matches": [match(10, 2, 3), match(11, 1, 3)]}


__all__ = [
    "FIRST",
    "FIRST_ROWS",
    "SECOND",
    "SECOND_ROWS",
    "THIRD",
    "THIRD_ROWS",
    "ExportLake",
    "entries",
    "film",
]
