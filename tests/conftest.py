"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

TESTS = Path(__file__).parent
# Tests that share something costly, a stack or a Spark session, stay in one process.
TOGETHER = ("e2e", "integration/spark_jobs")


@pytest.hookimpl(tryfirst=True)  # before the marks are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file, or of a folder that shares something costly, in one process."""
    for item in items:
        name = item.path.relative_to(TESTS).as_posix()
        group = next((folder for folder in TOGETHER if name.startswith(folder)), name)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def no_backoff() -> Iterator[None]:
    """Retries in place without waiting; their number stays as it is set."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield
