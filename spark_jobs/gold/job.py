"""The gold job: silver to matches, what stayed unmatched, film soundtracks, and the views over all of it.

Run as `python -m spark_jobs.gold --run-id RUN --tables URI --files PATH [--full] [--views none] [--links URI]
[--mongo-secret URL --mongo-credential NAME] [--min-precision 0.99] [--feed all]`, or as the wheel's entry point `gold`.
Only what changed since the last run is scored (increments.py); `--full` scores everything.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from pyspark.sql import SparkSession

from spark_jobs.export.command import add_secret, export_after_gold, secret_of
from spark_jobs.export.mongo.address import NO_SECRET, VaultSecret
from spark_jobs.feed.command import feed_after_gold
from spark_jobs.gold.gold_run import GoldRun
from spark_jobs.gold.matching_step import publish_matching
from spark_jobs.gold.vacuum_step import vacuum_when_due
from spark_jobs.gold.views_step import publish_views
from spark_jobs.lakehouse.lake import RETENTION_DAYS, Addresses, open_lake
from spark_jobs.lakehouse.sets import versions
from spark_jobs.matching.guarantee import MIN_PRECISION
from spark_jobs.runtime.event_log import open_event_log
from spark_jobs.runtime.session import spark_session
from spark_jobs.runtime.stage_run import (
    StageRun,
    addresses_of,
    arguments,
    endpoint_of,
    log_to_stderr,
    read_manifest,
    session_settings,
)
from spark_jobs.runtime.tracing import TRACER


def run_gold(
    spark: SparkSession,
    run_id: str,
    addresses: Addresses,
    *,
    retention_days: float = RETENTION_DAYS,
    is_full: bool = False,
    with_views: bool = True,
    links: str | None = None,
    mongo: VaultSecret = NO_SECRET,
    min_precision: float = MIN_PRECISION,
    with_feed: bool = False,
) -> dict[str, Any]:
    """Do the whole job; returns the manifest it wrote. Safe to run again for the same run.

    `is_full` scores everything anew; without `with_views` views, report and search index stay as they were; `links` is
    the URI of a CSV of known pairs (tmdb_id, discogs_id), for the metrics; `mongo` the secret with the URI of
    MongoDB, for the export, where MONGO_URI does not hold it; `min_precision` is what matches marked as published must
    be right in; `with_feed` brings the feed up to date.
    Raises LakeError when the silver manifest is missing or unreadable.
    """
    lake = open_lake(spark, addresses, "gold", run_id, retention_days)
    manifest = read_manifest(lake.files, "silver", run_id, "tables")
    run = StageRun("gold", run_id, event_log=open_event_log(spark))
    job = GoldRun(lake, run, manifest, versions(manifest))
    lake.staging.clear()
    try:
        matched = publish_matching(job, is_full=is_full, links=links, min_precision=min_precision)
        if with_views:
            publish_views(job, matched)
        written = job.run.finish(lake)
        vacuum_when_due(lake)
    finally:
        lake.staging.clear()
    export_after_gold(spark, addresses, mongo, retention_days)
    if with_feed:
        feed_after_gold(spark, addresses, retention_days)
    return written


def _own_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--full", action="store_true", help="score every pair anew")
    parser.add_argument("--views", choices=("all", "none"), default="all", help="which views to compute")
    known = "CSV of known pairs, for pairs completeness in the metrics"
    parser.add_argument("--links", metavar="URI", help=known)
    add_secret(parser)
    parser.add_argument("--feed", choices=("all", "none"), default="none", help="whether to write the feed")
    parser.add_argument(
        "--min-precision",
        type=_share,
        default=MIN_PRECISION,
        metavar="SHARE",
        help="what matches marked as published must be right in",
    )


def _share(value: str) -> float:
    share = float(value)
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{value} is no share between 0 and 1: try 0.99")
    return share


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of `python -m spark_jobs.gold` and of the wheel."""
    log_to_stderr()
    given = arguments("gold", argv, _own_arguments)
    addresses = addresses_of(given)
    with TRACER.job("gold", given.run_id, given.traceparent, endpoint_of(given)):
        run_gold(
            spark_session("crossfade-gold", **session_settings(addresses, given.run_id)),
            given.run_id,
            addresses,
            retention_days=given.retention_days,
            is_full=given.full,
            with_views=given.views == "all",
            links=given.links,
            mongo=secret_of(given),
            min_precision=given.min_precision,
            with_feed=given.feed == "all",
        )


if __name__ == "__main__":
    main()
