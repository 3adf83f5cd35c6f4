"""Command line of the Jobs API server; `--help` tells its arguments."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import logging
import os
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from azure.storage.blob.aio import BlobServiceClient
from starlette.applications import Starlette

from local.databricks.api.app import Lifespan, create_app
from local.databricks.api.service import JobsService
from local.databricks.errors import JobFileError
from local.databricks.lake.mirror import Mirror
from local.databricks.lake.mirror_index import MirrorIndex
from local.databricks.lake.staging import Lake
from local.databricks.runs.attempt import AttemptRunner
from local.databricks.runs.jobs import JobDefinition, load_jobs
from local.databricks.runs.launch import SparkEnvironment
from local.databricks.runs.runner import Runner
from local.databricks.runs.store import RunStore
from local.machine.commands import fail, log_to_stderr
from local.machine.serving import PortError, listen, serve, url_of
from spark_jobs.runtime.java import JavaNotFound, java_home

_TOKEN_VARIABLE = "DATABRICKS_TOKEN"  # noqa: S105 (the name of a variable)
_SOURCE = Path(__file__).resolve().parents[2]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """What the server was started with, checked."""

    jobs: Mapping[int, JobDefinition]
    work: Path
    connection_string: str
    token: str
    spark: SparkEnvironment
    longest_wait_s: float


def main(argv: Sequence[str] | None = None) -> None:
    """Check the arguments, listen, serve."""
    arguments = _parser().parse_args(argv)
    settings = _settings(arguments)
    listener = _listener(arguments.port)
    lock = _lock_work_directory(settings.work)
    try:
        log_to_stderr()
        serve(lambda: _app(settings, url_of(listener)), listener)
    finally:
        lock.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.databricks", description=_DESCRIPTION)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (0: a free one)")
    parser.add_argument("--jobs", type=Path, required=True, help="directory of *.job.yml files")
    parser.add_argument("--work", type=Path, required=True, help="state, the lake on disk, logs of runs")
    parser.add_argument("--storage-env", required=True, help="variable that holds the connection string")
    parser.add_argument("--driver-memory", default="4g", help="memory of a job's Spark driver")
    parser.add_argument("--longest-retry-wait", type=float, default=5.0, help="most seconds before a retry")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="interpreter of the jobs")
    parser.add_argument("--package", default="spark_jobs", help="package that holds the entry points")
    parser.add_argument("--source", type=Path, default=_SOURCE, help="directory that holds the package")
    parser.add_argument("--no-java", action="store_true", help="the jobs need no Java: do not look for it")
    return parser


_DESCRIPTION = (
    "The Databricks Jobs API over local PySpark subprocesses. "
    f"The bearer token is read from the environment variable {_TOKEN_VARIABLE}."
)


def _settings(arguments: argparse.Namespace) -> Settings:
    return Settings(
        jobs=_jobs(arguments.jobs),
        work=_directory(arguments.work),
        connection_string=_connection_string(arguments.storage_env),
        token=_variable(_TOKEN_VARIABLE, "the bearer token clients send"),
        spark=SparkEnvironment(
            python=_program(arguments.python),
            package=arguments.package,
            source=arguments.source.resolve(),
            java_home=None if arguments.no_java else _java(),
            driver_memory=arguments.driver_memory,
            withheld=(arguments.storage_env,),
        ),
        longest_wait_s=arguments.longest_retry_wait,
    )


def _jobs(directory: Path) -> dict[int, JobDefinition]:
    try:
        return load_jobs(directory)
    except JobFileError as error:
        fail(str(error))


def _listener(port: int) -> socket.socket:
    try:
        return listen(port)
    except PortError as error:
        fail(str(error))


def _directory(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"work directory {path} cannot be made: {error.strerror}")
    return path.resolve()


def _connection_string(variable: str) -> str:
    value = _variable(variable, "the storage connection string")
    try:
        client = BlobServiceClient.from_connection_string(value)
    except ValueError as error:
        fail(f"{variable} is no storage connection string: {error}")
    if getattr(client.credential, "account_key", None) is None:
        fail(f"{variable} must hold a storage connection string with an AccountKey")
    return value


def _variable(name: str, purpose: str) -> str:
    return os.environ.get(name) or fail(f"set the environment variable {name}: {purpose}")


def _program(path: Path) -> Path:
    found = shutil.which(path)
    return Path(found).absolute() if found else fail(f"--python {path} is no program that can be run")


def _java() -> Path:
    try:
        return java_home()
    except JavaNotFound as error:
        fail(str(error))


def _lock_work_directory(work: Path) -> IO[str]:
    """Lock the work directory; the lock is freed however the process ends."""
    lock = (work / "server.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fail(f"another server works in {work}")
    return lock


def _app(settings: Settings, base_url: str) -> Starlette:
    store = RunStore(settings.work / "runs.sqlite", _now_ms)
    index = MirrorIndex(settings.work / "lake.sqlite")
    lake = Lake(settings.connection_string, Mirror(settings.work / "lake", index))
    attempts = AttemptRunner(store, lake, settings.spark, settings.work, _now_ms)
    runner = Runner(store, settings.jobs, attempts, settings.longest_wait_s)
    service = JobsService(settings.jobs, store, runner, attempts, base_url, _now_ms())
    return create_app(service, settings.token, _lifespan(runner, store, index))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _lifespan(runner: Runner, store: RunStore, index: MirrorIndex) -> Lifespan:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        serving = asyncio.create_task(runner.serve())
        try:
            yield
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            store.close()
            index.close()

    return lifespan


if __name__ == "__main__":
    main()
