"""A list over Discogs' cap, which is read sorted, on a whole stack: quiet and with faults.

A search that is not sorted, and rows that move, are shown without a stack by
`tests/unit/shared/orchestration/test_sorted_searches.py` and `tests/integration/shared/planning/test_enumeration.py`;
each fault of a dump by `tests/unit/spark_jobs/bulk`, and what a bulk run does about it by
`tests/unit/shared/orchestration/test_bulk.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.support.ingesting import UNLIMITED, Ingests, Landed, assert_whole, ingest_stack
from tests.e2e.support.running import await_that

pytestmark = pytest.mark.e2e

FILMS, RELEASES = 60, 10_400
DISCOGS = {"sources": ["discogs"]}
NOW_AND_THEN: dict[str, Any] = {
    "seed": 22,
    **{name: {"rate": 0.04} for name in ("error_5xx", "reset", "truncated_json", "error_in_200")},
    "storm_429": {"rate": 0.02, "retry_after_s": 1},
    "outage": {"seconds": 2},
    "latency": {"min_ms": 50, "max_ms": 250},
}


@pytest.fixture(scope="module")
def ingests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingests]:
    """One host, and a catalog of 104 pages."""
    state_dir = tmp_path_factory.mktemp("whole")
    with ingest_stack(state_dir, films=FILMS, releases=RELEASES, **UNLIMITED) as found:
        yield found


@pytest.fixture(autouse=True)
def calm(ingests: Ingests) -> Iterator[None]:
    """Each test begins with fresh counts and ends without faults."""
    ingests.reset_stats()
    yield
    ingests.stack.set_faults({})
    ingests.queue_faults({})


def assert_all_found(ingests: Ingests, landed: Landed) -> None:
    """Each release of the catalog is in bronze and counted once, and the run says that none is missing."""
    assert_whole(ingests, landed)
    assert landed.status["counts"]["bronze_discogs"] == RELEASES
    found = landed.status["completeness"]["discogs"]
    assert (found["reported"], found["found"], sum(found["missing"].values())) == (RELEASES, RELEASES, 0)


def test_a_list_over_the_cap_is_read_sorted(ingests: Ingests) -> None:
    """All there is, no page twice, and 3 % more requests than pages at most."""
    landed = ingests.land(DISCOGS)
    assert_all_found(ingests, landed)
    assert max(landed.bronze.requests.values()) == 1
    assert ingests.requests("discogs") <= 1.03 * RELEASES / 100 + 1


def test_faults_and_a_killed_host_cost_a_sorted_list_nothing(ingests: Ingests) -> None:
    """Bad answers, an outage, messages twice and in any order, and the only host dies in the middle."""
    ingests.stack.set_faults(NOW_AND_THEN)
    ingests.queue_faults({"duplicate_delivery_rate": 0.3, "reorder_sessions": True})
    run_id = ingests.client.refresh(DISCOGS)
    await_that(lambda: ingests.requests("discogs") > 30, "the run is under way")
    replace_host(ingests)
    assert_all_found(ingests, ingests.finish(run_id))


def replace_host(ingests: Ingests) -> None:
    """The only host is killed, and starts again."""
    host = ingests.stack.parts["host"]
    host.kill()
    host.start()
    host.wait_ready(60.0)
