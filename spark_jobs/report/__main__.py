"""`python -m spark_jobs.report --lake TEMPLATE --out DIR [--run-id RUN]`: writes DIR/index.html of a lake's gold views.

Without a run it takes the current snapshots. The gold job makes the same page of its own tables.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from spark_jobs.report.write import current_tables, report_page
from spark_jobs.runtime.lake import Lake
from spark_jobs.runtime.session import SHORT_LIVED, spark_session
from spark_jobs.runtime.stage_run import log_to_stderr


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point; exits with one clear line when gold has none of the tables."""
    given = _parser().parse_args(argv)
    log_to_stderr()
    lake = Lake(spark_session("crossfade-report", **SHORT_LIVED), given.lake)
    tables = current_tables(lake, given.run_id)
    if not tables:
        of = f" of run {given.run_id}" if given.run_id else ""
        sys.exit(f"{lake.uri('gold')} has no tables{of}: run the gold job first")
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / "index.html"
    path.write_text(report_page(given.run_id or "current", tables), encoding="utf-8")
    sys.stdout.write(f"{path}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="spark_jobs.report", description="Gold's views as one HTML page")
    parser.add_argument("--lake", required=True, help="URI with {container} in it: file:///lake/{container}")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for index.html")
    parser.add_argument("--run-id", metavar="RUN", help="run whose snapshots to show; else the current ones")
    return parser


if __name__ == "__main__":
    main()
