"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from hypothesis import HealthCheck, settings

from tests.judges.report import mark_reports, table, verdicts

TESTS = Path(__file__).parent
# Tests that share something costly, a stack or a Spark session, stay in one process; others stay by file.
TOGETHER = {
    "integration/spark_jobs/": "spark",
    "e2e/test_whole_run": "stack",
    "e2e/test_no_credentials": "stack",
    "e2e/test_one_trace": "stack",
    "e2e/test_refusals": "stack",
    "e2e/test_dashboard": "stack",
    "e2e/test_api_fuzz": "stack",
    "e2e/test_alert_queries": "stack",
    "integration/local/test_infra_checkers": "infra-checkers",  # two must not install at once
    "integration/local/infra_check/": "infra-checkers",
    "judges/kql/test_language_service": "infra-checkers",
    "judges/tables/test_delta_rs": "spark",
    "judges/tables/test_duckdb": "spark",
    "judges/worker/": "worker-judge",  # two must not install at once
}

LONGEST = ("stack", "spark")

# A busy machine is no reason for a property to fail: examples are counted, never timed.
NEVER_TIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("test", max_examples=25, **NEVER_TIMED)
settings.register_profile(
    "check", max_examples=10, **NEVER_TIMED
)  # `make check`, for the minute between two edits
settings.load_profile("test")


@pytest.hookimpl(tryfirst=True)  # before the marks are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share something costly in one process, and begin with the longest such group."""
    mark_reports(items)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: LONGEST.index(_group(item)) if _group(item) in LONGEST else len(LONGEST))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the judges said, if there were any; here, because only this file is read where tests are spread."""
    found = verdicts(report for reports in terminalreporter.stats.values() for report in reports)
    if found:
        terminalreporter.section("judges")
        for line in table(found):
            terminalreporter.write_line(line)


def _group(item: pytest.Item) -> str:
    name = item.path.relative_to(TESTS).as_posix()
    return next((group for start, group in TOGETHER.items() if name.startswith(start)), name)


@pytest.fixture
def no_backoff() -> Iterator[None]:
    """Retries in place without waiting; their number stays as it is set."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield
