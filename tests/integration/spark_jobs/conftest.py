"""One small local Spark session for all tests of the jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from spark_jobs.runtime.session import SHORT_LIVED, spark_session
from tests.builders.measuring import unmeasured
from tests.integration.spark_jobs.builders.real_records import real_lake

__all__ = ["pytest_collection_modifyitems", "real_lake", "spark"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """PySpark leaves the sockets of `collect` to the garbage collector; here that is no error."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"))


def without_checksum_files(spark: SparkSession) -> None:
    """No hidden `.crc` beside each file: Hadoop starts a `chmod` for each file it makes, so it makes half as many."""
    jvm, settings = spark._jvm, spark._jsc.hadoopConfiguration()
    jvm.org.apache.hadoop.fs.FileSystem.getLocal(settings).setWriteChecksum(False)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """local[2], 2 GB, no UI, on 127.0.0.1."""
    size = {"spark.master": "local[2]", "spark.driver.memory": "2g"}
    with unmeasured():  # Python workers: a line of theirs costs several times as much when it is counted
        session = spark_session("crossfade-tests", **{**SHORT_LIVED, **size})
    without_checksum_files(session)
    yield session
    session.stop()
