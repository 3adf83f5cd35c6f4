"""Frames that several others are made of, worked out once: written as Parquet, read from there, removed at the end.

Serverless compute keeps no frames in memory (`persist`, `checkpoint`); files serve every compute alike.
"""

from __future__ import annotations

import itertools

from pyspark.sql import DataFrame, SparkSession

from spark_jobs.lakehouse.files import Files

AREA = "state"


class Staging:
    """The staged frames of one run of a stage, in a folder of their own."""

    def __init__(self, spark: SparkSession, files: Files, stage: str) -> None:
        self._spark, self._files, self._folder = spark, files, f"staging/{stage}"
        self._numbers = itertools.count()

    def keep(self, frame: DataFrame) -> DataFrame:
        """The same rows, worked out now and read from files afterwards."""
        schema = frame.schema
        path = self._files.path(AREA, f"{self._folder}/{next(self._numbers)}")
        frame.write.mode("overwrite").parquet(path)
        return self._spark.read.schema(schema).parquet(path)

    def clear(self) -> None:
        """Remove all staged frames, also those that a run which died has left."""
        self._files.remove(AREA, self._folder)
