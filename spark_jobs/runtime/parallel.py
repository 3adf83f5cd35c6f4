"""Independent Spark actions, run in parallel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_ACTIONS_AT_ONCE = 4
Result = TypeVar("Result")


def run_parallel(tasks: Mapping[str, Callable[[], Result]]) -> dict[str, Result]:
    """Results of independent Spark actions, by name, run in parallel; the first error is raised."""
    with ThreadPoolExecutor(_ACTIONS_AT_ONCE, thread_name_prefix="spark-action") as pool:
        started = {name: pool.submit(task) for name, task in tasks.items()}
        return {name: future.result() for name, future in started.items()}
