"""A table of things for each module."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from tests.integration.spark_jobs.builders.things import Things


@pytest.fixture(scope="module")
def things(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Things:
    """A folder for the table; it is not there yet."""
    return Things(spark, tmp_path_factory.mktemp("things") / "tables")
