"""`python -m spark_jobs.restore --run RUN --tables URI --files PATH`: the tables as a run left them.

Silver and gold get their rows of that run back, as new versions, and the sets name them. A table whose rows did not
change since is left alone. What is asked for must be within the retention: all versions are looked up before the first
table changes. The search index and reports stay as they are until the next run of gold.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial

from pyspark.sql import SparkSession

from spark_jobs.lakehouse.commits import mark_of
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.lake import RETENTION_DAYS, Addresses
from spark_jobs.lakehouse.sets import TableVersion, Versions, read_set, versions, write_set
from spark_jobs.lakehouse.tables import Tables
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.runtime.session import spark_session
from spark_jobs.runtime.stage_run import add_addresses, addresses_of, log_to_stderr, read_manifest
from spark_jobs.schemas.tables import QUARANTINE
from spark_jobs.views.catalogue import TABLES_OF


def restore(
    spark: SparkSession, run_id: str, addresses: Addresses, retention_days: float = RETENTION_DAYS
) -> dict[str, list[str]]:
    """Bring the tables of a run back; returns the names of those that changed, by stage.

    Raises LakeError when the run left no manifest or a version is no longer there; then no table has changed.
    """
    files = Files(addresses.files)
    tables = Tables(
        spark,
        addresses.catalog,
        addresses.tables,
        mark=mark_of(run_id, "restored"),
        retention_days=retention_days,
    )
    wanted = {stage: _changed(files, stage, run_id) for stage in TABLES_OF}
    for stage, found in wanted.items():
        for table in _definitions(stage, found):
            tables.read(table, found[table.name])
    for stage, found in wanted.items():
        restored = run_parallel(
            {
                table.name: partial(tables.restore, table, found[table.name])
                for table in _definitions(stage, found)
            }
        )
        write_set(files, stage, run_id, restored, read_set(files, stage), is_restored=True)
    return {stage: sorted(found) for stage, found in wanted.items()}


def _changed(files: Files, stage: str, run_id: str) -> dict[str, TableVersion]:
    """The versions of a run whose rows differ from those of the current set. What was refused stays refused."""
    then = versions(read_manifest(files, stage, run_id, "tables"))
    current = read_set(files, stage)
    now: Versions = current.tables if current else {}
    return {
        name: version
        for name, version in then.items()
        if name != QUARANTINE.name and (name not in now or now[name].content != version.content)
    }


def _definitions(stage: str, found: Versions) -> list[TableDefinition]:
    return [table for table in TABLES_OF[stage] if table.name in found]


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point; says what was restored, a line a stage."""
    parser = argparse.ArgumentParser(prog="spark_jobs.restore", description="The tables as a run left them")
    parser.add_argument("--run", required=True, metavar="RUN", help="run whose tables to bring back")
    add_addresses(parser)
    given = parser.parse_args(argv)
    log_to_stderr()
    spark = spark_session("crossfade-restore")
    for stage, names in restore(spark, given.run, addresses_of(given), given.retention_days).items():
        sys.stdout.write(f"{stage}: {', '.join(names) or 'as it was'}\n")


if __name__ == "__main__":
    main()
