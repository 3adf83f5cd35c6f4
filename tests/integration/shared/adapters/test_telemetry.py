"""Telemetry: what handlers report arrives at the ingestion endpoint, and a dead endpoint hurts nobody."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.machine.servers import Child, free_port

ROOT = Path(__file__).parents[4]
ROOT_SPAN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER_SPAN = "00-11111111111111111111111111111111-2222222222222222-01"
SETUP = """
import logging, sys
from opentelemetry import metrics, trace
from shared.adapters import telemetry
from shared.config import load_settings
from shared.adapters.telemetry import about
loaded = load_settings(applicationinsights_connection_string=sys.argv[1])
for _ in range(2):
    telemetry.configure(loaded)
reporter = telemetry.Telemetry()
"""
REPORT = (
    SETUP
    + f"""
with reporter.span("fetch_tmdb", "{ROOT_SPAN}", ["{OTHER_SPAN}"], tasks=3):
    assert telemetry.current_traceparent()
    reporter.count("crossfade.landed_pages", 5, source="tmdb")
    reporter.gauge("crossfade.rate_used", 0.97, source="tmdb")
    reporter.record("crossfade.lane_wait", 0.5, source="tmdb")
    reporter.event("RunCompleted", run_id="run-1", matches=7)
    with about(run_id="run-1", task_id="task-1", stage="ingest"):
        logging.getLogger("shared.ingestion.fetching").error("task %s failed", "task-1")
for number in range(300):
    try:
        with reporter.span("watch_runs"):
            if number % 100 == 0:
                raise ValueError("of no use")
    except ValueError:
        pass
for provider in (trace.get_tracer_provider(), metrics.get_meter_provider()):
    provider.force_flush(5_000)
logging.getLogger("shared").handlers[0].flush()
"""
)
# Ends at once when the work is done: what is still to be sent is not waited for.
WORK = (
    SETUP
    + """
for number in range(3_000):
    with reporter.span("fetch_tmdb", tasks=number):
        reporter.count("crossfade.requests", 1, source="tmdb", status="200")
        reporter.event("RunIngesting", run_id="run-1")
print("worked", flush=True)
import os
os._exit(0)
"""
)


def report(url: str, script: str = REPORT) -> subprocess.CompletedProcess[str]:
    """Report from a process of its own: telemetry can be set up once a process.

    What did not go out is kept on disk by key and sent by a later process, so each has a key of its own.
    """
    return subprocess.run(
        [sys.executable, "-c", script, f"InstrumentationKey={uuid4()};IngestionEndpoint={url}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An ingestion endpoint."""
    folder = tmp_path_factory.mktemp("insights")
    argv: list[str | Path] = [
        sys.executable,
        "-m",
        "local.insights",
        "--port",
        "0",
        "--out",
        folder / "items",
    ]
    with Child("insights", argv, log_path=folder / "log", cwd=ROOT) as child:
        child.wait_ready()
        yield child.url


@pytest.fixture(scope="module")
def reported(endpoint: str) -> list[dict[str, Any]]:
    """What arrived of one report."""
    done = report(endpoint)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = httpx.get(f"{endpoint}/_items", params={"limit": 10_000}).json()["items"]
    return found


def of(items: list[dict[str, Any]], kind: str, name: str | None = None) -> list[dict[str, Any]]:
    """Items of a kind, by name."""
    found = [item for item in items if item["data"]["baseType"] == kind]
    return [item for item in found if name in (None, item["data"]["baseData"].get("name"))]


def test_a_span_hangs_below_its_run(reported: list[dict[str, Any]]) -> None:
    """The root of the run is the parent, another run is linked, and the event inside belongs to the span."""
    (span,) = of(reported, "RequestData", "fetch_tmdb")
    _, trace_id, root, _ = ROOT_SPAN.split("-")
    assert (span["tags"]["ai.operation.id"], span["tags"]["ai.operation.parentId"]) == (trace_id, root)
    assert OTHER_SPAN.split("-")[1] in span["data"]["baseData"]["properties"]["_MS.links"]
    (event,) = of(reported, "EventData", "RunCompleted")
    assert event["data"]["baseData"]["properties"]["run_id"] == "run-1"
    assert event["tags"]["ai.operation.parentId"] == span["data"]["baseData"]["id"]


def test_metrics_arrive_with_what_they_are_told_apart_by(reported: list[dict[str, Any]]) -> None:
    """A counter, a gauge and a histogram, each with its source."""
    metrics = {
        item["data"]["baseData"]["metrics"][0]["name"]: item["data"]["baseData"]
        for item in of(reported, "MetricData")
    }
    for name, value in (
        ("crossfade.landed_pages", 5),
        ("crossfade.rate_used", 0.97),
        ("crossfade.lane_wait", 0.5),
    ):
        assert metrics[name]["metrics"][0]["value"] == value
        assert metrics[name]["properties"]["source"] == "tmdb"


def test_a_gauge_is_sent_once(reported: list[dict[str, Any]]) -> None:
    """What was set once is not repeated with every later export: an idle process sends nothing."""
    sent = [item["data"]["baseData"]["metrics"][0] for item in of(reported, "MetricData")]
    assert [metric["value"] for metric in sent if metric["name"] == "crossfade.rate_used"] == [0.97]


def test_log_lines_arrive_with_run_task_and_stage(reported: list[dict[str, Any]]) -> None:
    """As fields, not only in the text."""
    (line,) = of(reported, "MessageData")
    assert line["data"]["baseData"]["message"] == "task task-1 failed"
    fields = line["data"]["baseData"]["properties"]
    assert (fields["run_id"], fields["task_id"], fields["stage"]) == ("run-1", "task-1", "ingest")


def test_no_failure_is_sampled_away(reported: list[dict[str, Any]]) -> None:
    """Of 300 spans in a burst all arrive, the failed ones marked, each with its exception."""
    spans = of(reported, "RequestData", "watch_runs")
    assert [len(spans), sum(not span["data"]["baseData"]["success"] for span in spans)] == [300, 3]
    assert len(of(reported, "ExceptionData")) == 3


@pytest.mark.timeout(60)
def test_a_dead_endpoint_fails_nothing() -> None:
    """Nobody listens: the work is done all the same, and its process ends well."""
    done = report(f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(60)
def test_an_endpoint_that_hangs_slows_nobody(endpoint: str) -> None:
    """It answers nothing for ten minutes, and thousands of handlers are done before it has taken anything in."""
    before = httpx.get(f"{endpoint}/_summary").json()["items"]
    httpx.post(f"{endpoint}/_faults", json={"delay_s": 600}).raise_for_status()
    done = report(endpoint, WORK)
    assert (done.returncode, done.stdout.strip()) == (0, "worked"), done.stderr
    assert httpx.get(f"{endpoint}/_summary").json()["items"] == before
