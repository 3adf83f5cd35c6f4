"""PySpark's daemon of Python workers, without archives on its path: `spark.python.daemon.module` names it.

Spark puts its own jar and PySpark's zip on the path of workers, which import PySpark from where it is installed. Before
each task PySpark invalidates what importers know, and up to Python 3.11 those of archives then read the whole index
again: 6,700 entries, a quarter of a second of a processor for every task.

What every worker imports is imported here, once, for workers are forks of this process.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import PathFinder
from runpy import run_module

_ARCHIVES = (".zip", ".jar")
# pyarrow imports pandas with the first list it is given
_IMPORTED_BY_ALL = ("pandas", "pyarrow.compute", "pyspark.sql.pandas.serializers", "rapidfuzz.process")


def without_archives(path: Sequence[str]) -> list[str]:
    """The path without archives; as it is where PySpark is found in an archive only."""
    folders = [entry for entry in path if not entry.endswith(_ARCHIVES)]
    return folders if PathFinder.find_spec("pyspark", folders) else list(path)


if __name__ == "__main__":
    sys.path[:] = without_archives(sys.path)
    sys.path_importer_cache.clear()
    for name in _IMPORTED_BY_ALL:
        import_module(name)
    run_module("pyspark.daemon", run_name="__main__")
