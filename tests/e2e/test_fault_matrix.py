"""Each fault of the APIs and of the queues, alone and all together: bronze is that of the quiet run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.support.ingesting import (
    UNLIMITED,
    Ingests,
    Landed,
    assert_same,
    assert_whole,
    every,
    ingest_stack,
    land_whole,
)
from tests.e2e.support.running import await_that

pytestmark = pytest.mark.e2e

SLOW = {"latency": {"min_ms": 100, "max_ms": 700}}
CATALOG_FAULTS: dict[str, dict[str, Any]] = {
    "storm_429": {"storm_429": {"rate": 0.05, "retry_after_s": 1}},
    "error_5xx": {"error_5xx": {"rate": 0.12}},
    "reset": {"reset": {"rate": 0.12}},
    "truncated_json": {"truncated_json": {"rate": 0.12}},
    "wrong_content_type": {"wrong_content_type": {"rate": 0.12}},
    "error_in_200": {"error_in_200": {"rate": 0.12}},
    "outage": {"outage": {"seconds": 3}},
}
QUEUE_FAULTS: dict[str, dict[str, Any]] = {
    "duplicates": {"duplicate_delivery_rate": 0.5},
    "reordered_sessions": {"reorder_sessions": True},
}
BLOWS: dict[str, dict[str, Any]] = {
    "dropped_connections": {"drop_connections": True},
    "lost_session_locks": {"lose_session_locks": True},
}
ALL_TOGETHER: dict[str, Any] = {
    name: {"rate": 0.02} for name in CATALOG_FAULTS if name not in ("outage", "storm_429")
}
ALL_TOGETHER |= {"storm_429": {"rate": 0.01, "retry_after_s": 1}, "outage": {"seconds": 2}, **SLOW}
#: Requests on their way when the first is refused.
IN_FLIGHT = 40
PAGES = {"tmdb": ("discover", 5), "discogs": ("search", 8)}


@pytest.fixture(scope="module")
def ingests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingests]:
    """Two hosts that share two lanes a source."""
    settings = {"LANES_PER_SOURCE": "2"}
    state_dir = tmp_path_factory.mktemp("matrix")
    with ingest_stack(state_dir, settings, films=100, releases=800, hosts=2, **UNLIMITED) as found:
        yield found


@pytest.fixture(scope="module")
def quiet(ingests: Ingests) -> Landed:
    """The run that nothing disturbed."""
    return land_whole(ingests)


@pytest.fixture(autouse=True)
def calm(ingests: Ingests, quiet: Landed) -> Iterator[None]:
    """Each test begins with fresh counts and ends without faults."""
    ingests.reset_stats()
    yield
    ingests.stack.set_faults({})
    ingests.queue_faults({})


def befallen(ingests: Ingests) -> dict[str, int]:
    """How often which fault befell a request."""
    counts: dict[str, int] = {}
    for stats in ingests.stack.catalog_stats().values():
        for name, count in stats["faults"].items():
            counts[name] = counts.get(name, 0) + count
    return counts


@pytest.mark.slow
@pytest.mark.parametrize("fault", CATALOG_FAULTS)
def test_faulty_answers_change_nothing(ingests: Ingests, quiet: Landed, fault: str) -> None:
    """Whatever one fault does to the answers, the run lands what the quiet run landed, and fails nothing."""
    ingests.stack.set_faults({"seed": 11, **CATALOG_FAULTS[fault]})
    landed = ingests.land()
    assert befallen(ingests)[fault] > 0
    assert_same(ingests, landed, quiet)


@pytest.mark.slow
def test_slow_answers_change_nothing(ingests: Ingests, quiet: Landed) -> None:
    """Answers that take up to one and a half seconds are waited for."""
    ingests.stack.set_faults({"latency": {"min_ms": 200, "max_ms": 1500}})
    assert_same(ingests, ingests.land(), quiet)
    assert ingests.requests() == quiet.status["progress"]["tmdb"]["requests"]


@pytest.mark.slow
@pytest.mark.parametrize("fault", QUEUE_FAULTS)
def test_unruly_queues_change_nothing(ingests: Ingests, quiet: Landed, fault: str) -> None:
    """Messages that come twice or in any order are counted once each."""
    ingests.queue_faults(QUEUE_FAULTS[fault])
    assert_same(ingests, ingests.land(), quiet)


@pytest.mark.slow
@pytest.mark.parametrize("fault", BLOWS)
def test_broken_links_change_nothing(ingests: Ingests, quiet: Landed, fault: str) -> None:
    """Connections and locks that are lost again and again cost nothing but time."""
    ingests.stack.set_faults(SLOW)
    blow = every(0.6, 3, lambda: ingests.queue_faults(BLOWS[fault]))
    assert_same(ingests, ingests.land(disturb=blow), quiet)


def test_all_faults_together_change_nothing(ingests: Ingests, quiet: Landed) -> None:
    """All of it at once, and the run still lands what the quiet run landed."""
    ingests.stack.set_faults({"seed": 5, **ALL_TOGETHER})
    ingests.queue_faults({"duplicate_delivery_rate": 0.3, "reorder_sessions": True})
    blow = every(0.8, 3, lambda: ingests.queue_faults({"drop_connections": True, "lose_session_locks": True}))
    assert_same(ingests, ingests.land(disturb=blow), quiet)


@pytest.mark.slow
def test_rows_that_move_between_pages_are_not_lost(ingests: Ingests, quiet: Landed) -> None:
    """Rows move while the lists are read for the first time: they are read again, no film or release is missing."""
    ingests.stack.set_faults({"seed": 3, "shifting_rows": {"rate": 0.6}, **SLOW})
    run_id = ingests.client.refresh()
    await_that(lambda: lists_were_read(ingests), "each page was asked for")
    ingests.stack.set_faults({})
    landed = ingests.finish(run_id)
    assert befallen(ingests)["shifting_rows"] > 0
    assert_whole(ingests, landed)
    coverage = landed.status["coverage"].values()
    assert sum(sums["reread"] for sums in coverage) > 0
    assert all((sums["found"], sums["short"]) == (sums["reported"], 0) for sums in coverage)
    assert details_of(landed) == details_of(quiet)


def lists_were_read(ingests: Ingests) -> bool:
    """Whether every page of both sources' lists was asked for at least once."""
    stats = ingests.stack.catalog_stats()
    return all(stats[source]["by_kind"].get(kind, 0) >= pages for source, (kind, pages) in PAGES.items())


def details_of(landed: Landed) -> set[str]:
    """Paths of the films whose details landed."""
    return {json.loads(request)["path"] for request, _ in landed.bronze.answers["tmdb/details"]}


@pytest.mark.slow
def test_a_rotated_key_ends_the_run_and_a_replay_completes_it(ingests: Ingests, quiet: Landed) -> None:
    """A key refused in mid-run fails the run at once, naming the setting; a replay lands what was left."""
    ingests.stack.set_faults(SLOW)
    run_id = ingests.client.refresh()
    await_that(lambda: ingests.requests() > 40, "the run is under way")
    ingests.stack.set_faults({"rotate_keys": {"tmdb_token": True}})
    failed = ingests.finish(run_id)
    assert failed.status["state"] == "failed"
    assert re.search(r"401.*TMDB_TOKEN", failed.status["reason"])
    await_that(lambda: ingests.waiting() == 0, "the failed run's messages are dealt with")
    refused = ingests.stack.catalog_stats()["tmdb"]["by_status"].get("401", 0)
    assert 0 < refused <= IN_FLIGHT
    ingests.stack.set_faults({})
    replayed = replay(ingests, run_id)
    assert replayed.status["replays"] == run_id
    assert all_answers(failed, replayed) == all_answers(quiet)


def replay(ingests: Ingests, run_id: str) -> Landed:
    """The run that does what another one left."""
    answer = ingests.client.request("POST", f"/runs/{run_id}/replay")
    assert answer.status_code == 202, answer.text
    return ingests.finish(answer.json()["run_id"])


def all_answers(*runs: Landed) -> set[tuple[str, str, str]]:
    """Kind, request and digest of every answer of some runs."""
    return {
        (kind, *answer) for run in runs for kind, answers in run.bronze.answers.items() for answer in answers
    }
