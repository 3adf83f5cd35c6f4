"""One emulator for a module, and a client of it; a module may have a client of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from azure.servicebus.aio import ServiceBusClient

from tests.integration.local.servicebus.emulator import Emulator, running_emulator


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One emulator for the module."""
    with running_emulator(tmp_path_factory.mktemp("servicebus")) as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator) -> Emulator:
    """The emulator without messages and faults."""
    server.reset()
    return server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(server: Emulator) -> AsyncIterator[ServiceBusClient]:
    """A client of the emulator, for the module: its senders stay open."""
    async with server.client() as client:
        yield client
