"""The server that is there, an empty database of it for each test, and a lake with three sets of gold."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pyspark.sql import SparkSession

from local.machine.child import Child
from spark_jobs.export.collections import BOOK, NUMBER, RUN
from spark_jobs.export.job import Request, export
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


Contents = dict[str, list[dict[str, Any]]]
"""Documents by collection."""


def contents(documents: Documents) -> Contents:
    """All that a database holds, in order of `_id`."""
    names = documents.list_collection_names()
    return {name: sorted(documents[name].find(), key=lambda each: str(each["_id"])) for name in names}


def rows_held(found: Contents) -> Contents:
    """The same without the book, and without what says which export wrote a document."""
    own = {RUN, NUMBER}
    return {
        name: [{key: value for key, value in each.items() if key not in own} for each in held]
        for name, held in found.items()
        if name != BOOK
    }


@pytest.fixture
def address(server: Server, record_property: Callable[[str, object], None]) -> Iterator[MongoAddress]:
    """An empty database; the table of judges says which server it is of."""
    record_property(JUDGE, ["MongoDB", server.kind])
    found = MongoAddress(server.uri)
    with opened(found) as documents:
        _empty(documents)
    yield found


@pytest.fixture
def documents(address: MongoAddress) -> Iterator[Documents]:
    """The database, to look into."""
    with opened(address) as found:
        yield found


@contextmanager
def opened(address: MongoAddress) -> Iterator[Documents]:
    """A database, to look into."""
    with MongoClient(address.uri, retryWrites=False, tz_aware=True) as client:
        yield client[address.database]


def _fill(documents: Documents, found: Contents) -> None:
    """Put documents into an empty database."""
    for name, held in found.items():
        if held:
            documents[name].insert_many(held)


def _empty(documents: Documents) -> None:
    for name in documents.list_collection_names():
        documents.drop_collection(name)


@dataclass(frozen=True)
class ThreeRuns:
    """Sets of gold: the second changes, adds and removes films and a link, the third brings the first one's rows back.

    Of a link the third has another lineage, which no document holds.
    """

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


@pytest.fixture(scope="session")
def exported(spark: SparkSession, runs: ThreeRuns, server: Server) -> Contents:
    """What a database holds after the first run was exported. Made once: most tests begin where this export has ended.

    The third run's documents are the same, but for what says which export wrote them.
    """
    address = MongoAddress(server.uri)
    with opened(address) as documents:
        _empty(documents)
        export(spark, runs.first, address, Request(patience_s=20))
        return contents(documents)


@pytest.fixture
def first_is_exported(exported: Contents, documents: Documents) -> None:
    """The database after the first export."""
    _fill(documents, exported)


@pytest.fixture
def quick() -> Request:
    """An export that waits 20 seconds for a server that does not answer."""
    return Request(patience_s=20)
