"""A table of things for each module, and a small lake after one run and after two."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from spark_jobs.silver import publishing
from tests.integration.spark_jobs.builders.bronze_files import Bronze
from tests.integration.spark_jobs.builders.things import Things
from tests.integration.spark_jobs.builders.two_runs import FIRST, SECOND, TwoRuns, both_stages, copied, land
from tests.integration.spark_jobs.builders.volume import as_volume


@pytest.fixture(scope="module")
def things(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Things:
    """A folder for the table; it is not there yet."""
    return Things(spark, tmp_path_factory.mktemp("things") / "tables")


@pytest.fixture(scope="package")
def two_runs(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> TwoRuns:
    """Changes are written by key, however small the tables are, and small files are those of a volume."""
    lake = Bronze(tmp_path_factory.mktemp("two_runs") / "lake")
    land(lake)
    with pytest.MonkeyPatch.context() as patch:
        as_volume(patch, lake.root)
        patch.setattr(publishing, "SMALL_ROWS", 0)
        both_stages(spark, lake, FIRST)
        after_first = copied(lake, lake.root.parent / "first")
        both_stages(spark, lake, SECOND)
    return TwoRuns(after_first, lake)
