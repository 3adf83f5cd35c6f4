"""Starts the Service Bus emulator for tests and talks to its control interface."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import httpx
import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusSender

from local.machine.servers import find_node

ROOT = Path(__file__).parents[4]
SERVER = ROOT / "local" / "servicebus" / "server.mjs"
MODULES = ROOT / ".local" / "node" / "node_modules"
DEADLINE_S = 60

QUEUES: dict[str, dict[str, Any]] = {
    "plain": {},
    "brief-lock": {"lockDuration": "PT1S"},
    "fragile": {"maxDeliveryCount": 2},
    "perishable": {"defaultMessageTimeToLive": "PT1S", "deadLetteringOnMessageExpiration": True},
    "unique": {"requiresDuplicateDetection": True, "duplicateDetectionHistoryTimeWindow": "PT10M"},
    "sessions": {"requiresSession": True},
    "brief-sessions": {"requiresSession": True, "lockDuration": "PT2S"},
}

_SENDERS: WeakKeyDictionary[ServiceBusClient, dict[str, ServiceBusSender]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    connection_string: str
    control_url: str
    control: httpx.Client
    """A client of the control interface: making one takes longer than what it is asked."""

    @property
    def port(self) -> int:
        """The port of AMQP."""
        return int(self.connection_string.split(":")[2].split(";")[0])

    def client(self) -> ServiceBusClient:
        """An aio client that does not try again, so that tests see each refusal once."""
        return ServiceBusClient.from_connection_string(self.connection_string, retry_total=0)

    def stats(self, queue: str) -> dict[str, int]:
        """The counters of one queue."""
        counters: dict[str, int] = self.control.get("/stats").raise_for_status().json()[queue]
        return counters

    def faults(self, **plan: object) -> dict[str, Any]:
        """Set faults; none clears them."""
        answer: dict[str, Any] = self.control.post("/faults", json=plan).raise_for_status().json()
        return answer

    def reset(self) -> None:
        """No messages, no faults."""
        self.faults()
        self.control.post("/purge").raise_for_status()

    async def until(self, queue: str, **wanted: int) -> None:
        """Wait until counters of a queue have these values."""

        async def reached() -> bool:
            stats = self.stats(queue)
            return all(stats[name] == value for name, value in wanted.items())

        await until(reached)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Poll until the condition holds; fails at the deadline."""
    end_s = time.monotonic() + DEADLINE_S
    while not await condition():
        assert time.monotonic() < end_s, "the condition did not come true in time"
        await asyncio.sleep(0.02)


def start_server(config: Path, *options: str) -> subprocess.Popen[str]:
    """Start the server; its streams are pipes."""
    if not (MODULES / "rhea").exists():
        pytest.skip("there is no rhea in .local/node: `make test` installs it")
    command = [find_node(), SERVER, "--config", config, "--modules", MODULES, *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def write_config(folder: Path) -> Path:
    """A file with the queues of these tests."""
    path = folder / "queues.json"
    queues = [{"name": name, "properties": properties} for name, properties in QUEUES.items()]
    path.write_text(json.dumps({"queues": queues}))
    return path


@contextmanager
def running_emulator(folder: Path) -> Iterator[Emulator]:
    """An emulator with the queues of these tests; it ends with the block."""
    server = start_server(write_config(folder))
    try:
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        url = ready["control_url"]
        with httpx.Client(base_url=url) as control:
            yield Emulator(connection_string(ready["port"]), url, control)
    finally:
        _end(server)


def _end(server: subprocess.Popen[str]) -> None:
    server.terminate()
    try:
        server.communicate(timeout=DEADLINE_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.communicate()
        raise


def connection_string(port: int) -> str:
    """The connection string of an emulator on this port, with Microsoft's well-known placeholder as key."""
    return (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=RootManageSharedAccessKey;"
        "SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;"
    )


async def send(client: ServiceBusClient, queue: str, *messages: ServiceBusMessage) -> None:
    """Send messages in one batch, by a sender that stays open as long as its client: opening takes time."""
    senders = _SENDERS.setdefault(client, {})
    if queue not in senders:
        senders[queue] = client.get_queue_sender(queue)
    await senders[queue].send_messages(list(messages))


def bodies(messages: list[Any]) -> list[str]:
    """The bodies as text."""
    return [str(message) for message in messages]
