"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina
from hypothesis import HealthCheck, settings

from tests.judges.report import mark_reports, table, verdicts
from tests.spreading import groups_of, place_of

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
    groups = groups_of(item for item in items if isinstance(item, pytest.Function))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(groups[item.path]))
    items.sort(key=lambda item: place_of(groups[item.path]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the judges said, if there were any; here, because only this file is read where tests are spread."""
    found = verdicts(report for reports in terminalreporter.stats.values() for report in reports)
    if found:
        terminalreporter.section("judges")
        for line in table(found):
            terminalreporter.write_line(line)


@pytest.fixture
def no_backoff() -> Iterator[None]:
    """Retries in place without waiting; their number stays as it is set."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield
