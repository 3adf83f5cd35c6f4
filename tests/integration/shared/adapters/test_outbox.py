"""The outbox against the AMQP emulator: a broker that takes a transfer and never answers, or that is not there."""

from __future__ import annotations

import asyncio
import gc
import uuid
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.exceptions import AzureError
from azure.servicebus.aio import ServiceBusClient

from local.machine.servers import Child, servicebus_connection_string
from shared.adapters.outbox import Outbox, Outgoing
from shared.errors import QueuesUnavailable
from tests.builders.emulators import servicebus

ROOT = Path(__file__).parents[4]
QUEUE = "run-events"


class Broker:
    """The emulator as a test uses it."""

    def __init__(self, server: Child) -> None:
        self.connection_string = servicebus_connection_string(server.port)
        self._control = str(server.ready["control_url"])

    def fault(self, **plan: Any) -> None:
        httpx.post(f"{self._control}/faults", json=plan).raise_for_status()

    def waiting(self) -> int:
        return int(httpx.get(f"{self._control}/stats").json()[QUEUE]["active"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    """An emulator that is shared by the tests of this file."""
    with servicebus(tmp_path_factory.mktemp("servicebus")) as emulator:
        yield emulator


@pytest.fixture
def broker(server: Child) -> Iterator[Broker]:
    """A broker without faults."""
    found = Broker(server)
    yield found
    found.fault()


@pytest.fixture
async def outbox(broker: Broker) -> AsyncIterator[Outbox]:
    """An outbox of little patience."""
    async with ServiceBusClient.from_connection_string(broker.connection_string) as client:
        made = Outbox(partial(client.get_queue_sender, QUEUE), limit_s=8.0, stall_s=0.5)
        yield made
        await made.close()
    gc.collect()  # what the SDK leaves behind is told here, in the test that it belongs to


def one() -> list[Outgoing]:
    """A message nobody has sent before."""
    return [Outgoing("{}", str(uuid.uuid4()), "session")]


async def test_a_transfer_that_is_never_answered_blocks_nobody_else(broker: Broker, outbox: Outbox) -> None:
    """Those behind it arrive while it still waits; sent again, it is there once, for the broker had it all along."""
    await outbox.send(one())
    before, stuck = broker.waiting(), one()
    broker.fault(unanswered_sends={QUEUE: 1})
    first = asyncio.create_task(outbox.send(stuck))
    await asyncio.sleep(0)
    await asyncio.gather(*(outbox.send(one()) for _ in range(5)))
    assert not first.done()
    with pytest.raises(QueuesUnavailable, match="no answer"):
        await first
    await outbox.send(stuck)
    assert broker.waiting() == before + 6


# The SDK leaves transports that were cut off to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_broker_that_is_not_there_is_told_and_used_again(broker: Broker, outbox: Outbox) -> None:
    """While it refuses connections sends fail, in time; when it takes them again they work."""
    before = broker.waiting()
    broker.fault(refuse_connections_s=60, drop_connections=True)
    with pytest.raises((AzureError, QueuesUnavailable)):  # by the SDK's own patience, or by the outbox's
        await asyncio.wait_for(outbox.send(one()), 30)
    broker.fault()
    await outbox.send(one())
    assert broker.waiting() == before + 1
