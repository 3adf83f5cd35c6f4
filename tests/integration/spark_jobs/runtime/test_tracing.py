"""A job's spans at the ingestion endpoint: below the run, also of steps in threads, also when the job fails."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.machine.servers import Child
from spark_jobs.runtime.tracing import CONNECTION_STRING

ROOT = Path(__file__).parents[4]
RUN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
JOB = """
import sys
from concurrent.futures import ThreadPoolExecutor
from spark_jobs.runtime.stage_run import StageRun
from spark_jobs.runtime.tracing import TRACER
run = StageRun("gold", "RUN")
def publish(name):
    with run.step(name):
        pass
with TRACER.job("gold", "RUN", sys.argv[1]):
    publish("matches")
    with ThreadPoolExecutor(2) as together:
        list(together.map(publish, ["unmatched_films", "film_soundtracks"]))
    if len(sys.argv) > 2:
        raise LookupError(sys.argv[2])
"""


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


def run_job(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A job in a process of its own."""
    connection = f"InstrumentationKey={uuid4()};IngestionEndpoint={url}"
    return subprocess.run(
        [sys.executable, "-c", JOB, *arguments],
        cwd=ROOT,
        env={**os.environ, CONNECTION_STRING: connection},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def spans(url: str, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{url}/_items", params={"type": kind}).json()["items"]
    return found


def test_steps_hang_below_the_job_and_the_job_below_its_run(endpoint: str) -> None:
    """One trace: the run's root, the job, and its steps, whichever thread they ran in; sending logs no error."""
    done = run_job(endpoint, RUN)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    (job,) = spans(endpoint, "RequestData")
    assert job["data"]["baseData"]["name"] == "gold_job"
    assert job["data"]["baseData"]["properties"]["run_id"] == "RUN"
    _, trace_id, root, _ = RUN.split("-")
    assert (job["tags"]["ai.operation.id"], job["tags"]["ai.operation.parentId"]) == (trace_id, root)
    steps = spans(endpoint, "RemoteDependencyData")
    assert {step["data"]["baseData"]["name"] for step in steps} == {
        *("matches", "unmatched_films", "film_soundtracks")
    }
    assert {step["tags"]["ai.operation.parentId"] for step in steps} == {job["data"]["baseData"]["id"]}


def test_a_job_that_fails_says_why(endpoint: str) -> None:
    """Its span is a failed one, and the error goes on to who started the job."""
    done = run_job(endpoint, RUN, "no table named movies")
    assert done.returncode == 1 and "LookupError: no table named movies" in done.stderr
    failed = [span for span in spans(endpoint, "RequestData") if not span["data"]["baseData"]["success"]]
    assert len(failed) == 1
    (exception,) = spans(endpoint, "ExceptionData")
    assert "no table named movies" in str(exception["data"]["baseData"])


def test_an_endpoint_that_hangs_holds_no_job_up(endpoint: str) -> None:
    """The job ends by itself long before the endpoint would answer."""
    httpx.post(f"{endpoint}/_faults", json={"delay_s": 600}).raise_for_status()
    assert run_job(endpoint, RUN).returncode == 0
