"""One lake after three runs, for the tests of what changes and of what goes."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from tests.integration.spark_jobs.builders.bronze_files import Bronze
from tests.integration.spark_jobs.builders.three_runs import three_runs


@pytest.fixture(scope="package")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Bronze:
    """Two runs with changes between them, the second incremental, and a third that scores the same in full."""
    return three_runs(spark, tmp_path_factory.mktemp("three_runs"))
