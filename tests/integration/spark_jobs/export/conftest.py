"""The server that is there, an empty database of it for each test, and a lake with three sets of gold."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pymongo import MongoClient
from pyspark.sql import SparkSession

from local.machine.child import Child
from spark_jobs.export.job import Request
from spark_jobs.export.mongo.address import VARIABLE, MongoAddress
from spark_jobs.export.mongo.server import Documents
from spark_jobs.export.source import Source
from tests.integration.spark_jobs.builders.exported import (
    FIRST,
    FIRST_ROWS,
    SECOND,
    SECOND_ROWS,
    THIRD,
    THIRD_ROWS,
    ExportLake,
)
from tests.judges.report import JUDGE

ROOT = Path(__file__).parents[4]


@dataclass(frozen=True)
class Server:
    """A MongoDB, and what it is."""

    uri: str
    kind: str

    @property
    def can_explain(self) -> bool:
        """Whether it tells how it answers a query."""
        return self.kind != "stand-in"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of MONGO_URI, which tests may empty; else one of this machine."""
    if uri := os.environ.get(VARIABLE):
        yield Server(uri, "MONGO_URI")
        return
    folder = tmp_path_factory.mktemp("mongo")
    argv = [sys.executable, "-m", "local.mongo", "--work", folder / "data", "--memory", "512m"]
    with Child("mongo", argv, log_path=folder / "log", cwd=ROOT) as child:
        ready = child.wait_ready()
        yield Server(ready["url"], ready["server"])


@pytest.fixture
def address(server: Server, record_property: Callable[[str, object], None]) -> Iterator[MongoAddress]:
    """An empty database; the table of judges says which server it is of."""
    record_property(JUDGE, ["MongoDB", server.kind])
    found = MongoAddress(server.uri)
    with MongoClient(found.uri, retryWrites=False) as client:
        for name in client[found.database].list_collection_names():
            client[found.database].drop_collection(name)
    yield found


@pytest.fixture
def documents(address: MongoAddress) -> Iterator[Documents]:
    """The database, to look into."""
    with MongoClient(address.uri, retryWrites=False, tz_aware=True) as client:
        yield client[address.database]


@dataclass(frozen=True)
class ThreeRuns:
    """Sets of gold: the second changes, adds and removes films and a link, the third brings the first one's back."""

    lake: ExportLake
    first: Source
    second: Source
    third: Source


@pytest.fixture(scope="session")
def runs(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> ThreeRuns:
    """Made once; sources are kept as each run left them."""
    lake = ExportLake(spark, tmp_path_factory.mktemp("exported"))
    sources = [
        lake.publish(run, rows)
        for run, rows in ((FIRST, FIRST_ROWS), (SECOND, SECOND_ROWS), (THIRD, THIRD_ROWS))
    ]
    return ThreeRuns(lake, *sources)


@pytest.fixture
def quick() -> Request:
    """An export that waits 20 seconds for a server that does not answer."""
    return Request(patience_s=20)
