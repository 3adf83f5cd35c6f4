"""Stacks whose runs stop when bronze is whole, and what such a run landed.

The Spark jobs are not started (`AzureWebJobs.start_silver.Disabled`, as one would in Azure); a run that ought to
complete is completed by publishing the manifest that the gold job would have written last.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.storage.blob import BlobServiceClient

from local.console.client import RunsClient, Status
from local.machine.servers import servicebus_connection_string
from local.stack import Stack
from local.wiring import StackOptions
from tests.builders.measuring import unmeasured
from tests.e2e.support.bronze import Bronze, read_bronze
from tests.e2e.support.running import await_that

INGESTING = ("planning", "bulk", "ingesting")
SOURCES = ("tmdb", "discogs")
INGEST_LIMIT_S = 240.0
POLL_S = 0.4  # each look reads the lake some ten times
SETTINGS = {
    "RESEND_DELAY_S": "0.5",
    "AzureWebJobs.start_silver.Disabled": "true",
    "AzureWebJobs.start_gold.Disabled": "true",
    # A run's events are a session: the next run's wait until the one before has been idle for so long.
    "AzureFunctionsJobHost__extensions__serviceBus__sessionIdleTimeout": "00:00:01",
}
#: Limits far above what one machine asks.
UNLIMITED: dict[str, Any] = {"tmdb_per_s": 1000.0, "discogs_per_min": 30000.0}


@dataclass(frozen=True)
class Landed:
    """A run that reads no more: its last status and its bronze."""

    run_id: str
    status: Status
    bronze: Bronze
    blobs: int

    @property
    def tasks(self) -> Counter[str]:
        """Over both sources: tasks known, done, failed; requests, retries and so on."""
        total: Counter[str] = Counter()
        for sums in self.status["progress"].values():
            total.update(sums)
        return total


class Ingests:
    """Begins runs of a stack, disturbs them, and reads what they landed."""

    def __init__(self, stack: Stack, client: RunsClient) -> None:
        self.stack, self.client = stack, client
        self._hosts = {"x-functions-key": stack.credentials.host_key}

    def land(
        self, body: Mapping[str, Any] | None = None, disturb: Callable[[], None] | None = None
    ) -> Landed:
        """Begin a run and see it to the end of its ingest."""
        return self.finish(self.client.refresh(body), disturb)

    def finish(self, run_id: str, disturb: Callable[[], None] | None = None) -> Landed:
        """Wait until a run has ingested, calling `disturb` meanwhile; then let the next one begin."""
        status = self.await_ingested(run_id, disturb)
        self.client.request("POST", f"/runs/{run_id}/cancel").raise_for_status()
        return self.landed(run_id, status)

    def complete(self, body: Mapping[str, Any] | None = None) -> Landed:
        """A run that completes: its gold manifest is published as the job would."""
        run_id = self.client.refresh(body)
        status = self.await_ingested(run_id)
        assert status["state"] == "silver", status
        self._publish_gold(run_id)
        await_that(lambda: self.client.status(run_id)["state"] == "completed", "the run is complete")
        return self.landed(run_id, self.client.status(run_id))

    def await_ingested(self, run_id: str, disturb: Callable[[], None] | None = None) -> Status:
        """The status of a run once it is past its ingest, however it ended."""
        deadline_s = time.monotonic() + INGEST_LIMIT_S
        status: Status = {}
        while time.monotonic() < deadline_s:
            if disturb is not None:
                disturb()
            try:
                status = self.client.status(run_id)
            except httpx.HTTPError:  # the host is down, on purpose
                status = {"state": "planning"}
            if status["state"] not in INGESTING:
                return status
            time.sleep(POLL_S)
        raise AssertionError(f"{run_id} still ingests: {status}; queues: {self.stack.queue_stats()}")

    def landed(self, run_id: str, status: Status) -> Landed:
        """What a run has in bronze now."""
        lake = self.stack.wiring.lake
        return Landed(run_id, status, read_bronze(lake, run_id), _count_blobs(lake, run_id))

    def call(self, function: str) -> None:
        """Let the host run a timer's function now."""
        url = f"{self.stack.url}/admin/functions/{function}"
        httpx.post(url, headers=self._hosts, json={}).raise_for_status()

    def queue_faults(self, plan: Mapping[str, Any]) -> None:
        """Let the queue emulator misbehave; `{}` ends that."""
        self._control("faults", plan)

    def purge(self) -> None:
        """Lose every message of every queue."""
        self._control("purge", {})

    def reset_stats(self) -> None:
        """Forget what the catalog server counted."""
        self._catalog("_stats/reset", {})

    def touch(self, film_ids: list[int]) -> None:
        """Change films in the catalog, today."""
        assert self._catalog("_touch", {"tmdb": film_ids})["tmdb"] == film_ids

    def requests(self, source: str = "tmdb") -> int:
        """Requests the catalog server has had since its counts were reset."""
        return int(self.stack.catalog_stats()[source]["requests"])

    def waiting(self) -> int:
        """Messages in all queues that somebody still has to deal with."""
        return self._messages("active", "locked", "scheduled")

    def dead_letters(self) -> int:
        """Messages in all dead-letter queues."""
        return self._messages("dead_letter")

    @contextmanager
    def bus(self) -> Iterator[ServiceBusClient]:
        """A client of the queues."""
        port = self.stack.wiring.ports["servicebus"]
        with ServiceBusClient.from_connection_string(servicebus_connection_string(port)) as client:
            yield client

    def send(self, queue: str, session_id: str, body: str) -> None:
        """Put a message into a queue."""
        with self.bus() as client, client.get_queue_sender(queue) as sender:
            sender.send_messages(
                ServiceBusMessage(body, session_id=session_id, message_id=f"test-{hash(body)}")
            )

    def _messages(self, *kinds: str) -> int:
        return sum(queue[kind] for queue in self.stack.queue_stats().values() for kind in kinds)

    def _control(self, path: str, body: Mapping[str, Any]) -> None:
        httpx.post(
            f"{self.stack.parts['servicebus'].ready['control_url']}/{path}", json=body
        ).raise_for_status()

    def _catalog(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = httpx.post(f"{self.stack.parts['catalog'].url}/{path}", json=body).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _publish_gold(self, run_id: str) -> None:
        manifest = {
            "version": 1, "stage": "gold", "run_id": run_id, "created_at": datetime.now(UTC).isoformat(),
            "seconds": 0.0, "tables": {}, "counts": {"candidates": 0, "matches": 0},
        }  # fmt: skip
        with BlobServiceClient.from_connection_string(self.stack.wiring.lake) as service:
            service.get_blob_client("control", f"gold/{run_id}.json").upload_blob(json.dumps(manifest))


@contextmanager
def ingest_stack(
    state_dir: Path,
    settings: Mapping[str, str] | None = None,
    wire: Callable[[str], None] = lambda azurite_url: None,
    **options: Any,
) -> Iterator[Ingests]:
    """A stack of its own.

    Args:
        state_dir: where it keeps its state.
        settings: of the app.
        wire: told where Azurite will listen, before anything starts.
        options: of StackOptions.
    """
    app_settings = {**SETTINGS, **(settings or {})}
    made = Stack(StackOptions(state_dir=state_dir, app_settings=app_settings, **options))
    wire(made.wiring.url("azurite"))
    with unmeasured(), made as stack, RunsClient(stack.url, stack.credentials.host_key) as client:
        yield Ingests(stack, client)


def _count_blobs(lake: str, run_id: str) -> int:
    with BlobServiceClient.from_connection_string(lake) as service:
        names = service.get_container_client("raw").list_blob_names()
        return sum(f"/run_id={run_id}/" in name for name in names)


def every(interval_s: float, times: int, act: Callable[[], None]) -> Callable[[], None]:
    """`act`, at most so many times and so often, to be called again and again."""
    due_s, left = time.monotonic() + interval_s, times

    def maybe() -> None:
        nonlocal due_s, left
        if left and time.monotonic() >= due_s:
            act()
            left -= 1
            due_s = time.monotonic() + interval_s

    return maybe


def land_whole(ingests: Ingests) -> Landed:
    """A run that nothing disturbs: what it landed is whole."""
    landed = ingests.land()
    assert_whole(ingests, landed)
    return landed


def assert_whole(ingests: Ingests, landed: Landed) -> None:
    """The ingest ended by itself with nothing failed, nothing lost, one blob a task, no dead letter."""
    assert (landed.status["state"], landed.status["reason"]) == ("silver", None)
    tasks = landed.tasks
    assert (tasks["failed"], tasks["done"]) == (0, tasks["tasks"])
    assert landed.blobs == tasks["blobs"] == tasks["tasks"]
    assert ingests.dead_letters() == 0
    assert [counts["over_limit"] for counts in ingests.stack.catalog_stats().values()] == [0, 0]


def assert_same(ingests: Ingests, landed: Landed, quiet: Landed) -> None:
    """The run is whole and landed the very answers of the quiet run, each once, in blobs of the same names."""
    assert_whole(ingests, landed)
    assert max(landed.bronze.requests.values()) == 1
    assert landed.bronze.answers == quiet.bronze.answers
    assert landed.bronze.names == quiet.bronze.names
