"""One stack for the whole session: every part real, a small generated catalog, limits that do not bind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.console.client import RunsClient, Status
from local.stack import Stack
from local.wiring import StackOptions
from tests.e2e.support.bronze import Bronze, read_bronze
from tests.e2e.support.running import await_end

FILMS, RELEASES = 120, 260
SETTINGS = {"RESEND_DELAY_S": "1", "OTEL_METRIC_EXPORT_INTERVAL": "5000", "LOOKUPS_PER_MIN": "10000"}
TEST_LIMIT_S = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark these tests, and give those that share a run the time it takes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(TEST_LIMIT_S))


@dataclass(frozen=True)
class Run:
    """A run that has ended."""

    run_id: str
    status: Status
    bronze: Bronze


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack that all tests of the session share."""
    options = StackOptions(
        state_dir=tmp_path_factory.mktemp("state"),
        films=FILMS,
        releases=RELEASES,
        tmdb_per_s=1000.0,
        discogs_per_min=30000.0,
        feed=True,
        app_settings=SETTINGS,
    )
    with Stack(options) as started:
        yield started


@pytest.fixture(scope="session")
def client(stack: Stack) -> Iterator[RunsClient]:
    """The app's HTTP functions, with the function key."""
    with RunsClient(stack.url, stack.credentials.host_key) as found:
        yield found


@pytest.fixture(scope="session")
def quiet(stack: Stack, client: RunsClient) -> Run:
    """The run that nothing disturbed; what others are compared with."""
    run_id = client.refresh()
    status = await_end(stack, client, run_id)
    assert status["state"] == "completed", status["reason"]
    return Run(run_id, status, read_bronze(stack.wiring.lake, run_id))


@pytest.fixture
def no_faults(stack: Stack) -> Iterator[None]:
    """Whatever faults a test sets, they end with it."""
    yield
    stack.set_faults({})
