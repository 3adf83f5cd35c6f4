"""Everything one machine runs: storage, queues, telemetry, Spark jobs, the two catalogs, the functions host.

Independent parts start in parallel; all of them are stopped, in reverse order and by process id, when the `with`
block ends, for whatever reason. Secrets are random, made for one stack, and stay in memory.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx
from azure.storage.blob import BlobServiceClient

from local.bundle.deploying import Deployment
from local.bundle.errors import BundleError
from local.bundle.remote.workspace import Workspace
from local.bundle.this_machine import TARGET
from local.bundle.wheel import wheel_of
from local.machine.addresses import forget_addresses, write_addresses
from local.machine.child import MOST_RESTARTS, Restarts
from local.machine.holders import holders_of
from local.machine.servers import Child, ProcessError, start_azurite, start_servicebus
from local.wiring import NODE_MODULES, ROOT, Credentials, StackOptions, Wiring, lonely_token

CONTAINERS = ("raw", "intermediate", "gold", "metrics", "control", "feed")
LEFT_BY_STACKS = ("azurite", "databricks", "insights", "logs", "mongo")
START_LIMIT_S = 90.0
STOP_LIMIT_S = 15.0


class StackError(Exception):
    """The stack cannot start or continue; the message names the part."""


class Stack:
    """The parts by name: azurite, servicebus, insights, databricks, catalog, mongo, host, host-2 …

    Use as a context manager; entering raises StackError when a part does not start. So does making one where only one
    of the two API tokens is set, as nobody could say which catalog is meant. `deploy` brings the Databricks jobs to the
    workspace that has just started and gives their ids by key.
    """

    def __init__(
        self,
        options: StackOptions,
        environ: Mapping[str, str] = os.environ,
        deploy: Callable[[Stack], Mapping[str, str]] | None = None,
    ) -> None:
        if options.catalog_dir is None and (found := lonely_token(environ)):
            there, missing = found
            raise StackError(
                f"{there} is set and {missing} is not: set both for the real APIs, or unset {there} for an invented "
                "catalog"
            )
        self.credentials = Credentials.create(environ)
        self.wiring = Wiring(options, self.credentials)
        self.parts: dict[str, Child] = {}
        self.start_s = 0.0
        self.job_ids: Mapping[str, str] = {}
        self._deploy = deploy or deploy_jobs
        self._exit = ExitStack()
        self._restarts = Restarts()

    def __enter__(self) -> Self:
        start_s = time.monotonic()
        with ExitStack() as undo:
            undo.enter_context(_lock_state_directory(self.wiring.state_dir))
            undo.callback(self._stop_parts)
            self._start()
            self._exit = undo.pop_all()
        self.start_s = time.monotonic() - start_s
        write_addresses(self.wiring.state_dir, {name: child.url for name, child in self.parts.items()})
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    @property
    def url(self) -> str:
        """Where the app's HTTP functions are, without `/api`."""
        return self.parts["host"].url

    def kill(self, name: str) -> None:
        """End a part at once (SIGKILL)."""
        self.parts[name].kill()

    def restart(self, name: str) -> None:
        """Start an ended part again, with the same settings and port."""
        _ready(self.parts[name].start())

    def check(self) -> None:
        """Raise StackError when a part has ended by itself."""
        for child in self.parts.values():
            if not child.is_running:
                raise StackError(f"{child.name} ended, exit code {child.returncode}: see {child.log_path}")

    def revive(self) -> list[Child]:
        """Start parts again that have ended by themselves; which they were. Raise StackError where that has no end."""
        ended = [child for child in self.parts.values() if not child.is_running]
        for child in ended:
            if not self._restarts.may(child.name):
                raise StackError(
                    f"{child.name} ended {MOST_RESTARTS + 1} times within a minute, exit code {child.returncode}: see "
                    f"{child.log_path}"
                )
            try:
                self.restart(child.name)
            except ProcessError as error:
                raise StackError(f"{child.name} ended and cannot be started again: {error}") from error
        return ended

    def queue_stats(self) -> dict[str, Any]:
        """What the queue emulator counts."""
        return _get(f"{self.parts['servicebus'].ready['control_url']}/stats")

    def catalog_stats(self) -> dict[str, Any]:
        """What the catalog server counted, by source; empty with the real APIs."""
        return _get(f"{self.parts['catalog'].url}/_stats") if self.wiring.has_catalog else {}

    def set_faults(self, plan: Mapping[str, Any]) -> None:
        """Set the catalog server's fault plan; `{}` clears it."""
        httpx.post(f"{self.parts['catalog'].url}/_faults", json=plan).raise_for_status()

    def _start(self) -> None:
        wiring = self.wiring
        if not wiring.options.keep:
            _clear(wiring.state_dir)
        others = {"catalog": wiring.has_catalog, "mongo": wiring.has_mongo}
        modules = ["insights", *[name for name, is_wanted in others.items() if is_wanted]]
        starters: list[Callable[[], None]] = [partial(self._start_module, name) for name in modules]
        self._start_in_parallel(
            [self._start_azurite, self._start_servicebus, self._start_databricks, *starters]
        )
        self._start_in_parallel([partial(self._start_module, name) for name in wiring.host_names])

    def _start_in_parallel(self, starters: Sequence[Callable[[], None]]) -> None:
        with ThreadPoolExecutor(len(starters)) as pool:
            try:
                for starting in [pool.submit(starter) for starter in starters]:
                    starting.result()
            except (ProcessError, BundleError) as error:
                self._stop_parts()
                raise StackError(str(error)) from error
            except BaseException:
                self._stop_parts()
                raise

    def _start_azurite(self) -> None:
        wiring, log = self.wiring, self.wiring.log_path("azurite")
        location, port = wiring.state_dir / "azurite", wiring.ports["azurite"]
        self._add(start_azurite(log, modules=NODE_MODULES, location=location, port=port))
        make_containers(wiring.lake)

    def _start_servicebus(self) -> None:
        ports, config = self.wiring.ports, self.wiring.options.queues
        script = ROOT / "local" / "servicebus" / "server.mjs"
        child = start_servicebus(
            self.wiring.log_path("servicebus"), config, modules=NODE_MODULES,
            port=ports["servicebus"], control_port=ports["control"], script=script,
        )  # fmt: skip
        self._add(child)

    def _start_databricks(self) -> None:
        self._start_module("databricks")
        self.job_ids = self._deploy(self)

    def _start_module(self, name: str) -> None:
        environment = self.wiring.environment(name, self.job_ids)
        log = self.wiring.log_path(name)
        self._add(Child(name, self.wiring.command(name), environment, log, cwd=ROOT).start())

    def _add(self, child: Child) -> None:
        self.parts[child.name] = child
        _ready(child)

    def _stop_parts(self) -> None:
        forget_addresses(self.wiring.state_dir)
        for child in reversed(list(self.parts.values())):
            child.stop(STOP_LIMIT_S)


def deploy_jobs(stack: Stack) -> dict[str, str]:
    """Deploy the Databricks bundle to the stack's workspace; the ids of its jobs. Raises BundleError."""
    workspace = Workspace.at(stack.parts["databricks"].url, stack.credentials.databricks_token)
    try:
        values, folder = stack.wiring.bundle_variables, ROOT / "infrastructure"
        deployment = Deployment.of(workspace, folder, TARGET, values, wheel_of(ROOT))
        deployment.deploy()
        return deployment.ids()
    finally:
        workspace.close()


def make_containers(connection_string: str) -> None:
    """Create the containers of the lake that are not there."""
    with BlobServiceClient.from_connection_string(connection_string) as service:
        present = {found.name for found in service.list_containers()}
        for name in CONTAINERS:
            if name not in present:
                service.create_container(name)


def _ready(child: Child) -> None:
    child.wait_ready(START_LIMIT_S)


def _get(url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(url, headers=headers).raise_for_status().json()
    return found


def _clear(state_dir: Path) -> None:
    for name in LEFT_BY_STACKS:
        shutil.rmtree(state_dir / name, ignore_errors=True)


@contextmanager
def _lock_state_directory(state_dir: Path) -> Iterator[None]:
    """Lock a state directory; raise StackError if another stack, or what is left of one, uses it."""
    state_dir.mkdir(parents=True, exist_ok=True)
    path = state_dir / "stack.lock"
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(_in_use(state_dir, path)) from None
        _check_nothing_is_left(state_dir)
        yield


def _in_use(state_dir: Path, lock: Path) -> str:
    said = f"another make run or make up uses {state_dir}: stop it first"
    running = holders_of([lock])
    if not running:
        return said
    pids = " ".join(str(found.pid) for found in running)
    return f"{said}: {', '.join(map(str, running))}; kill {pids} stops it and all its parts"


def _check_nothing_is_left(state_dir: Path) -> None:
    left = holders_of([state_dir / name for name in LEFT_BY_STACKS])
    if left:
        pids = " ".join(str(found.pid) for found in left)
        raise StackError(
            f"a make run or make up that was killed left processes that still write to {state_dir}: "
            f"{', '.join(map(str, left))}; end them first: kill {pids}"
        )
