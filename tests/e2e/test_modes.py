"""The kinds of runs there are, and what people and the watch do to runs in their middle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from azure.servicebus import ServiceBusReceivedMessage

from tests.e2e.support.ingesting import UNLIMITED, Ingests, Landed, assert_same, assert_whole, ingest_stack
from tests.e2e.support.running import await_that

pytestmark = pytest.mark.e2e

FILMS, RELEASES = 160, 1200
HOSTS = ("host", "host-2")
SETTINGS = {"STALLED_AFTER_MIN": "0.02", "MAX_FAILED_SHARE": "0.5"}
SLOW = {"latency": {"min_ms": 500, "max_ms": 1500}}
#: So that a busy machine can cancel a run before 64 calls at a time have asked for everything.
VERY_SLOW = {"latency": {"min_ms": 4000, "max_ms": 8000}}
INCREMENTAL = {"mode": "incremental"}


@pytest.fixture(scope="module")
def ingests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingests]:
    """Two hosts, a watch that loses patience soon, and runs that survive a few failed tasks."""
    state_dir = tmp_path_factory.mktemp("modes")
    with ingest_stack(state_dir, SETTINGS, films=FILMS, releases=RELEASES, hosts=2, **UNLIMITED) as found:
        yield found


@pytest.fixture(scope="module")
def first(ingests: Ingests) -> Landed:
    """The first run there is, asked to be incremental; it completes."""
    return ingests.complete(INCREMENTAL)


@pytest.fixture(autouse=True)
def calm(ingests: Ingests, first: Landed) -> Iterator[None]:
    """Each test begins with fresh counts and ends without faults."""
    ingests.reset_stats()
    yield
    ingests.stack.set_faults({})


def films_of(landed: Landed) -> set[int]:
    """Ids of the films whose details landed."""
    requests = (json.loads(request) for request, _ in landed.bronze.answers.get("tmdb/details", ()))
    return {int(request["path"].rsplit("/", 1)[-1]) for request in requests}


def slow_run(ingests: Ingests, requests: int = 30, faults: dict[str, Any] = SLOW) -> str:
    """A run that is under way, and has a while to go."""
    ingests.stack.set_faults(faults)
    run_id = ingests.client.refresh()
    await_that(lambda: ingests.requests() >= requests, "the run is under way")
    return run_id


@contextmanager
def nobody_works(ingests: Ingests) -> Iterator[None]:
    """All hosts are dead meanwhile."""
    hosts = [ingests.stack.parts[name] for name in HOSTS]
    for host in hosts:
        host.kill()
    yield
    for host in hosts:
        host.start()
    for host in hosts:
        host.wait_ready(60.0)


def test_a_first_incremental_run_is_full_and_says_so(ingests: Ingests, first: Landed) -> None:
    """Without a completed run before it, an incremental run reads everything, and its note says why."""
    assert first.status["mode"] == "full"
    assert "no run has completed" in first.status["note"]
    assert len(films_of(first)) == FILMS


def test_given_films_are_read_alone(ingests: Ingests, first: Landed) -> None:
    """A refresh of given film ids asks for these films, and for no list."""
    wanted = sorted(films_of(first))[5:30]
    landed = ingests.land({"film_ids": wanted})
    assert films_of(landed) == set(wanted)
    assert set(landed.bronze.answers) <= {"tmdb/details", "tmdb/collection"}
    assert_whole(ingests, landed)


def test_a_range_of_dates_is_read_alone(ingests: Ingests, first: Landed) -> None:
    """A refresh from one release date to another lands the films that the API lists between them."""
    since, until = "1990-01-01", "2004-12-31"
    listed = discovered(ingests, since, until)
    assert 0 < listed < FILMS
    landed = ingests.land({"sources": ["tmdb"], "since": since, "until": until})
    assert len(films_of(landed)) == listed
    assert films_of(landed) < films_of(first)


def discovered(ingests: Ingests, since: str, until: str) -> int:
    """How many films the API lists between two release dates."""
    url = f"{ingests.stack.parts['catalog'].url}/tmdb/3/discover/movie"
    params = {"primary_release_date.gte": since, "primary_release_date.lte": until}
    headers = {"Authorization": f"Bearer {ingests.stack.credentials.tmdb_token}"}
    return int(httpx.get(url, params=params, headers=headers).raise_for_status().json()["total_results"])


@pytest.mark.slow
def test_a_cancelled_run_stops(ingests: Ingests, first: Landed) -> None:
    """Cancelled in mid-ingest, a run ends at once; what is left of it is completed unread."""
    run_id = slow_run(ingests, faults=VERY_SLOW)
    answer = ingests.client.request("POST", f"/runs/{run_id}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    ingests.stack.set_faults({})
    await_that(lambda: ingests.waiting() == 0, "the queues are empty")
    assert ingests.client.status(run_id)["state"] == "cancelled"
    assert ingests.requests() < first.status["progress"]["tmdb"]["requests"]


def test_lost_messages_are_found_and_sent_again(ingests: Ingests, first: Landed) -> None:
    """Every queue loses all it holds in mid-run: the watch finds out, and the run lands what a quiet one lands."""
    run_id = slow_run(ingests)
    with nobody_works(ingests):
        ingests.purge()
        ingests.stack.set_faults({})
    await_that(lambda: is_found(ingests, run_id), "the watch sends the lost tasks again")
    assert_same(ingests, ingests.finish(run_id), first)


def is_found(ingests: Ingests, run_id: str) -> bool:
    """Let the watch look; whether the run moved on."""
    ingests.call("watch_runs")
    return bool(ingests.waiting()) or ingests.client.status(run_id)["state"] == "silver"


def test_messages_that_cannot_be_read_hold_nobody_up(ingests: Ingests, first: Landed) -> None:
    """Rubbish, and a task of the run that makes no sense, are put aside; everything else of the run lands."""
    run_id = slow_run(ingests, requests=5)
    poison = {"version": 1, "run_id": run_id, "task_id": "tmdb.details-0-00", "params": {"kind": "tmdb.poem"}}
    ingests.send("tmdb-fetch", "tmdb", "this is no task")
    ingests.send("tmdb-fetch", "tmdb", json.dumps(poison))
    ingests.stack.set_faults({})
    assert_same(ingests, ingests.finish(run_id), first)


def test_a_dead_letter_ends_its_task_and_is_replayed(ingests: Ingests, first: Landed) -> None:
    """A task that becomes a dead letter is drained and reported failed; a replay of the run lands it."""
    run_id = slow_run(ingests)
    with nobody_works(ingests):
        dead = kill_one_message(ingests)
        ingests.stack.set_faults({})
    ingests.call("drain_dead_letters")
    landed = ingests.finish(run_id)
    assert landed.status["state"] == "silver"
    assert [failure["task_id"] for failure in landed.status["failures"]] == [dead["task_id"]]
    assert ingests.dead_letters() == 0
    answer = ingests.client.request("POST", f"/runs/{run_id}/replay").json()
    assert answer["tasks"] == 1
    replayed = ingests.finish(answer["run_id"])
    assert films_of(replayed) == set(dead["params"]["film_ids"])
    assert films_of(landed) | films_of(replayed) == films_of(first)


def kill_one_message(ingests: Ingests) -> dict[str, Any]:
    """Make a dead letter of a task that asks for films; returns the task."""
    with ingests.bus() as client, client.get_queue_receiver("tmdb-fetch", session_id="tmdb") as receiver:
        for message in receiver.receive_messages(200, max_wait_time=5):
            task = task_of(message)
            if task["params"]["kind"] == "tmdb.details":
                receiver.dead_letter_message(message, reason="killed by a test")
                return task
    raise AssertionError("no task of film details waits in the queue")


def task_of(message: ServiceBusReceivedMessage) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(str(message))
    return found


def test_an_incremental_run_lands_what_changed(ingests: Ingests, first: Landed) -> None:
    """After a completed run only changed films land, and what a completed incremental run landed lands no more."""
    touched = sorted(films_of(first))[3:6]
    ingests.touch(touched)
    second = ingests.complete(INCREMENTAL)
    assert (second.status["mode"], second.status["note"]) == ("incremental", None)
    assert set(touched) <= films_of(second)
    assert second.tasks["requests"] < first.tasks["requests"] / 2
    third = ingests.land(INCREMENTAL)
    assert third.tasks["failed"] == 0
    assert films_of(third) == set()


@pytest.mark.slow
def test_a_bulk_run_lands_the_dump_before_it_asks(ingests: Ingests, first: Landed) -> None:
    """Every release of the catalog out of the file, then the newest years; all films of the id export are known."""
    bulk = ingests.land({"mode": "bulk"})
    assert bulk.status["state"] == "silver", bulk.status["reason"]
    assert list(bulk.status["stages"]) == ["bulk", "ingest", "silver", "gold"]
    assert f"all {FILMS} films" in bulk.status["note"] and bulk.status["counts"]["bulk_releases"] == RELEASES
    assert len(bulk.bronze.answers["discogs/dump"]) == RELEASES
    searches = [json.loads(request)["query"] for request, _ in bulk.bronze.answers["discogs/search"]]
    assert len({query["year"] for query in searches}) == 3
    assert bulk.status["counts"]["bronze_discogs"] >= RELEASES


@pytest.mark.slow
def test_fresh_answers_are_not_asked_for_again(ingests: Ingests) -> None:
    """With a freshness time, a run soon after a completed one lands the same without asking."""
    before = ingests.complete()
    with nobody_works(ingests):
        for name in HOSTS:
            ingests.stack.parts[name].env["FRESHNESS_MIN"] = "60"
    ingests.reset_stats()
    again = ingests.land()
    assert_same(ingests, again, before)
    assert again.tasks["saved_requests"] == before.tasks["requests"]
    assert [stats["requests"] for stats in ingests.stack.catalog_stats().values()] == [0, 0]
