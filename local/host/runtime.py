"""One run of the host: build everything, listen, print the ready line, stop in order."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.host.indexing import FunctionDefinition
from local.host.lifetime import Listener, Stop
from local.host.loading import load_functions
from local.host.settings import AppSettings, HostOptions, read_host_json
from local.host.telemetry import configure_worker_telemetry, mark_host_calls, silence_host_calls
from local.host.triggers.leases import DEFAULT_CONNECTION
from local.host.triggers.listeners import ListenerBuilder, host_id
from local.host.web.admin import Admin
from local.host.web.app import HttpSide, http_endpoints
from local.host.worker.worker import Worker
from local.machine.serving import print_ready, serving

logger = logging.getLogger("local.host.runtime")
KEY_SETTING = "LOCAL_HOST_KEY"
#: How long running invocations may take to end after SIGTERM, in seconds.
GRACE_S = 5.0
#: How long open HTTP requests may then take to end, in seconds.
REQUEST_GRACE_S = 5


@dataclass(frozen=True)
class LoadedApp:
    """An app ready to run: its enabled functions, host.json and settings. ``key`` is the one HTTP key."""

    functions: list[FunctionDefinition]
    options: HostOptions
    settings: AppSettings
    root: Path
    key: str
    is_key_new: bool


def load_app(app_root: Path, environment: Mapping[str, str]) -> LoadedApp:
    """Read host.json and import the app; raises ``StartError`` with one clear line."""
    options, settings = read_host_json(app_root / "host.json", environment), AppSettings(environment)
    configure_worker_telemetry(environment)
    functions = []
    for function in load_functions(app_root):
        if settings.is_disabled(function.name):
            logger.info("%s is disabled by an app setting", function.name)
        else:
            functions.append(function)
    given = settings.get(KEY_SETTING)
    return LoadedApp(
        functions, options, settings, app_root, given or secrets.token_urlsafe(24), given is None
    )


async def run(app: LoadedApp, listener: socket.socket, environment: Mapping[str, str]) -> bool:
    """Run until SIGTERM or SIGINT. Raises ``StartError`` before any trigger fires.

    Returns whether everything ended in time; if not, a handler is still stuck in a thread.
    """
    mark_host_calls()
    stop, worker = Stop(), Worker(app.options.function_timeout_s, environment)
    endpoints = http_endpoints(app.functions, app.options.route_prefix)
    builder = ListenerBuilder(app.settings, app.options, worker, stop, host_id(app.settings, app.root))
    built = builder.build(app.functions)
    if any(function.trigger_type != "httpTrigger" for function in app.functions):
        logger.info("host state lies in %s, container azure-webjobs-hosts", DEFAULT_CONNECTION)
    _stop_on_signals(stop)
    worker.start()
    side = HttpSide(
        endpoints, worker, app.key, Admin([function.name for function in app.functions], built.manual)
    )
    try:
        async with serving(side.app(), listener, REQUEST_GRACE_S):
            tasks = _start(built.all)
            silence_host_calls()
            print_ready(listener, **_ready_fields(app))
            await stop.wait()
            is_clean = await _finish(tasks)
    finally:
        for service in built.services:
            await service.close()
        worker.stop()
    return is_clean


def _stop_on_signals(stop: Stop) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


def _start(listeners: list[Listener]) -> set[asyncio.Task[None]]:
    return {asyncio.create_task(listener.run(), name=listener.name) for listener in listeners}


async def _finish(tasks: set[asyncio.Task[None]]) -> bool:
    """Let running invocations end within the grace; whether all did."""
    logger.info("stopping")
    if not tasks:
        return True
    _, late = await asyncio.wait(tasks, timeout=GRACE_S)
    for task in late:
        logger.warning("%s did not end in %g s: cancelled, its messages come again", task.get_name(), GRACE_S)
        task.cancel()
    await asyncio.wait(tasks, timeout=GRACE_S)
    return not late


def _ready_fields(app: LoadedApp) -> dict[str, Any]:
    """What the ready line adds: the functions, and the key where nobody knows it yet."""
    functions: dict[str, Any] = {"functions": [function.name for function in app.functions]}
    return functions | {"key": app.key} if app.is_key_new else functions
