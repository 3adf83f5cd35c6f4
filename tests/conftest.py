"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

TESTS = Path(__file__).parent
# Tests that share something costly, a stack or a Spark session, stay in one process; others stay by file.
TOGETHER = {
    "integration/spark_jobs/": "spark",
    "e2e/test_whole_run": "stack",
    "e2e/test_disturbed_runs": "stack",
    "e2e/test_no_credentials": "stack",
    "e2e/test_refusals": "stack",
    "e2e/test_dashboard": "stack",
    "e2e/test_api_fuzz": "stack",
}


@pytest.hookimpl(tryfirst=True)  # before the marks are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share something costly in one process."""
    for item in items:
        name = item.path.relative_to(TESTS).as_posix()
        group = next((group for start, group in TOGETHER.items() if name.startswith(start)), name)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def no_backoff() -> Iterator[None]:
    """Retries in place without waiting; their number stays as it is set."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield
