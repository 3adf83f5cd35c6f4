"""The parts of the local workspace put together: stores, runner, Spark, and the API over them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from starlette.applications import Starlette

from local.databricks.api import catalog, files, identity, permissions
from local.databricks.api.app import Lifespan, create_app
from local.databricks.api.jobs import JobsService
from local.databricks.api.runs import RunsService
from local.databricks.lake.mirror import Mirror
from local.databricks.lake.mirror_index import MirrorIndex
from local.databricks.lake.staging import Lake
from local.databricks.runs.attempt import AttemptRunner
from local.databricks.runs.jobs import JobDefinitions
from local.databricks.runs.packages import Packages
from local.databricks.runs.runner import Runner
from local.databricks.runs.store import RunStore
from local.databricks.spark.environment import JobEnvironment
from local.databricks.spark.program import SparkProgram
from local.databricks.spark.server import SparkServer
from local.databricks.workspace.database import open_database
from local.databricks.workspace.files import WorkspaceFiles
from local.databricks.workspace.jobs import DeployedJobs
from local.databricks.workspace.metastore import Metastore


class Closable(Protocol):
    """What is closed at the end."""

    def close(self) -> None:
        """Close it."""


@dataclass(frozen=True)
class Settings:
    """What the server was started with, checked; `callers` are names by bearer token."""

    work: Path
    connection_string: str
    callers: Mapping[str, str]
    environment: JobEnvironment
    spark: SparkProgram | None
    is_warm: bool
    longest_wait_s: float


def create_workspace(settings: Settings, base_url: str) -> Starlette:
    """The ASGI application over what lies in the work directory; its lifespan runs jobs and their Spark."""
    database = open_database(settings.work / "workspace.sqlite")
    jobs, metastore = DeployedJobs(database, _now_ms), Metastore(database, _now_ms)
    workspace_files = WorkspaceFiles(database, _now_ms, settings.callers.values())
    store = RunStore(settings.work / "runs.sqlite", _now_ms)
    index = MirrorIndex(settings.work / "files.sqlite")
    lake = Lake(settings.connection_string, Mirror(settings.work / "lake", index), settings.work / "tables")
    spark = _spark_server(settings)
    packages = Packages(workspace_files, settings.environment.packages)
    attempts = AttemptRunner(store, lake, settings.environment, packages, spark, settings.work, _now_ms)
    runner = Runner(store, JobDefinitions(jobs), attempts, settings.longest_wait_s)
    endpoints = [
        identity.endpoints(),
        JobsService(jobs, runner).endpoints(),
        RunsService(jobs, store, runner, attempts, base_url).endpoints(),
        permissions.endpoints(jobs),
        catalog.endpoints(metastore),
        files.endpoints(workspace_files),
    ]
    lifespan = _lifespan(runner, spark, settings.is_warm, [store, index, database])
    return create_app(endpoints, settings.callers, base_url, lifespan)


def _spark_server(settings: Settings) -> SparkServer | None:
    if settings.spark is None:
        return None
    return SparkServer(settings.spark, settings.environment, settings.work / "spark")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _lifespan(
    runner: Runner, spark: SparkServer | None, is_warm: bool, stores: Sequence[Closable]
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
