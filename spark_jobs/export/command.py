"""`python -m spark_jobs.export --tables URI --files PATH [--full | --indexes | --verify]`; the gold job's last step.

What came of it is in `metrics/RUN/export.json` and, for the alert, in `control/export.json`.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from pyspark.sql import SparkSession

from spark_jobs.export.job import Request, export, indexes, verify
from spark_jobs.export.mongo.address import VARIABLE, MongoAddress, VaultSecret, address_from
from spark_jobs.export.mongo.errors import ExportError
from spark_jobs.export.source import Source, current_source, rows_held
from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.lake import Addresses
from spark_jobs.lakehouse.sets import utc_now
from spark_jobs.runtime.session import spark_session
from spark_jobs.runtime.stage_run import add_addresses, addresses_of, log_to_stderr, settings_for
from spark_jobs.runtime.tracing import TRACER

log = logging.getLogger(__name__)
REPORT = "export.json"


def export_and_report(
    spark: SparkSession, source: Source, address: MongoAddress, request: Request
) -> dict[str, Any]:
    """Do one export and write down what came of it. Raises ExportError and LakeError as `export`, after that."""
    begun = time.monotonic()
    try:
        with TRACER.step("export"):
            figures = export(spark, source, address, request)
    except (ExportError, LakeError) as error:
        seconds = round(time.monotonic() - begun, 1)
        _report(source, {"state": "failed", "reason": str(error), "seconds": seconds})
        raise
    _report(source, figures)
    return figures


def export_after_gold(
    spark: SparkSession, addresses: Addresses, secret: VaultSecret, retention_days: float
) -> None:
    """The gold job's last step: nothing without an address; whatever goes wrong is reported and fails nothing."""
    source: Source | None = None
    try:
        address = address_from(os.environ, secret)
        if address is None:
            return
        source = current_source(spark, addresses, retention_days)
        export_and_report(spark, source, address, Request())
    except (ExportError, LakeError) as error:
        log.error("gold is done, its export is not: %s", error)
        if source is None:
            source = current_source(spark, addresses, retention_days)
            _report(source, {"state": "failed", "reason": str(error), "seconds": 0.0})
    except Exception as error:  # gold has told its results: its job is not to fail for a copy of them
        log.error("gold is done, its export is not: %s", type(error).__name__)
        if source is not None:
            _report(
                source, {"state": "failed", "reason": f"unexpected: {type(error).__name__}", "seconds": 0.0}
            )


def _report(source: Source, figures: dict[str, Any]) -> None:
    head = {"version": 1, "run_id": source.run, "ended_at": utc_now()}
    source.files.write_json("metrics", f"{source.run}/{REPORT}", {**head, **figures})
    short = {name: value for name, value in figures.items() if name in ("state", "reason")}
    source.files.write_json("control", REPORT, {**head, "reason": "", **short})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spark_jobs.export", description="Gold to MongoDB, what changed since last"
    )
    add_addresses(parser)
    add_secret(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--full", action="store_true", help="write every document anew, remove what gold has not"
    )
    what.add_argument(
        "--indexes", action="store_true", help="make the declared indexes, name the others; no documents"
    )
    what.add_argument("--verify", action="store_true", help="compare every field of every document with gold")
    return parser


def add_secret(parser: argparse.ArgumentParser) -> None:
    """`--mongo-secret URL --mongo-credential NAME`: where the URI of MongoDB is kept, which is no argument itself."""
    told = f"secret of Key Vault that holds the URI of MongoDB, unless {VARIABLE} does; empty: no export"
    parser.add_argument("--mongo-secret", default="", metavar="URL", help=told)
    may = "service credential of Unity Catalog that may read it"
    parser.add_argument("--mongo-credential", default="", metavar="NAME", help=may)


def secret_of(given: argparse.Namespace) -> VaultSecret:
    """The secret among parsed arguments."""
    return VaultSecret(given.mongo_secret, given.mongo_credential)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: 0 when done, 1 when it was not, with one line on stderr that says why."""
    given = _parser().parse_args(argv)
    log_to_stderr()
    try:
        address = address_from(os.environ, secret_of(given))
        if address is None:
            raise ExportError(f"no MongoDB is named: set {VARIABLE}, or --mongo-secret")
        addresses = addresses_of(given)
        spark = spark_session("crossfade-export", **settings_for(rows_held(addresses)))
        source = current_source(spark, addresses, given.retention_days)
        return _do(spark, source, address, given)
    except (ExportError, LakeError) as error:
        sys.stderr.write(f"export: {error}\n")
        return 1


def _do(spark: SparkSession, source: Source, address: MongoAddress, given: argparse.Namespace) -> int:
    request = Request(is_full=given.full)
    if given.indexes:
        sys.stdout.writelines(f"not declared: {name}\n" for name in indexes(address, request))
        return 0
    if given.verify:
        found = verify(source, address, request)
        sys.stdout.writelines(f"differs: {name}\n" for name in found)
        return 1 if found else 0
    sys.stdout.write(
        json.dumps(export_and_report(spark, source, address, request), indent=1, default=str) + "\n"
    )
    return 0
