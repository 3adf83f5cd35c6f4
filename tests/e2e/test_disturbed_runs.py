"""Runs that are disturbed land the same bronze as the quiet one."""

from __future__ import annotations

import httpx
import pytest

from local.console.client import RunsClient
from local.stack import Stack
from tests.e2e.conftest import Run
from tests.e2e.support.bronze import read_bronze
from tests.e2e.support.running import await_end, await_that, requests_to


def assert_same_bronze(stack: Stack, run_id: str, quiet: Run) -> None:
    """The run landed the very answers of the quiet run, each once, in blobs of the same names."""
    bronze = read_bronze(stack.wiring.lake, run_id)
    assert max(bronze.requests.values()) == 1
    assert bronze.answers == quiet.bronze.answers
    assert bronze.names == quiet.bronze.names


@pytest.mark.usefixtures("no_faults")
def test_a_killed_host_loses_and_repeats_nothing(stack: Stack, client: RunsClient, quiet: Run) -> None:
    """SIGKILL of the host in mid-ingest, then a restart, with telemetry down: the bronze is the same."""
    telemetry = f"{stack.parts['insights'].url}/_faults"
    httpx.post(telemetry, json={"status": 503, "retry_after_s": 1}).raise_for_status()
    stack.set_faults({"latency": {"min_ms": 200, "max_ms": 400}, "slow_s": 0.2})
    before = requests_to(stack, "tmdb")
    whole = quiet.status["progress"]["tmdb"]["requests"]
    run_id = client.refresh()
    await_that(lambda: requests_to(stack, "tmdb") - before > whole // 3, "a third of the requests")
    stack.kill("host")
    assert requests_to(stack, "tmdb") - before < whole, "the host was killed too late"
    stack.set_faults({})
    stack.restart("host")
    status = await_end(stack, client, run_id)
    httpx.post(telemetry, json={}).raise_for_status()
    assert (status["state"], status["reason"]) == ("completed", None)
    assert_same_bronze(stack, run_id, quiet)
