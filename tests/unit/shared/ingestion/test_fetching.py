"""Fetching: every task ends landed, failed or sent again, and nothing is landed twice."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from shared.adapters.bus import Delivery
from shared.ingestion import raw_blobs as raw
from shared.messages.tasks import (
    DetailsParams,
    DiscoverParams,
    FetchTask,
    ReleaseParams,
    SearchParams,
    TaskParams,
)
from shared.planning.roots import RunRequest
from shared.runs.state import RunState
from tests.fakes import CrossfadeApp, FakeCatalog

pytestmark = pytest.mark.usefixtures("no_backoff")


@pytest.fixture
def app() -> CrossfadeApp:
    return CrossfadeApp(resend_delay_s=30, max_attempts=4, attempts_in_place=3)


@pytest.fixture
async def run(app: CrossfadeApp) -> AsyncIterator[RunState]:
    """An active run whose first tasks were taken off the queues."""
    state = await app.services.starter.begin(RunRequest(), "test")
    app.bus.queues.clear()
    yield state


def task_of(run: RunState, params: TaskParams, **change: int) -> FetchTask:
    return FetchTask.create(run.run_id, run.ingest_date, params).model_copy(update=change)


async def work(app: CrossfadeApp, *tasks: FetchTask, deliveries: int = 1) -> None:
    batch = [Delivery(task.to_json(), task.message_id, deliveries) for task in tasks]
    await app.fetch(*batch)


async def test_a_task_lands_one_blob_and_reports(app: CrossfadeApp, run: RunState) -> None:
    """Three films, one blob of three lines, one report that says so."""
    task = task_of(run, DetailsParams(film_ids=(1, 2, 4)))
    await work(app, task)
    lines = raw.decode(app.lake.blob("raw", task.blob_name))
    assert [line.body["id"] for line in lines] == [1, 2, 4]
    (event,) = app.bus.events
    assert (event.outcome, event.records, event.requests, event.retries) == ("landed", 3, 3, 0)
    assert event.size_bytes == len(app.lake.blob("raw", task.blob_name))
    assert await app.lake.metadata("raw", task.blob_name)


async def test_children_are_sent_and_named_in_the_report(app: CrossfadeApp, run: RunState) -> None:
    """The first page of 30 films leads to a second page and to the details of its own 20."""
    await work(app, task_of(run, DiscoverParams()))
    (event,) = app.bus.events
    assert set(event.children) == {task.task_id for task in app.bus.tasks}
    assert sorted(task.kind for task in app.bus.tasks) == ["tmdb.details", "tmdb.discover"]
    assert event.page is not None and event.page.head is not None
    assert (event.page.head.reported, event.page.head.pages) == (30, 2)


async def test_a_removed_film_is_an_answer(app: CrossfadeApp, run: RunState) -> None:
    """A 404 for a film is kept as it came; it is no record and no failure."""
    app.catalog.gone.add(2)
    task = task_of(run, DetailsParams(film_ids=(1, 2)))
    await work(app, task)
    assert [line.status for line in raw.decode(app.lake.blob("raw", task.blob_name))] == [200, 404]
    (event,) = app.bus.events
    assert (event.outcome, event.records) == ("landed", 1)


async def test_a_redelivered_task_finds_its_blob_and_asks_nothing(app: CrossfadeApp, run: RunState) -> None:
    """Died after the blob was written: children and report are sent again, no request is made."""
    task = task_of(run, DiscoverParams())
    await work(app, task)
    first, asked = app.bus.events[0], len(app.catalog.asked)
    app.restart()
    app.bus.queues.clear()
    app.bus.forget_duplicates()
    await work(app, task, deliveries=2)
    assert len(app.catalog.asked) == asked
    (again,) = app.bus.events
    assert (again.children, again.records, again.page) == (first.children, first.records, first.page)
    assert {task.task_id for task in app.bus.tasks} == set(first.children)


async def test_two_workers_of_one_task_land_one_blob(app: CrossfadeApp, run: RunState) -> None:
    """The second copy of a message, delivered as new, leaves the blob and reports the same children."""
    task = task_of(run, DiscoverParams())
    await work(app, task)
    blob = app.lake.blob("raw", task.blob_name)
    app.catalog.films = range(1, 100)
    await work(app, task)
    assert app.lake.blob("raw", task.blob_name) == blob
    assert len(app.bus.events) == 1, "the second report is a duplicate of the first"


async def test_a_task_that_takes_too_long_is_sent_again(app: CrossfadeApp, run: RunState) -> None:
    """Two a minute and a limit of a moment: the tasks come again as the same attempt, so that each call ends."""
    app = CrossfadeApp(task_limit_s=0.2)
    app.limits["discogs"] = 2
    run = await app.services.starter.begin(RunRequest(), "test")
    app.bus.queues.clear()
    await work(app, *(task_of(run, ReleaseParams(release_id=n)) for n in range(1, 11)))
    assert [(task.attempt, task.sends) for task in app.bus.tasks] == [(1, 1)] * 10
    assert app.bus.events == [] and min(app.bus.delays_s) > 0


@pytest.mark.parametrize("body", ["", "nonsense", "{}", '{"version": 9}', "null"])
async def test_an_unreadable_message_is_kept_and_hurts_nobody(
    app: CrossfadeApp, run: RunState, body: str
) -> None:
    """Its neighbours land; the message is kept with the reason."""
    task = task_of(run, DetailsParams(film_ids=(1,)))
    await app.fetch(Delivery(body, "strange/id"), Delivery(task.to_json(), "m"))
    assert [event.outcome for event in app.bus.events] == ["landed"]
    (name,) = app.lake.blob_names("control", "unreadable/")
    kept = json.loads(app.lake.blob("control", name))
    assert kept["body"] == body and kept["reason"] and kept["message_id"] == "strange/id"


async def test_tasks_of_ended_runs_are_completed_unread(app: CrossfadeApp, run: RunState) -> None:
    """After a run ended, or for a run nobody knows, nothing is asked and nothing reported."""
    task = task_of(run, DetailsParams(film_ids=(1,)))
    await app.services.lifecycle.cancel(run.run_id, "enough")
    await work(app, task, FetchTask.create("unknown", run.ingest_date, DetailsParams(film_ids=(2,))))
    assert app.catalog.asked == [] and app.bus.sent == []


async def test_calls_of_one_session_share_its_lane(run: RunState, app: CrossfadeApp) -> None:
    """Two calls of one session wait for one pacer; another session has a lane of its own."""
    app = CrossfadeApp(lanes_per_source=2)
    lanes = app.services.lanes
    assert lanes.of("discogs", "discogs-0") is lanes.of("discogs", "discogs-0")
    assert lanes.of("discogs", "discogs-0") is not lanes.of("discogs", "discogs-1")
    assert lanes.of("discogs", "something else") is lanes.of("discogs", "discogs-0")
    assert CrossfadeApp().services.lanes.of("tmdb", "tmdb") is not lanes.of("tmdb", "tmdb-0")


async def test_a_task_costs_no_look_at_the_runs_state(app: CrossfadeApp, run: RunState) -> None:
    """However many messages come, the run's state is read every few seconds only."""
    reads: list[str] = []
    read = app.lake.read

    async def counted(container: str, name: str) -> bytes | None:
        reads.append(name)
        return await read(container, name)

    app.lake.read = counted  # type: ignore[method-assign]
    await work(app, *(task_of(run, ReleaseParams(release_id=n)) for n in range(1, 101)))
    assert len([name for name in reads if name.endswith("state.json")]) <= 2
    assert len(app.bus.events) == 100


async def test_no_token_is_written_anywhere(app: CrossfadeApp, run: RunState) -> None:
    """Neither blobs nor messages nor logs hold a token, also when requests fail."""
    app.catalog.faults["/3/movie/1"] = [httpx.Response(422, text="bad")]
    await work(app, task_of(run, DetailsParams(film_ids=(1,))), task_of(run, SearchParams()))
    written = app.lake.everything() + "".join(message.body for message in app.bus.sent).encode()
    for token in app.tokens.values():
        assert token.encode() not in written


async def test_release_details_follow_when_they_are_wanted() -> None:
    """With the setting on, each release of a page is asked for."""
    app = CrossfadeApp(FakeCatalog(releases=3), discogs_details=True)
    run = await app.services.starter.begin(RunRequest(sources=("discogs",)), "test")
    await app.drain_queues()
    folder = f"discogs/release/ingest_date={run.ingest_date}/"
    assert len(app.lake.blob_names("raw", folder)) == 3
