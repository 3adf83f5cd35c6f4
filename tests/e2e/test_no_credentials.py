"""No credential is anywhere that a run leaves something."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from local.console.client import RunsClient
from local.machine.servers import servicebus_connection_string
from local.stack import Stack
from tests.e2e.conftest import Run
from tests.e2e.support.running import await_end, await_that
from tests.e2e.support.searching import blobs, files, needles, waiting_messages


def found_in(stack: Stack, places: Iterable[tuple[str, bytes]]) -> tuple[list[str], int]:
    """Which secrets are where, and how many places were searched."""
    secrets = needles(stack.credentials)
    hits, count = [], 0
    for place, content in places:
        count += 1
        searched = place.encode() + b"\n" + content
        hits += [f"{name} in {place}" for name, secret in secrets.items() if secret in searched]
    return hits, count


def test_no_credential_in_a_blob(stack: Stack, quiet: Run) -> None:
    """Neither names, metadata nor contents of the blobs hold a secret."""
    hits, count = found_in(stack, blobs(stack.wiring.lake))
    assert hits == []
    assert count > quiet.status["progress"]["tmdb"]["tasks"]


@pytest.mark.parametrize("folder", ["logs", "insights", "databricks"])
def test_no_credential_in_a_file(stack: Stack, quiet: Run, folder: str) -> None:
    """Neither logs nor telemetry nor what the Spark jobs leave hold a secret."""
    hits, count = found_in(stack, files(stack.wiring.state_dir / folder))
    assert hits == []
    assert count > 0


@pytest.mark.usefixtures("no_faults")
def test_no_credential_in_a_message_or_a_failure(stack: Stack, client: RunsClient, quiet: Run) -> None:
    """Neither the messages of a run nor the logs, telemetry and blobs of one that fails for its token hold any."""
    stack.set_faults({"slow_s": 1.0})
    run_id = client.refresh()
    await_that(lambda: _unsettled(stack) > 0, "tasks in the queue, waiting or being worked on")
    stack.kill("host")
    messages = list(waiting_messages(servicebus_connection_string(stack.wiring.ports["servicebus"])))
    stack.set_faults({"rotate_keys": {"tmdb_token": True, "discogs_token": True}})
    stack.restart("host")
    assert await_end(stack, client, run_id)["state"] == "failed"
    assert messages
    assert found_in(stack, messages)[0] == []
    assert found_in(stack, files(stack.wiring.state_dir / "logs"))[0] == []
    assert found_in(stack, files(stack.wiring.state_dir / "insights"))[0] == []
    assert found_in(stack, blobs(stack.wiring.lake))[0] == []


def _unsettled(stack: Stack) -> int:
    """Fetch tasks the queue holds; those being worked on come back when the host dies."""
    queue = stack.queue_stats()["tmdb-fetch"]
    return int(queue["active"] + queue["locked"])
