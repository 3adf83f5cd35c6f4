"""`python -m spark_jobs.migrate --from PATH --tables URI --files PATH`: tables of releases before Delta, written anew.

Those releases kept a table as folders of Parquet, `CONTAINER/TABLE/snapshot=RUN`, of which `_current.json` named one.
The current snapshot of each is written under the schema of today: a column it lacks is null, one that is no longer
written is left out and said. The old lake is opened as files (a folder, or volumes over its
containers) and stays as it is. What was quarantined before is not taken along.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.lake import RETENTION_DAYS, Addresses, open_lake
from spark_jobs.lakehouse.sets import TableVersion, read_set, write_set
from spark_jobs.runtime.session import spark_session
from spark_jobs.runtime.stage_run import add_addresses, addresses_of, log_to_stderr
from spark_jobs.schemas.tables import MATCHES, MOVIES, QUARANTINE, RELEASES
from spark_jobs.views.catalogue import TABLES_OF

log = logging.getLogger(__name__)
_HEADS = {"silver": (MOVIES, RELEASES), "gold": (MATCHES,)}
"""The tables whose snapshot says which run a stage was of."""


def migrate(
    spark: SparkSession, old: str, addresses: Addresses, retention_days: float = RETENTION_DAYS
) -> dict[str, list[str]]:
    """Write every table of the lake `old` (a path template with {container}) as a Delta table; their names by stage.

    Raises LakeError when the new lake has tables already, or the old one has none.
    """
    found = {stage: _pointers(old, tables) for stage, tables in TABLES_OF.items()}
    if not any(found.values()):
        raise LakeError(f"{old} has no tables with a _current.json: check the address")
    for stage, pointers in found.items():
        if pointers:
            _migrate_stage(spark, stage, old, pointers, addresses, retention_days)
    return {stage: sorted(pointers) for stage, pointers in found.items()}


def _migrate_stage(
    spark: SparkSession,
    stage: str,
    old: str,
    pointers: dict[str, dict[str, Any]],
    addresses: Addresses,
    retention_days: float,
) -> None:
    run_id = max(pointers[table.name]["snapshot"] for table in _HEADS[stage] if table.name in pointers)
    lake = open_lake(spark, addresses, stage, run_id, retention_days)
    if read_set(lake.files, stage):
        raise LakeError(
            f"{lake.files.path('control', f'tables/{stage}.json')} is there: the tables are Delta already"
        )
    written: dict[str, TableVersion] = {}
    for table in TABLES_OF[stage]:
        if pointer := pointers.get(table.name):
            rows = spark.read.parquet(f"{_root(old, table)}/{pointer['path']}")
            written[table.name] = lake.tables.replace_all(
                table, _of_today(rows, table), None, pointer["rows"]
            )
            log.info("%s: %s rows of %s", table.full_name, written[table.name].rows, pointer["snapshot"])
    write_set(lake.files, stage, run_id, written, None)


def _pointers(old: str, tables: Sequence[TableDefinition]) -> dict[str, dict[str, Any]]:
    """What `_current.json` says, by table; tables without one are left out."""
    paths = {
        table.name: Path(_root(old, table), table.name, "_current.json")
        for table in tables
        if table != QUARANTINE
    }
    return {
        name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()
    }


def _root(old: str, table: TableDefinition) -> str:
    return old.rstrip("/").replace("{container}", table.container)


def _of_today(rows: DataFrame, table: TableDefinition) -> DataFrame:
    for name in set(rows.columns) - set(table.columns.fieldNames()):
        log.warning("%s: column %s is no longer written and left out", table.full_name, name)
    return rows.select(
        *[
            (F.col(column.name) if column.name in rows.columns else F.lit(None))
            .cast(column.dataType)
            .alias(column.name)
            for column in table.columns
        ]
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point; says what was written, a line a stage."""
    parser = argparse.ArgumentParser(
        prog="spark_jobs.migrate", description="Old Parquet tables as Delta tables"
    )
    parser.add_argument(
        "--from", dest="old", required=True, metavar="PATH", help="the old lake, with {container}"
    )
    add_addresses(parser)
    given = parser.parse_args(argv)
    log_to_stderr()
    found = migrate(spark_session("crossfade-migrate"), given.old, addresses_of(given), given.retention_days)
    for stage, names in found.items():
        sys.stdout.write(f"{stage}: {', '.join(names)}\n")


if __name__ == "__main__":
    main()
