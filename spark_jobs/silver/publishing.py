"""Writes the tables of a run; independent ones at the same time.

A table of SMALL_ROWS or more, of which few rows changed, has those replaced by their keys: only files with such a key
are written again. Every other table is written whole, which also gathers the small files that replacements leave.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial, reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.lakehouse.definition import TableDefinition, quoted
from spark_jobs.lakehouse.lake import Lake
from spark_jobs.lakehouse.layout import ROWS_PER_FILE
from spark_jobs.lakehouse.sets import TableVersion
from spark_jobs.lakehouse.tables import MOST_KEYS
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.schemas.tables import GENRE_MAP, QUARANTINE
from spark_jobs.silver.latest import replaced
from spark_jobs.silver.quality.outliers import Fences, flags
from spark_jobs.silver.quality.profile import quarantined
from spark_jobs.silver.records.genres import genre_map, genre_rows
from spark_jobs.silver.records.items import OF_FILMS, OF_RELEASES, ItemTable, exploded
from spark_jobs.silver.tables import Ranked

SMALL_ROWS = 50_000
_SPARE_FILES = 20  # small files that a table may have gathered beyond what its rows need
_ITEMS_A_RECORD = 20
QUARANTINE_DAYS = 90


def write_quarantine(lake: Lake, run_id: str, tables: list[Ranked]) -> TableVersion:
    """Put the refused rows of all tables in the place of those this run has left; old runs' rows go."""
    refused = [
        quarantined(table.rows, table.table.name, run_id) for table in tables if table.rows is not None
    ]
    empty = lake.spark.createDataFrame([], QUARANTINE.columns)
    rows = reduce(lambda one, other: one.unionByName(other), refused, empty).coalesce(1)
    oldest = (datetime.now(UTC) - timedelta(days=QUARANTINE_DAYS)).strftime("%Y%m%dT%H%M%SZ")
    return lake.tables.replace_where(
        QUARANTINE,
        rows,
        f"run_id = {quoted(run_id)} OR run_id < {quoted(oldest)}",
        lake.version_before(QUARANTINE),
    )


def publish_tables(
    lake: Lake, films: Ranked, releases: Ranked, fences: Fences, rows: dict[str, int]
) -> dict[str, TableVersion]:
    """The next version of every table; a table that nothing arrived for stays as it is.

    `rows` says how many rows movies and releases have after this run.
    """
    tasks: dict[str, Callable[[], TableVersion | None]] = {
        "movies": partial(_publish_films, lake, films, fences, rows["movies"]),
        "releases": partial(_publish_records, lake, releases, rows["releases"]),
        "genre_map": partial(_publish_genre_map, lake),
        **{
            items.table.name: partial(_publish_items, lake, items, of, rows[of.table.name])
            for of, tables in ((films, OF_FILMS), (releases, OF_RELEASES))
            for items in tables
        },
    }
    published = run_parallel(tasks)
    return {name: version for name, version in published.items() if version is not None}


def _publish_films(lake: Lake, films: Ranked, fences: Fences, rows: int) -> TableVersion | None:
    """Fences move with every run, so films that it did not bring may be flagged anew."""
    if films.rows is None:
        return _kept(lake, films.table)
    new = flags(fences)
    is_flagged_anew = ~F.col("outliers").eqNullSafe(new)
    changed, rest = films.changed(is_flagged_anew), films.rest()
    if rest is not None:
        changed = changed.unionByName(rest.where(is_flagged_anew))
    changed, whole = (frame.withColumn("outliers", new) for frame in (changed, films.after(lake)))
    return _publish(lake, films.table, changed, _keys_of(changed, films.table), whole, rows)


def _publish_records(lake: Lake, releases: Ranked, rows: int) -> TableVersion | None:
    if releases.rows is None:
        return _kept(lake, releases.table)
    changed = releases.changed(F.lit(False))
    keys = _keys_of(changed, releases.table)
    return _publish(lake, releases.table, changed, keys, releases.after(lake), rows)


def _publish_items(lake: Lake, items: ItemTable, of: Ranked, rows: int) -> TableVersion | None:
    """Rows of the records answered now, and those of the other records as they were."""
    table, before = items.table, lake.version_before(items.table)
    if of.rows is None or (before is not None and not items.kinds & of.kinds):
        return _kept(lake, table)
    # null where this run's answers left it out
    answered = of.rows.where("is_latest AND is_new").where(F.col(items.column).isNotNull())
    new = exploded(answered, items)
    if before is None:
        return lake.tables.replace_all(table, new, None, rows * _ITEMS_A_RECORD)
    whole = new.unionByName(replaced(answered, lake.tables.read(table, before), str(table.key)))
    return _publish(lake, table, new, _keys_of(answered, table), whole, before.rows)


def _publish(
    lake: Lake,
    table: TableDefinition,
    changed: DataFrame,
    keys: Callable[[], list[int]],
    whole: DataFrame,
    rows: int,
) -> TableVersion:
    """`changed` in the place of what its keys had, or the `whole` table, whichever costs less."""
    before = lake.version_before(table)
    if before is None or before.rows < SMALL_ROWS or _is_scattered(before):
        return lake.tables.replace_all(table, whole, before, rows)
    found = keys()
    if not found:
        return lake.tables.keep(table, before)
    if len(found) > MOST_KEYS:
        return lake.tables.replace_all(table, whole, before, rows)
    return lake.tables.replace_keys(table, changed, found, before)


def _is_scattered(version: TableVersion) -> bool:
    return version.files > 2 * (version.rows // ROWS_PER_FILE) + _SPARE_FILES


def _keys_of(rows: DataFrame, table: TableDefinition) -> Callable[[], list[int]]:
    """The different keys of rows, but at most one more than a replacement takes."""

    def collect() -> list[int]:
        found = rows.select(str(table.key)).distinct().limit(MOST_KEYS + 1).collect()
        return [row[0] for row in found]

    return collect


def _publish_genre_map(lake: Lake) -> TableVersion:
    before = lake.version_before(GENRE_MAP)
    if before and sorted(map(str, map(tuple, lake.tables.read(GENRE_MAP, before).collect()))) == sorted(
        map(str, genre_rows())
    ):
        return lake.tables.keep(GENRE_MAP, before)
    return lake.tables.replace_all(GENRE_MAP, genre_map(lake.spark).coalesce(1), before)


def _kept(lake: Lake, table: TableDefinition) -> TableVersion | None:
    before = lake.version_before(table)
    return lake.tables.keep(table, before) if before else None
