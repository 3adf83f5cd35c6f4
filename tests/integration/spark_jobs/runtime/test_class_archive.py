"""The archive of Spark's classes that set-up for tests records."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from spark_jobs.runtime.class_archive import CLASSES


def test_a_session_maps_the_archive(spark: SparkSession) -> None:
    """The JVM takes it: same Java, same class path. One that does not fit it would pass over without a word."""
    archive, process = Path(os.environ["JAVA_HOME"]) / CLASSES, spark._jvm.ProcessHandle.current().pid()
    if not archive.is_file():
        pytest.skip("no classes were recorded on this machine: see what make setup-test says")
    maps = Path(f"/proc/{process}/maps")
    if not maps.is_file():
        pytest.skip("no /proc tells what a process has mapped")
    assert str(archive) in maps.read_text()
