"""`python -m spark_jobs.feed --tables URI --files PATH [--full]`; after the gold job's results, where it is asked for.

What came of it is in `metrics/RUN/feed.json`.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from typing import Any

from pyspark.sql import SparkSession

from spark_jobs.export.source import Source, current_source
from spark_jobs.feed.job import Request, publish
from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.lake import Addresses
from spark_jobs.runtime.session import spark_session
from spark_jobs.runtime.stage_run import add_addresses, addresses_of, log_to_stderr
from spark_jobs.runtime.tracing import TRACER

log = logging.getLogger(__name__)
REPORT = "feed.json"


def publish_and_report(spark: SparkSession, source: Source, request: Request) -> dict[str, Any]:
    """Bring the feed up to date and write down what was done. Raises LakeError as `publish`."""
    with TRACER.step("feed"):
        figures = publish(spark, source, request)
    _report(source, figures)
    return figures


def feed_after_gold(spark: SparkSession, addresses: Addresses, retention_days: float) -> None:
    """The gold job's step after its results: whatever goes wrong is reported and fails nothing."""
    source: Source | None = None
    try:
        source = current_source(spark, addresses, retention_days)
        publish_and_report(spark, source, Request())
    except Exception as error:  # gold has told its results: its job is not to fail for a copy of them
        reason = str(error) if isinstance(error, LakeError) else f"unexpected: {type(error).__name__}"
        log.error("gold is done, its feed is not: %s", reason, exc_info=not isinstance(error, LakeError))
        if source is not None:
            _report(source, {"run": source.run, "state": "failed", "reason": reason})


def _report(source: Source, figures: dict[str, Any]) -> None:
    source.files.write_json("metrics", f"{source.run}/{REPORT}", {"version": 1, **figures})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="spark_jobs.feed", description="The feed of the current gold")
    add_addresses(parser)
    parser.add_argument("--full", action="store_true", help="write every file anew")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: 0 when done, 1 when it was not, with one line on stderr that says why."""
    given = _parser().parse_args(argv)
    log_to_stderr()
    try:
        spark = spark_session("crossfade-feed")
        source = current_source(spark, addresses_of(given), given.retention_days)
        figures = publish_and_report(spark, source, Request(is_full=given.full))
    except LakeError as error:
        sys.stderr.write(f"feed: {error}\n")
        return 1
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0
