"""Telemetry: what handlers report arrives at the ingestion endpoint, and a dead endpoint hurts nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from local.processes import Child, free_port

ROOT = Path(__file__).parents[3]
REPORT = """
import sys
from opentelemetry import trace
from shared import telemetry
from shared.config import load_settings
loaded = load_settings(applicationinsights_connection_string=sys.argv[1])
for _ in range(2):
    telemetry.configure(loaded)
reporter = telemetry.Telemetry()
with reporter.span("fetch_tmdb", tasks=3):
    assert telemetry.current_traceparent()
    reporter.count("crossfade.pages", 5, source="tmdb")
    reporter.event("RunCompleted", run_id="run-1", matches=7)
trace.get_tracer_provider().force_flush(5_000)
"""


def report(url: str) -> subprocess.CompletedProcess[str]:
    """Report from a process of its own: telemetry can be set up once a process."""
    connection = f"InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint={url}"
    return subprocess.run(
        [sys.executable, "-c", REPORT, connection],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def test_spans_counters_and_events_arrive(tmp_path: Path) -> None:
    """One span, one counter and one custom event, each with what it says."""
    argv: list[str | Path] = [
        sys.executable,
        "-m",
        "local.insights",
        "--port",
        "0",
        "--out",
        tmp_path / "items",
    ]
    with Child("insights", argv, log_path=tmp_path / "log", cwd=ROOT) as endpoint:
        endpoint.wait_ready()
        done = report(endpoint.url)
        assert done.returncode == 0, done.stderr
        items = httpx.get(f"{endpoint.url}/_items", params={"limit": 1000}).text
    for expected in ("fetch_tmdb", "RunCompleted", "run-1", "crossfade.pages"):
        assert expected in items


@pytest.mark.timeout(60)
def test_a_dead_endpoint_fails_nothing() -> None:
    """Nobody listens: the work is done all the same, and its process ends well."""
    done = report(f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 0, done.stderr
