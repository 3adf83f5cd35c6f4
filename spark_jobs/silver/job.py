"""The silver job: bronze JSON lines of one run to typed, checked and enriched tables, and a report on them.

Run as `python -m spark_jobs.silver --run-id RUN --tables URI --files PATH [--tmdb-days N] [--discogs-days N]`, or as
the wheel's entry point `silver`.
Every record is read and parsed once: what follows reads the ranked rows, which are staged.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pyspark.sql import SparkSession

from spark_jobs.lakehouse.lake import RETENTION_DAYS, Addresses, Lake, open_lake
from spark_jobs.runtime.event_log import open_event_log
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.runtime.session import spark_session
from spark_jobs.runtime.stage_run import (
    StageRun,
    addresses_of,
    arguments,
    days,
    endpoint_of,
    log_to_stderr,
    read_manifest,
    session_settings,
)
from spark_jobs.runtime.tracing import TRACER
from spark_jobs.silver.assessment import assess, report
from spark_jobs.silver.expiry import expire
from spark_jobs.silver.publishing import publish_tables
from spark_jobs.silver.quality.findings import QualityFindings
from spark_jobs.silver.quality.scores import COMPLETENESS_GATE, CONSISTENCY_GATE, Gates, QualityGateError
from spark_jobs.silver.tables import RECORDS, Ranked, films_source, rank, run_time


def run_silver(
    spark: SparkSession,
    run_id: str,
    addresses: Addresses,
    gates: Gates | None = None,
    *,
    retention_days: float = RETENTION_DAYS,
    with_sentiment: bool = True,
    kept_days: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Do the whole job; returns the manifest it wrote. Safe to run again for the same run.

    `kept_days` says for how long rows of a source ('tmdb', 'discogs') stay that no run sees again.
    Raises LakeError when the bronze manifest is missing or unreadable, QualityGateError when a table is under a gate or
    a field no run can do without is gone; then metrics, quarantine and report are written and no table changes.
    """
    lake = open_lake(spark, addresses, "silver", run_id, retention_days)
    run = StageRun("silver", run_id, event_log=open_event_log(spark))
    manifest = read_manifest(lake.files, "bronze", run_id, "raw")
    run.lineage["inputs"] = {"bronze": f"bronze/{run_id}.json", "raw": [p["prefix"] for p in manifest["raw"]]}
    read = {
        "films": partial(rank, lake, manifest, films_source(with_sentiment=with_sentiment)),
        "releases": partial(rank, lake, manifest, RECORDS),
    }
    lake.staging.clear()
    try:
        with run.step("read"):
            tables = run_parallel(read)
        _assess_and_publish(lake, run, tables["films"], tables["releases"], gates or Gates())
        if kept_days and (at := run_time(manifest)):
            with run.step("expire"):
                run.tables |= expire(lake, run.tables, at, kept_days)
        return _finished(lake, run)
    finally:
        lake.staging.clear()


def _assess_and_publish(lake: Lake, run: StageRun, films: Ranked, releases: Ranked, gates: Gates) -> None:
    with run.step("assess"):
        findings = assess(lake, films, releases, gates)
    with run.step("check"):
        report(lake, run, findings, films, releases)
    _stop_under_gate(lake, run, findings)
    rows = {table.table: table.latest for table in findings.profiles}
    with run.step("publish"):
        run.tables |= publish_tables(lake, films, releases, findings.fences, rows)


def _finished(lake: Lake, run: StageRun) -> dict[str, Any]:
    run.counts |= {
        f"silver_{name}": version.rows
        for name, version in run.tables.items()
        if name not in ("genre_map", "quarantine")
    }
    for name in ("movies", "releases"):
        run.counts.setdefault(f"silver_{name}", 0)
    before = lake.before.tables if lake.before else {}
    run.lineage["previous"] = {name: before[name].version if name in before else None for name in run.tables}
    return run.finish(lake)


def _stop_under_gate(lake: Lake, run: StageRun, findings: QualityFindings) -> None:
    if findings.failures:
        run.write_metrics(lake)
        where = lake.files.path("metrics", f"{run.run_id}/quality.html")
        raise QualityGateError("; ".join([*findings.failures, f"no table was changed, see {where}"]))


def _gate_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = {"completeness": COMPLETENESS_GATE, "consistency": CONSISTENCY_GATE}
    for name, default in kinds.items():
        what = f"share of records that must be without fault in {name}; 0 lets all pass"
        parser.add_argument(f"--{name}", type=_share, default=default, help=what)
    for source in ("tmdb", "discogs"):
        what = f"days for which rows of {source} stay that no run sees again; without it they stay"
        parser.add_argument(f"--{source}-days", type=days, metavar="DAYS", help=what)
    parser.add_argument("--no-sentiment", action="store_true", help="leave the columns of sentiment null")


def _share(value: str) -> float:
    share = float(value)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{value} is not between 0 and 1")
    return share


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of `python -m spark_jobs.silver` and of the wheel."""
    log_to_stderr()
    given = arguments("silver", argv, _gate_arguments)
    gates, addresses = Gates(given.completeness, given.consistency), addresses_of(given)
    kept = {"tmdb": given.tmdb_days, "discogs": given.discogs_days}
    with TRACER.job("silver", given.run_id, given.traceparent, endpoint_of(given)):
        run_silver(
            spark_session("crossfade-silver", **session_settings(addresses, given.run_id)),
            given.run_id,
            addresses,
            gates,
            retention_days=given.retention_days,
            with_sentiment=not given.no_sentiment,
            kept_days={source: limit for source, limit in kept.items() if limit is not None},
        )


if __name__ == "__main__":
    main()
