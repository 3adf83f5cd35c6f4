"""The ingestion endpoint with the unchanged azure-monitor-opentelemetry."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.machine.servers import Child, free_port
from tests.unit.local.insights.test_envelopes import KEY, item

_APP = f"""
import logging, sys
from azure.monitor.opentelemetry import configure_azure_monitor
url = sys.argv[1]
configure_azure_monitor(
    connection_string=f"InstrumentationKey={KEY};IngestionEndpoint={{url}}/;LiveEndpoint={{url}}/",
    enable_live_metrics=True, sampling_ratio=1.0, disable_offline_storage=True,
)
from opentelemetry import metrics, trace
from opentelemetry._logs import get_logger_provider
with trace.get_tracer("app").start_as_current_span("fetch_tmdb", kind=trace.SpanKind.SERVER):
    logging.getLogger("app").warning("ended", extra={{"microsoft.custom_event.name": "run_completed"}})
metrics.get_meter("app").create_counter("pages").add(3)
for provider in (trace.get_tracer_provider(), metrics.get_meter_provider(), get_logger_provider()):
    provider.force_flush()
"""


@pytest.fixture
def insights(tmp_path: Path) -> Iterator[Child]:
    """A running endpoint."""
    arguments = [
        sys.executable,
        "-m",
        "local.insights",
        "--port",
        str(free_port()),
        "--out",
        str(tmp_path / "out"),
    ]
    with Child("insights", arguments, log_path=tmp_path / "insights.log").start() as child:
        child.wait_ready()
        yield child


def send(url: str, *items: object) -> httpx.Response:
    """Post items as the SDK does."""
    body = gzip.compress(json.dumps(items).encode())
    return httpx.post(f"{url}/v2.1/track", content=body, headers={"Content-Encoding": "gzip"}, timeout=30)


def test_what_the_sdk_sends_can_be_asked_for(insights: Child) -> None:
    """Spans, events and metrics arrive, live metrics keep quiet, and nothing is complained about."""
    switches = ("APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL", "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED")
    answer = subprocess.run(
        [sys.executable, "-c", _APP, insights.url],
        env={**os.environ, **dict.fromkeys(switches, "true")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stderr
    assert [line for line in answer.stderr.splitlines() if line != "ended"] == []
    summary = httpx.get(f"{insights.url}/_summary").json()
    assert summary["requests"] == {"fetch_tmdb": 1}
    assert summary["events"] == {"run_completed": 1}
    assert summary["metrics"]["pages"] == 1
    query = {"type": "RequestData", "name": "fetch_tmdb", "limit": "5"}
    (found,) = httpx.get(f"{insights.url}/_items", params=query).json()["items"]
    assert found["data"]["baseData"]["success"] is True


def test_some_bad_items_are_a_partial_success(insights: Child) -> None:
    """200 for all, 206 for some, 400 for none, each with the count and the refused items."""
    assert send(insights.url, item()).json() == {"itemsReceived": 1, "itemsAccepted": 1, "errors": []}
    some = send(insights.url, item(), {"name": "x"})
    assert (some.status_code, some.json()["itemsAccepted"], some.json()["errors"][0]["index"]) == (206, 1, 1)
    assert send(insights.url, {}).status_code == 400
    assert httpx.post(f"{insights.url}/v2/track", content=b"{").status_code == 400
    lines = "\n".join(json.dumps(item()) for _ in range(2))
    assert httpx.post(f"{insights.url}/v2/track", content=lines).json()["itemsAccepted"] == 2


def test_it_can_be_down_and_come_back(insights: Child, tmp_path: Path) -> None:
    """With a fault set nothing is accepted, without it everything is again."""
    set_to = httpx.post(f"{insights.url}/_faults", json={"status": 503, "retry_after_s": 7})
    assert set_to.json() == {"status": 503, "delay_s": 0.0, "retry_after_s": 7}
    down = send(insights.url, item())
    assert (down.status_code, down.headers["Retry-After"]) == (503, "7")
    httpx.post(f"{insights.url}/_faults", json={"status": 206, "delay_s": 0.01})
    throttled = send(insights.url, item(), item(), item()).json()
    assert [error["statusCode"] for error in throttled["errors"]] == [429]
    httpx.post(f"{insights.url}/_faults", json={})
    assert send(insights.url, item()).status_code == 200
    assert len((tmp_path / "out/items.jsonl").read_text().splitlines()) == 3
    assert httpx.post(f"{insights.url}/_faults", json={"status": 1}).status_code == 400
    assert httpx.get(f"{insights.url}/_items?limit=0").status_code == 400


def test_items_outlive_the_server(insights: Child) -> None:
    """After kill -9 and a restart the items are still there; SIGTERM ends it with code 0."""
    send(insights.url, item(name="a"), item(name="b"))
    insights.kill()
    insights.start().wait_ready()
    assert httpx.get(f"{insights.url}/_summary").json()["events"] == {"a": 1, "b": 1}
    assert insights.stop() == 0


def test_a_server_that_cannot_start_says_why(insights: Child, tmp_path: Path) -> None:
    """A port in use and a directory that is a file: one line and exit code 2."""
    (tmp_path / "file").write_text("")
    for options in (
        ["--port", str(insights.port), "--out", str(tmp_path)],
        ["--out", str(tmp_path / "file")],
    ):
        answer = subprocess.run(
            [sys.executable, "-m", "local.insights", *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert answer.returncode == 2
        assert len(answer.stderr.splitlines()) == 1
