"""Keeps one Spark Connect server: started when it is first needed, started again when it has ended.

As on serverless compute a job is a client process, and its session is far away; as there it can go away. Queries of a
client that was killed would go on, so whoever kills one ends the server with `end`: the next client gets a new one.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from local.databricks.errors import AttemptFailed
from local.databricks.processes.sessions import end_session
from local.databricks.processes.start import JobProcess, outcome_unless, start_job
from local.databricks.spark.environment import JobEnvironment
from local.databricks.spark.program import SparkProgram, client_variables
from local.machine.servers import free_port

GONE = "The Spark server ended while the job ran"
_START_LIMIT_S = 120.0
_POLL_S = 0.1
KEPT_EVENT_FILES = 2
SAFE_PATH = "-P"  # the folder of the script is no place to import from
WARM_UP = Path(__file__).with_name("warm_up.py")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Running:
    process: JobProcess
    port: int
    token: str


class SparkServer:
    """The server and its directory: what it prints, its process on record, Spark's temporary files.

    All methods but `warm_up` raise AttemptFailed, with the code CLUSTER_ERROR, when there is no server to be had.
    """

    def __init__(self, program: SparkProgram, environment: JobEnvironment, directory: Path) -> None:
        self._program = program
        self._environment = environment
        self._directory = directory
        self._record = directory / "server.json"
        self._events = directory / "events"
        self._changing = asyncio.Lock()
        self._running: _Running | None = None
        self._packages: str | None = None

    async def client_variables(self, packages: str | None = None) -> dict[str, str]:
        """What a client's environment needs to reach the server, which accepts clients when this returns.

        `packages` names what is in the folder that jobs import from. Python processes of a server that has served a
        client with other packages may hold those: it is ended, and a new one started.
        """
        async with self._changing:
            if self._running is None or self._running.process.has_ended or self._is_stale(packages):
                await self._end()
                self._running = await self._started()
            self._packages = packages or self._packages
            remove_rolled(self._events)
            return client_variables(self._running.port, self._running.token)

    async def ended(self) -> None:
        """Wait until the server that runs now has ended, whoever ended it."""
        if self._running:
            await self._running.process.process.wait()

    async def end(self) -> None:
        """End the server with all it started, if it runs."""
        async with self._changing:
            await self._end()

    async def end_orphan(self) -> None:
        """End what a server of ours that was killed has left running."""
        if self._record.is_file():
            found = json.loads(self._record.read_text(encoding="utf-8"))
            await end_session(found["pid"], found["birth"])
            self._record.unlink()

    async def warm_up(self) -> None:
        """Start the server and have a small client run what jobs run, so that the first job finds it compiled."""
        try:
            variables = self._environment.variables() | await self.client_variables()
            code = await self._warm_up(variables)
            logger.log(
                logging.WARNING if code else logging.INFO, "the Spark server is warm: exit code %s", code
            )
        except AttemptFailed as error:
            logger.warning("the Spark server is not warm: %s", error)

    def _is_stale(self, packages: str | None) -> bool:
        return None not in (packages, self._packages) and packages != self._packages

    async def _warm_up(self, variables: dict[str, str]) -> int:
        directory = self._directory / "warm-up"
        directory.mkdir(parents=True, exist_ok=True)
        command = [str(self._environment.python), SAFE_PATH, str(WARM_UP), str(directory / "tables")]
        process = await start_job(command, variables, directory, lambda pid, birth: None)
        try:
            return await outcome_unless(self.ended(), AttemptFailed(GONE, "CLUSTER_ERROR"), process.wait())
        finally:
            await process.end()

    async def _started(self) -> _Running:
        scratch = self._directory / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)  # a server that was killed leaves its files
        scratch.mkdir(parents=True)
        shutil.rmtree(self._events, ignore_errors=True)
        self._events.mkdir()
        port, token = free_port(), secrets.token_urlsafe(24)
        command = self._program.command(port, self._directory / "warehouse", self._events)
        variables = self._program.variables(self._environment.variables(), scratch, token)
        process = await start_job(command, variables, self._directory, self._write_record)
        try:
            async with asyncio.timeout(_START_LIMIT_S):
                await self._until_it_listens(process, port)
        except TimeoutError as error:
            await process.end()
            raise AttemptFailed(
                self._complaint(f"not ready in {_START_LIMIT_S:g} s"), "CLUSTER_ERROR"
            ) from error
        except BaseException:
            await process.end()
            raise
        logger.info("Spark server %s listens on port %s", process.process.pid, port)
        return _Running(process, port, token)

    async def _until_it_listens(self, process: JobProcess, port: int) -> None:
        while not process.has_ended:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(_POLL_S)
            else:
                writer.close()
                return
        raise AttemptFailed(
            self._complaint(f"ended, exit code {process.process.returncode}"), "CLUSTER_ERROR"
        )

    def _complaint(self, what: str) -> str:
        return f"The Spark server did not start: {what}; see {self._directory / 'stderr'}"

    def _write_record(self, pid: int, birth: str) -> None:
        self._record.write_text(json.dumps({"pid": pid, "birth": birth}), encoding="utf-8")

    async def _end(self) -> None:
        if self._running:
            await self._running.process.end()
            self._running = self._packages = None
            self._record.unlink(missing_ok=True)


def remove_rolled(events: Path) -> None:
    """Remove the files of an event log that Spark writes to no more; the newest two stay, for jobs that go on."""
    for folder in events.glob("eventlog_v2_*"):
        files = sorted(folder.glob("events_*"), key=lambda path: (len(path.name), path.name))
        for path in files[:-KEPT_EVENT_FILES]:
            path.unlink()
