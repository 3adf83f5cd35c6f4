"""What the two jobs have in common: arguments, step timing, manifests and metrics."""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from spark_jobs.runtime.lake import POINTER, Lake, LakeError, Pointer, utc_now
from spark_jobs.runtime.session import SHORT_LIVED
from spark_jobs.runtime.tracing import TRACER

log = logging.getLogger(__name__)
KEEP_SNAPSHOTS = 7
_REMEDIES = {"bronze": "let the run land", "silver": "run the silver job"}
SMALL_RUN_RECORDS = 20_000  # up to here a JVM without its slow compiler is done first


def arguments(
    stage: str,
    argv: Sequence[str] | None,
    extend: Callable[[argparse.ArgumentParser], None] = lambda _: None,
) -> argparse.Namespace:
    """Parse `--run-id RUN --lake TEMPLATE [--keep-snapshots 7] [--traceparent W3C]` and what `extend` adds."""
    parser = argparse.ArgumentParser(prog=f"spark_jobs.{stage}")
    parser.add_argument("--run-id", required=True, help="run to work on, such as 20261120T063000Z-7f3a")
    parser.add_argument("--lake", required=True, help="URI with {container} in it: file:///lake/{container}")
    parser.add_argument("--traceparent", default="", help="W3C traceparent of the run, to send spans to")
    parser.add_argument("--keep-snapshots", type=int, default=KEEP_SNAPSHOTS, help="snapshots a table keeps")
    extend(parser)
    return parser.parse_args(argv)


def session_settings(template: str, run_id: str) -> dict[str, str]:
    """Session settings that suit the size of a run in a lake on a local disk; {} elsewhere.

    They must be known before there is a JVM, so manifest and pointers are read as plain files. What the run brings
    and what the tables hold counts.
    """
    address = urlsplit(template.replace("{container}", "control"))
    manifest = Path(unquote(address.path)) / "bronze" / f"{run_id}.json"
    if address.scheme != "file" or not manifest.is_file():
        return {}
    new = sum(int(part.get("records") or 0) for part in _json(manifest).get("raw") or [])
    tables = Path(unquote(urlsplit(template.replace("{container}", "intermediate")).path))
    held = sum(_rows(tables / name / POINTER) for name in ("movies", "releases"))
    return SHORT_LIVED if new + held <= SMALL_RUN_RECORDS else {}


def _rows(pointer: Path) -> int:
    return int(_json(pointer).get("rows") or 0) if pointer.is_file() else 0


def _json(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def read_manifest(lake: Lake, stage: str, run_id: str, part: str) -> dict[str, Any]:
    """What `stage` left of a run ('bronze', 'silver'). Raises LakeError when it is not there or has no `part`."""
    name = f"{stage}/{run_id}.json"
    manifest = lake.read_json("control", name)
    if manifest is None:
        raise LakeError(
            f"no manifest {lake.uri('control', name)}: check the run id, {_REMEDIES[stage]} first"
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
    tables: dict[str, Pointer] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    step_s: dict[str, float] = field(default_factory=dict)
    lineage: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
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
        lake.write_json("metrics", f"{self.run_id}/{self.stage}.json", {**metrics, **self.metrics})
        return timing

    def finish(self, lake: Lake) -> dict[str, Any]:
        """Write the metrics, then the manifest that starts the next stage; returns the manifest."""
        timing = self.write_metrics(lake)
        tables = {name: _entry(pointer) for name, pointer in self.tables.items()}
        head = {"version": 1, "stage": self.stage, "run_id": self.run_id, "created_at": utc_now()}
        manifest = {**head, **timing, "tables": tables, "counts": self.counts, "metrics": self.metrics}
        lake.write_json("control", f"{self.stage}/{self.run_id}.json", manifest)
        log.info("%s %s: done in %.1f s with %s", self.stage, self.run_id, timing["seconds"], self.counts)
        return manifest


def _entry(pointer: Pointer) -> dict[str, Any]:
    return {name: value for name, value in asdict(pointer).items() if name in ("snapshot", "path", "rows")}
