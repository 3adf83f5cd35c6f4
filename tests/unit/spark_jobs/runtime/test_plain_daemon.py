"""The path of Python workers: without archives, where PySpark is installed."""

from __future__ import annotations

import sys
from pathlib import Path

from spark_jobs.runtime.workers.plain_daemon import without_archives

ARCHIVES = ["/spark/python/lib/pyspark.zip", "/spark/jars/spark-core.jar"]


def test_archives_are_left_out_of_the_path() -> None:
    """All else stays, in its order."""
    assert without_archives([*ARCHIVES, *sys.path]) == [
        p for p in sys.path if not p.endswith((".zip", ".jar"))
    ]


def test_a_pyspark_that_lies_in_an_archive_only_is_found_there(tmp_path: Path) -> None:
    """A Spark that was unpacked, without PySpark among the installed packages."""
    path = [*ARCHIVES, str(tmp_path)]
    assert without_archives(path) == path
