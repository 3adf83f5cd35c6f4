"""`python -m spark_jobs.report --tables URI --files PATH --out DIR [--run-id RUN]`: gold's views as DIR/index.html.

Without a run it takes the current set of tables. The gold job makes the same page of its own tables.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from spark_jobs.html.section import Row
from spark_jobs.lakehouse.lake import Lake, open_lake
from spark_jobs.lakehouse.sets import Versions, read_set, versions
from spark_jobs.report.write import report_page, tables_of
from spark_jobs.runtime.session import SHORT_LIVED, spark_session
from spark_jobs.runtime.stage_run import add_addresses, addresses_of, log_to_stderr, read_manifest


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point; exits with one clear line when gold has none of the tables."""
    given = _parser().parse_args(argv)
    log_to_stderr()
    spark = spark_session("crossfade-report", **SHORT_LIVED)
    lake = open_lake(spark, addresses_of(given), "gold", given.run_id or "")
    tables = tables_of(lake, _versions(lake, given.run_id))
    if not tables:
        sys.exit(f"{given.tables} has no tables of gold: run the gold job first")
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / "index.html"
    page = report_page(given.run_id or "current", tables, _known(lake, given.run_id))
    path.write_text(page, encoding="utf-8")
    sys.stdout.write(f"{path}\n")


def _known(lake: Lake, run_id: str | None) -> Row | None:
    """How a run's matches agreed with known links; None where none are known."""
    current = read_set(lake.files, "gold")
    run_id = run_id or (current.run_id if current else "")
    metrics = lake.files.read_json("metrics", f"{run_id}/matching.json")
    found: Row | None = (metrics or {}).get("known_links")
    return found


def _versions(lake: Lake, run_id: str | None) -> Versions:
    if run_id:
        return versions(read_manifest(lake.files, "gold", run_id, "tables"))
    current = read_set(lake.files, "gold")
    return current.tables if current else {}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="spark_jobs.report", description="Gold's views as one HTML page")
    add_addresses(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for index.html")
    parser.add_argument("--run-id", metavar="RUN", help="run whose tables to show; else the current ones")
    return parser


if __name__ == "__main__":
    main()
