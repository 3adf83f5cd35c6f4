"""What the jobs have in common: arguments, step timing, manifests and metrics."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.lake import RETENTION_DAYS, Addresses, Lake
from spark_jobs.lakehouse.sets import TableVersion, entries, read_set, utc_now, write_set
from spark_jobs.runtime.event_log import EventLog
from spark_jobs.runtime.session import QUICK_COMPILER, SHORT_LIVED
from spark_jobs.runtime.tracing import CONNECTION_STRING, TRACER, Endpoint

log = logging.getLogger(__name__)
_REMEDIES = {"bronze": "let the run land", "silver": "run the silver job", "gold": "run the gold job"}
SMALL_RUN_RECORDS = 20_000  # up to here a JVM without its slow compiler is done first
MIDDLE_RUN_RECORDS = 300_000


def arguments(
    stage: str,
    argv: Sequence[str] | None,
    extend: Callable[[argparse.ArgumentParser], None] = lambda _: None,
) -> argparse.Namespace:
    """Parse `--run-id RUN`, the lake's addresses, `[--traceparent W3C] [--telemetry …]` and what `extend` adds."""
    parser = argparse.ArgumentParser(prog=f"spark_jobs.{stage}")
    parser.add_argument("--run-id", required=True, help="run to work on, such as 20261120T063000Z-7f3a")
    add_addresses(parser)
    add_telemetry(parser)
    extend(parser)
    return parser.parse_args(argv)


def add_telemetry(parser: argparse.ArgumentParser) -> None:
    """Below which span the job's spans go, and where they are sent."""
    parser.add_argument("--traceparent", default="", help="W3C traceparent of the run, to put spans below")
    parser.add_argument(
        "--telemetry",
        default="",
        metavar="CONNECTION",
        help=f"connection string of Application Insights; without it {CONNECTION_STRING} says",
    )
    parser.add_argument(
        "--telemetry-credential",
        default="",
        metavar="NAME",
        help="service credential of Unity Catalog that may send there",
    )


def endpoint_of(given: argparse.Namespace) -> Endpoint:
    """Where spans go, among parsed arguments."""
    return Endpoint(given.telemetry, given.telemetry_credential)


def add_addresses(parser: argparse.ArgumentParser) -> None:
    """Where the lake is: `--catalog`, `--tables`, `--files`, and how long versions are kept: `--retention-days`."""
    parser.add_argument("--catalog", default="spark_catalog", help="catalog the tables are named in")
    parser.add_argument(
        "--tables",
        required=True,
        metavar="URI",
        help="where tables lie, with {container}: file:///lake/{container}",
    )
    parser.add_argument(
        "--files",
        required=True,
        metavar="PATH",
        help="where small files lie, with {area}: /lake/files/{area}",
    )
    parser.add_argument(
        "--retention-days",
        type=days,
        default=RETENTION_DAYS,
        metavar="DAYS",
        help="how long old versions of tables can be read and restored",
    )


def days(value: str) -> float:
    """An argument in days, over 0."""
    found = float(value)
    if not found > 0:
        raise argparse.ArgumentTypeError(f"{value} is not over 0")
    return found


def addresses_of(given: argparse.Namespace) -> Addresses:
    """The addresses among parsed arguments."""
    return Addresses(given.tables, given.files, given.catalog)


def session_settings(addresses: Addresses, run_id: str) -> dict[str, str]:
    """Settings of a local session that suit the size of a run, by what it brings and what the tables hold."""
    files = Files(addresses.files)
    manifest, silver = files.read_json("control", f"bronze/{run_id}.json"), read_set(files, "silver")
    if manifest is None:
        return {}
    new = sum(int(part.get("records") or 0) for part in manifest.get("raw") or [])
    held = (
        sum(silver.tables[name].rows for name in ("movies", "releases") if name in silver.tables)
        if silver
        else 0
    )
    return settings_for(new + held)


def settings_for(records: int) -> dict[str, str]:
    """Settings of a local session that works on so many records."""
    if records <= SMALL_RUN_RECORDS:
        return SHORT_LIVED
    return QUICK_COMPILER if records <= MIDDLE_RUN_RECORDS else {}


def read_manifest(files: Files, stage: str, run_id: str, part: str) -> dict[str, Any]:
    """What `stage` left of a run ('bronze', 'silver'). Raises LakeError when it is not there or has no `part`."""
    name = f"{stage}/{run_id}.json"
    manifest = files.read_json("control", name)
    if manifest is None:
        raise LakeError(
            f"no manifest {files.path('control', name)}: check the run id, {_REMEDIES[stage]} first"
        )
    if not isinstance(manifest.get(part), list | dict):
        raise LakeError(f"{stage} manifest of {run_id} has no '{part}': write it again")
    return manifest


def log_to_stderr() -> None:
    """Plain log lines for people who watch the job."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in ("py4j", "azure"):  # at INFO they write every call
        logging.getLogger(name).setLevel(logging.WARNING)


def code_version() -> str:
    """Version of the installed wheel, 'source' when run from a checkout."""
    try:
        return metadata.version("crossfade-spark")
    except metadata.PackageNotFoundError:
        return "source"


@dataclass
class StageRun:
    """One stage of a run as it goes: tables published, counts, seconds per step, lineage."""

    stage: str
    run_id: str
    started_at: str = field(default_factory=utc_now)
    tables: dict[str, TableVersion] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    step_s: dict[str, float] = field(default_factory=dict)
    lineage: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    event_log: EventLog | None = None
    _clock_s: float = field(default_factory=time.monotonic)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step and log it."""
        begun = time.monotonic()
        with TRACER.step(name):
            yield
        self.step_s[name] = round(time.monotonic() - begun, 3)
        log.info("%s %s: %s took %.1f s", self.stage, self.run_id, name, self.step_s[name])

    def write_metrics(self, lake: Lake) -> dict[str, Any]:
        """Write `metrics/RUN/STAGE.json`; returns when the stage started and how long it took (seconds)."""
        timing = {"started_at": self.started_at, "seconds": round(time.monotonic() - self._clock_s, 3)}
        head = {"version": 1, "stage": self.stage, "run_id": self.run_id, "created_at": utc_now()}
        lineage = {"code_version": code_version(), **self.lineage}
        metrics = {**head, **timing, "counts": self.counts, "step_seconds": self.step_s, "lineage": lineage}
        spark = {"spark": self.event_log.work()} if self.event_log else {}
        lake.files.write_json(
            "metrics", f"{self.run_id}/{self.stage}.json", {**metrics, **spark, **self.metrics}
        )
        return timing

    def finish(self, lake: Lake) -> dict[str, Any]:
        """Write the metrics, the set of tables, and the manifest that starts the next stage; returns the manifest."""
        timing = self.write_metrics(lake)
        write_set(lake.files, self.stage, self.run_id, self.tables, lake.before)
        head = {"version": 1, "stage": self.stage, "run_id": self.run_id, "created_at": utc_now()}
        tables = {"tables": entries(self.tables), "counts": self.counts, "metrics": self.metrics}
        manifest = {**head, **timing, **tables}
        lake.files.write_json("control", f"{self.stage}/{self.run_id}.json", manifest)
        log.info("%s %s: done in %.1f s with %s", self.stage, self.run_id, timing["seconds"], self.counts)
        return manifest
