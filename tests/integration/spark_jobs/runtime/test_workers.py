"""What the Python workers of a session of one machine are like."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import SparkSession

from spark_jobs.runtime.arrow import Batches


def archives(batches: Batches) -> Iterator[pa.RecordBatch]:
    """The archives that a worker imports from."""
    list(batches)
    known = {*sys.path, *sys.path_importer_cache}
    found = [path for path in known if path.endswith((".zip", ".jar"))]
    yield pa.RecordBatch.from_pydict({"path": pa.array(found, pa.string())})


def test_workers_import_from_no_archive(spark: SparkSession) -> None:
    """PySpark reads the whole index of each archive on the path again before each task, on Python 3.11."""
    assert spark.range(1).mapInArrow(archives, "path string").collect() == []
