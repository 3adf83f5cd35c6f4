"""Command line of the local workspace; `--help` tells its arguments."""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from azure.storage.blob.aio import BlobServiceClient

from local.databricks.assembly import Settings, create_workspace
from local.databricks.spark.environment import JobEnvironment
from local.databricks.spark.program import SparkProgram, spark_home
from local.machine.commands import fail, log_to_stderr
from local.machine.serving import PortError, listen, serve, url_of
from spark_jobs.runtime.class_archive import sharing_options
from spark_jobs.runtime.delta_jars import JarsNotFound, delta_jars
from spark_jobs.runtime.java import JavaNotFound, java_home

_TOKEN_VARIABLE = "DATABRICKS_TOKEN"  # noqa: S105 (the name of a variable)
_DEPLOYER = "local@crossfade"
_SOURCE = Path(__file__).resolve().parents[2]
_CONNECT = _SOURCE / ".local" / "connect"

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> None:
    """Check the arguments, listen, serve."""
    arguments = _parser().parse_args(argv)
    settings = _settings(arguments)
    listener = _listener(arguments.port)
    lock = _lock_work_directory(settings.work)
    try:
        log_to_stderr()
        serve(lambda: create_workspace(settings, url_of(listener)), listener)
    finally:
        lock.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.databricks", description=_DESCRIPTION)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (0: a free one)")
    parser.add_argument(
        "--work", type=Path, required=True, help="what was deployed, runs, tables, files, logs"
    )
    parser.add_argument("--storage-env", required=True, help="variable that holds the connection string")
    parser.add_argument("--driver-memory", default="4g", help="memory of the Spark server")
    parser.add_argument("--longest-retry-wait", type=float, default=5.0, help="most seconds before a retry")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="interpreter of the jobs")
    parser.add_argument(
        "--caller",
        action="append",
        default=[],
        metavar="NAME=VARIABLE",
        help="somebody else who may call, and the variable that holds the bearer token; may be repeated",
    )
    parser.add_argument("--no-java", action="store_true", help="the jobs need no Spark: no server is started")
    parser.add_argument(
        "--warm", action="store_true", help="start the Spark server now, not at the first job"
    )
    return parser


_DESCRIPTION = (
    "The API of a Databricks workspace over job processes and one local Spark Connect server. "
    f"The bearer token of {_DEPLOYER} is read from the environment variable {_TOKEN_VARIABLE}."
)


def _settings(arguments: argparse.Namespace) -> Settings:
    callers = dict(_caller(given) for given in arguments.caller)
    work = _directory(arguments.work)
    return Settings(
        work=work,
        connection_string=_connection_string(arguments.storage_env),
        callers={_variable(_TOKEN_VARIABLE, "the bearer token clients send"): _DEPLOYER}
        | {_variable(variable, f"the bearer token of {name}"): name for name, variable in callers.items()},
        environment=JobEnvironment(
            python=_program(arguments.python),
            packages=work / "packages",
            connect=None if arguments.no_java else _connect(),
            withheld=(arguments.storage_env, *callers.values()),
        ),
        spark=None if arguments.no_java else _spark(arguments.driver_memory),
        is_warm=arguments.warm,
        longest_wait_s=arguments.longest_retry_wait,
    )


def _caller(given: str) -> tuple[str, str]:
    name, _, variable = given.partition("=")
    return (name, variable) if name and variable else fail(f"--caller {given} is not NAME=VARIABLE")


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
    try:
        home, jars = java_home(), tuple(delta_jars())
        return SparkProgram(home, spark_home(), jars, driver_memory, sharing_options(home))
    except (ModuleNotFoundError, JavaNotFound, JarsNotFound) as error:
        fail(str(error))


def _lock_work_directory(work: Path) -> IO[str]:
    """Lock the work directory; the lock is freed however the process ends."""
    lock = (work / "server.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fail(f"another server works in {work}")
    return lock


if __name__ == "__main__":
    main()
