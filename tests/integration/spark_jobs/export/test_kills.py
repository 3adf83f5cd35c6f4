"""An export killed at any of its commit points: the next one ends with what gold holds."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from spark_jobs.export.job import Request, export
from spark_jobs.export.mongo.address import MongoAddress
from spark_jobs.export.mongo.book import Book
from spark_jobs.export.mongo.server import Documents
from tests.integration.spark_jobs.builders.exported import FIRST, THIRD
from tests.integration.spark_jobs.export.conftest import Contents, ThreeRuns, contents, rows_held

pytestmark = pytest.mark.slow


class Killed(BaseException):
    """The process ends here: nothing of the export's own handling runs."""


STEPS = ("begun", "indexed", "films: 2 documents, 1 removed", "written", "checked")


@pytest.mark.usefixtures("first_is_exported")
@pytest.mark.parametrize("step", STEPS)
def test_the_next_export_mends_one_that_was_killed(
    spark: SparkSession,
    runs: ThreeRuns,
    exported: Contents,
    address: MongoAddress,
    documents: Documents,
    quick: Request,
    step: str,
) -> None:
    """The next is of a run that took back what the killed one had changed: its documents are right all the same."""
    reached: list[str] = []

    def tell(done: str) -> None:
        reached.append(done)
        if done == step:
            raise Killed

    with pytest.raises(Killed):
        export(spark, runs.second, address, Request(tell=tell))
    assert step in reached
    assert documents["exports"].find_one({"_id": "current"})["run"] == FIRST
    export(spark, runs.third, address, quick)
    assert rows_held(contents(documents)) == rows_held(exported)
    assert documents["exports"].find_one({"_id": "current"})["run"] == THIRD
    assert documents["exports"].find_one({"_id": 2})["state"] == "mended"


def test_the_first_export_killed_is_done_again(
    spark: SparkSession,
    runs: ThreeRuns,
    exported: Contents,
    address: MongoAddress,
    documents: Documents,
    quick: Request,
) -> None:
    """Nothing is current until the next one, which finds documents where the first inserted, has ended."""

    def tell(done: str) -> None:
        if done == "films: 4 documents, all":
            raise Killed

    with pytest.raises(Killed):
        export(spark, runs.first, address, Request(tell=tell))
    assert documents["exports"].find_one({"_id": "current"}) is None
    export(spark, runs.first, address, quick)
    assert rows_held(contents(documents)) == rows_held(exported)


@pytest.mark.usefixtures("first_is_exported")
@pytest.mark.parametrize("step", ["replace_one", "update_one", "update_many"])
def test_one_killed_while_it_completes_is_no_worse(
    spark: SparkSession,
    runs: ThreeRuns,
    exported: Contents,
    address: MongoAddress,
    documents: Documents,
    quick: Request,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before the current one is replaced, after it, and before those of before are settled."""
    with monkeypatch.context() as patch:
        patch.setattr(Book, "complete", _killed_at(step))
        with pytest.raises(Killed):
            export(spark, runs.second, address, quick)
    export(spark, runs.third, address, quick)
    assert rows_held(contents(documents)) == rows_held(exported)


def _killed_at(step: str):  # type: ignore[no-untyped-def]
    complete = Book.complete

    def killed(self, stamp, collections, figures):  # type: ignore[no-untyped-def]
        exports = self._exports

        class Dying:
            database = exports.database

            def __getattr__(self, name: str) -> object:
                if name == step:
                    raise Killed
                return getattr(exports, name)

        self._exports = Dying()
        complete(self, stamp, collections, figures)

    return killed
