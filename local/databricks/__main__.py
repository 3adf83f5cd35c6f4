"""Command line of the Jobs API server; `--help` tells its arguments."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import importlib.util
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
from local.databricks.runs.runner import Runner
from local.databricks.runs.store import RunStore
from local.databricks.spark.environment import JobEnvironment
from local.databricks.spark.program import SparkProgram
from local.databricks.spark.server import SparkServer
from local.machine.commands import fail, log_to_stderr
from local.machine.serving import PortError, listen, serve, url_of
from spark_jobs.runtime.delta_jars import JarsNotFound, delta_jars
from spark_jobs.runtime.java import JavaNotFound, java_home

_TOKEN_VARIABLE = "DATABRICKS_TOKEN"  # noqa: S105 (the name of a variable)
_SOURCE = Path(__file__).resolve().parents[2]
_CONNECT = _SOURCE / ".local" / "connect"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """What the server was started with, checked."""

    jobs: Mapping[int, JobDefinition]
    work: Path
    connection_string: str
    token: str
    environment: JobEnvironment
    spark: SparkProgram | None
    is_warm: bool
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
    parser.add_argument("--work", type=Path, required=True, help="state, tables and files, logs")
    parser.add_argument("--storage-env", required=True, help="variable that holds the connection string")
    parser.add_argument("--driver-memory", default="4g", help="memory of the Spark server")
    parser.add_argument("--longest-retry-wait", type=float, default=5.0, help="most seconds before a retry")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="interpreter of the jobs")
    parser.add_argument("--package", default="spark_jobs", help="package that holds the entry points")
    parser.add_argument("--source", type=Path, default=_SOURCE, help="directory that holds the package")
    parser.add_argument("--no-java", action="store_true", help="the jobs need no Spark: no server is started")
    parser.add_argument(
        "--warm", action="store_true", help="start the Spark server now, not at the first job"
    )
    return parser


_DESCRIPTION = (
    "The Databricks Jobs API over job processes and one local Spark Connect server. "
    f"The bearer token is read from the environment variable {_TOKEN_VARIABLE}."
)


def _settings(arguments: argparse.Namespace) -> Settings:
    return Settings(
        jobs=_jobs(arguments.jobs),
        work=_directory(arguments.work),
        connection_string=_connection_string(arguments.storage_env),
        token=_variable(_TOKEN_VARIABLE, "the bearer token clients send"),
        environment=JobEnvironment(
            python=_program(arguments.python),
            package=arguments.package,
            source=arguments.source.resolve(),
            connect=None if arguments.no_java else _connect(),
            withheld=(arguments.storage_env,),
        ),
        spark=None if arguments.no_java else _spark(arguments.driver_memory),
        is_warm=arguments.warm,
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


def _connect() -> Path:
    if not (_CONNECT / "grpc").is_dir():
        fail(f"no packages of Spark Connect in {_CONNECT}: run python -m local.setup run")
    return _CONNECT


def _spark(driver_memory: str) -> SparkProgram:
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        fail("pyspark is not installed: run python -m local.setup run")
    try:
        return SparkProgram(java_home(), Path(spec.origin).parent, tuple(delta_jars()), driver_memory)
    except (JavaNotFound, JarsNotFound) as error:
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
    index = MirrorIndex(settings.work / "files.sqlite")
    mirror = Mirror(settings.work / "lake", index)
    lake = Lake(settings.connection_string, mirror, settings.work / "tables")
    spark = _spark_server(settings)
    attempts = AttemptRunner(store, lake, settings.environment, spark, settings.work, _now_ms)
    runner = Runner(store, settings.jobs, attempts, settings.longest_wait_s)
    service = JobsService(settings.jobs, store, runner, attempts, base_url, _now_ms())
    return create_app(service, settings.token, _lifespan(runner, spark, settings.is_warm, [store, index]))


def _spark_server(settings: Settings) -> SparkServer | None:
    if settings.spark is None:
        return None
    return SparkServer(settings.spark, settings.environment, settings.work / "spark")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _lifespan(
    runner: Runner, spark: SparkServer | None, is_warm: bool, stores: Sequence[RunStore | MirrorIndex]
) -> Lifespan:
    """What goes on beside the server: the runs and, if there is one, the Spark that they ask."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if spark:
            await spark.end_orphan()
        work = [runner.serve(), *([spark.warm_up()] if spark and is_warm else [])]
        tasks = [asyncio.create_task(item) for item in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if spark:
                await spark.end()
            for store in stores:
                store.close()

    return lifespan


if __name__ == "__main__":
    main()
