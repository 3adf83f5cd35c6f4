"""Removes rows made of answers that are older than their source's may be kept: what no run has seen again for so long.

It comes after everything is published, as a version of its own, and only where there is such a row.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.lake import Lake
from spark_jobs.lakehouse.sets import TableVersion
from spark_jobs.schemas.tables import SILVER

log = logging.getLogger(__name__)
_SEEN = "fetched_at"
SOURCE_OF = {"film_id": "tmdb", "release_id": "discogs"}
"""Whose answers a table is made of, by its key."""


def expire(
    lake: Lake, published: Mapping[str, TableVersion], run_time: str, kept_days: Mapping[str, float]
) -> dict[str, TableVersion]:
    """Versions of the tables that lost rows; `published` are those of this run, `kept_days` is by source."""
    found = {}
    for table in SILVER:
        version = published.get(table.name)
        condition = _is_expired(table, run_time, kept_days)
        if version is None or condition is None:
            continue
        rows = lake.tables.read(table, version).where(condition)
        if rows.isEmpty():
            continue
        empty = lake.spark.createDataFrame([], table.columns)
        found[table.name] = lake.tables.replace_where(table, empty, condition, version)
        log.info(
            "%s: %s rows were not seen again for too long",
            table.full_name,
            version.rows - found[table.name].rows,
        )
    return found


def _is_expired(table: TableDefinition, run_time: str, kept_days: Mapping[str, float]) -> str | None:
    """The condition under which a row is too old; None where the table's rows are kept for good."""
    days = kept_days.get(SOURCE_OF.get(str(table.key), ""))
    if days is None or _SEEN not in table.columns.fieldNames():
        return None
    oldest = datetime.fromisoformat(run_time).astimezone(UTC) - timedelta(days=days)
    return f"{_SEEN} < TIMESTAMP '{oldest:%Y-%m-%d %H:%M:%S} UTC'"
