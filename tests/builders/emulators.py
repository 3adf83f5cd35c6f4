"""Emulators that answer while a block lasts, and skip the tests where they cannot be started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.machine.servers import NODE_MODULES, Child, ProcessError, start_servicebus

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 60.0


@contextmanager
def started(start: Callable[[], Child]) -> Iterator[Child]:
    """What `start` started, ready, until the block ends."""
    try:
        server = start()
    except ProcessError as error:
        pytest.skip(str(error))
    with server:
        server.wait_ready(START_LIMIT_S)
        yield server


@contextmanager
def servicebus(folder: Path) -> Iterator[Child]:
    """The Service Bus emulator with the queues as they are deployed, with its log in a folder."""

    def start() -> Child:
        return start_servicebus(
            folder / "log",
            ROOT / "infrastructure/queues.json",
            modules=ROOT / NODE_MODULES,
            script=ROOT / "local/servicebus/server.mjs",
        )

    with started(start) as emulator:
        yield emulator
