"""Runs the local functions host on small apps; what their functions see is written to a file and read back."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from local.machine.servers import (
    Child,
    azurite_connection_string,
    start_azurite,
    start_servicebus,
)
from tests.builders.emulators import started

ROOT = Path(__file__).parents[4]
MODULES = ROOT / ".local" / "node" / "node_modules"
DEADLINE_S = 60
KEY = "key-of-this-test"
HEAD = """
import asyncio, datetime, json, logging, os, threading, time, typing
import azure.functions as func
app = func.FunctionApp()

def record(**seen):
    with open(os.environ["RECORD"], "a") as file:
        file.write(json.dumps(seen, default=str) + "\\n")
"""


def until(
    condition: Callable[[], object], what: str = "the condition", deadline_s: float = DEADLINE_S
) -> None:
    """Poll until ``condition`` is true; fails at the deadline."""
    end_s = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end_s, f"{what} did not come true in {deadline_s} s"
        time.sleep(0.02)


class HostApp:
    """An app in a folder and the hosts that run it."""

    def __init__(self, root: Path, code: str, host_json: Mapping[str, Any] | None = None) -> None:
        root.mkdir(exist_ok=True)
        (root / "function_app.py").write_text(HEAD + code)
        (root / "host.json").write_text(json.dumps({"version": "2.0", **(host_json or {})}))
        self.root = root
        self.record = root / "record.jsonl"
        self.environment = {"RECORD": str(self.record), "LOCAL_HOST_KEY": KEY, "LOCAL_BLOB_POLL_S": "0.1"}

    def setting(self, **settings: str) -> Self:
        """Add app settings."""
        self.environment |= settings
        return self

    def child(self, name: str = "host") -> Child:
        """A host that is not started yet."""
        argv = [sys.executable, "-m", "local.host", "--port", "0", "--app-root", str(self.root)]
        return Child(name, argv, self.environment, self.root / f"{name}.log", cwd=ROOT)

    @contextmanager
    def running(self, name: str = "host") -> Iterator[Child]:
        """A host that is ready; stopped at the end, and it must end well."""
        with self.child(name) as host:
            host.wait_ready(DEADLINE_S)
            yield host
        assert host.returncode in (0, -9), self.log(name)

    def log(self, name: str = "host") -> str:
        """What the host has logged."""
        return (self.root / f"{name}.log").read_text()

    def seen(self) -> list[dict[str, Any]]:
        """What the functions have recorded, in order."""
        if not self.record.exists():
            return []
        lines = self.record.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def until_seen(self, count: int) -> list[dict[str, Any]]:
        """Wait until ``count`` records are there; all of them."""
        until(lambda: len(self.seen()) >= count, f"{count} records")
        return self.seen()


@contextmanager
def azurite(folder: Path) -> Iterator[str]:
    """The connection string of a running Azurite, in memory."""
    with _started(lambda: start_azurite(folder / "azurite.log", modules=MODULES)) as server:
        yield azurite_connection_string(server.url)


@contextmanager
def service_bus(folder: Path, queues: Mapping[str, Mapping[str, Any]], port: int = 0) -> Iterator[Child]:
    """A running Service Bus emulator with these queues."""
    config = folder / "queues.json"
    config.write_text(
        json.dumps({"queues": [{"name": name, "properties": dict(p)} for name, p in queues.items()]})
    )
    script = ROOT / "local" / "servicebus" / "server.mjs"
    log = folder / "servicebus.log"
    with _started(lambda: start_servicebus(log, config, modules=MODULES, port=port, script=script)) as server:
        yield server


@contextmanager
def _started(start: Callable[[], Child]) -> Iterator[Child]:
    if not MODULES.exists():
        pytest.skip(f"Node modules are not installed in {MODULES}: run make test")
    with started(start) as server:
        yield server
