"""One small local Spark session for all tests of the jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from spark_jobs.runtime.session import SHORT_LIVED, spark_session
from tests.integration.spark_jobs.builders.real_records import real_lake

__all__ = ["pytest_collection_modifyitems", "real_lake", "spark"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """PySpark leaves the sockets of `collect` to the garbage collector; here that is no error."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"))


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """local[2], 2 GB, no UI, on 127.0.0.1."""
    size = {"spark.master": "local[2]", "spark.driver.memory": "2g"}
    session = spark_session("crossfade-tests", **SHORT_LIVED, **size)
    yield session
    session.stop()
