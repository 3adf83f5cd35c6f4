"""Fetching from sources that fail: retried in place, sent again later, or failed with the reason."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.messages.tasks import DetailsParams, DiscoverParams, SearchParams
from shared.planning.roots import RunRequest
from shared.runs.state import RunState
from tests.fakes import CrossfadeApp
from tests.unit.shared.ingestion.test_fetching import task_of, work

pytestmark = pytest.mark.usefixtures("no_backoff")
SERVER_ERROR = httpx.Response(503)


@pytest.fixture
def app() -> CrossfadeApp:
    return CrossfadeApp(resend_delay_s=30, max_attempts=4, attempts_in_place=3)


@pytest.fixture
async def run(app: CrossfadeApp) -> AsyncIterator[RunState]:
    """An active run whose first tasks were taken off the queues."""
    state = await app.services.starter.begin(RunRequest(), "test")
    app.bus.queues.clear()
    yield state


async def test_a_passing_fault_is_asked_again_in_place(app: CrossfadeApp, run: RunState) -> None:
    """A 503, a reset and half a body are retried at once, within the task."""
    app.catalog.faults["/3/movie/1"] = [SERVER_ERROR, httpx.ReadError("reset")]
    app.catalog.faults["/3/movie/2"] = [httpx.Response(200, text='{"id": 2, "ti')]
    await work(app, task_of(run, DetailsParams(film_ids=(1, 2))))
    (event,) = app.bus.events
    assert (event.outcome, event.records, event.requests, event.retries) == ("landed", 2, 5, 3)


async def test_a_429_costs_no_attempt(app: CrossfadeApp, run: RunState) -> None:
    """More 429s than attempts: the lane waits, the task lands."""
    app.catalog.faults["/3/movie/1"] = [httpx.Response(429, headers={"Retry-After": "0"}) for _ in range(9)]
    await work(app, task_of(run, DetailsParams(film_ids=(1,))))
    (event,) = app.bus.events
    assert (event.outcome, event.throttled, event.retries) == ("landed", 9, 0)


@pytest.mark.parametrize(("attempt", "delay_s"), [(1, 30), (2, 120), (3, 480)])
async def test_a_lasting_fault_sends_the_task_again_later(
    app: CrossfadeApp, run: RunState, attempt: int, delay_s: float
) -> None:
    """After the tries in place: 30 s, 2 min, 8 min, each time as the next attempt; nothing is written."""
    app.catalog.faults["/3/movie/1"] = [SERVER_ERROR] * 3
    task = task_of(run, DetailsParams(film_ids=(1,)), attempt=attempt)
    await work(app, task)
    (again,) = app.bus.tasks
    assert (again.task_id, again.attempt, app.bus.delays_s) == (task.task_id, attempt + 1, [delay_s])
    assert app.lake.blob_names("raw") == [] and app.bus.events == []


async def test_the_last_attempt_fails_the_task_and_keeps_it(app: CrossfadeApp, run: RunState) -> None:
    """The fourth attempt in vain is the last: reported with its reason, kept for replay."""
    app.catalog.faults["/3/movie/1"] = [SERVER_ERROR] * 3
    task = task_of(run, DetailsParams(film_ids=(1,)), attempt=4)
    await work(app, task)
    (event,) = app.bus.events
    assert event.outcome == "failed" and "503" in str(event.reason) and not event.fatal
    (failed,) = await app.services.failed_tasks.of_run(run.run_id)
    assert failed.task == task and "503" in failed.reason


async def test_a_refused_request_fails_at_once(app: CrossfadeApp, run: RunState) -> None:
    """A 422 is not asked twice; the page still counts as a page of its list."""
    app.catalog.faults["/3/discover/movie"] = [httpx.Response(422, json={"status_message": "page"})]
    await work(app, task_of(run, DiscoverParams(page=3)))
    (event,) = app.bus.events
    assert (event.outcome, len(app.catalog.asked)) == ("failed", 1)
    assert event.page is not None and event.page.slice_id == task_of(run, DiscoverParams()).task_id


async def test_a_list_page_that_is_missing_fails(app: CrossfadeApp, run: RunState) -> None:
    """A 404 for the first page of a list is no removed record, and nobody promised less than that page."""
    app.catalog.faults["/database/search"] = [httpx.Response(404, json={"message": "gone"})]
    await work(app, task_of(run, SearchParams()))
    assert [event.outcome for event in app.bus.events] == ["failed"]


async def test_a_refused_token_is_fatal(app: CrossfadeApp, run: RunState) -> None:
    """A 401 with no newer token fails the task at once, and says that nothing else can work."""
    app.tokens["tmdb"] = "wrong"
    await work(app, task_of(run, DetailsParams(film_ids=(1,))))
    (event,) = app.bus.events
    assert event.fatal and "TMDB_TOKEN" in str(event.reason)
    assert len(app.catalog.asked) == 1


async def test_an_answer_of_another_shape_never_lands(app: CrossfadeApp, run: RunState) -> None:
    """A page without its list is sent again later, and no blob says that it was whole."""
    app.catalog.faults["/3/discover/movie"] = [httpx.Response(200, json={"page": 1})] * 3
    await work(app, task_of(run, DiscoverParams()))
    assert [task.attempt for task in app.bus.tasks] == [2]
    assert app.lake.blob_names("raw") == []


async def test_an_outage_costs_no_attempt(app: CrossfadeApp, run: RunState) -> None:
    """When every request fails the source is down: tasks wait, none is failed, and few requests are spent."""
    tasks = [task_of(run, DetailsParams(film_ids=(n,)), attempt=4) for n in range(1, 31)]
    for n in range(1, 31):
        app.catalog.faults[f"/3/movie/{n}"] = [httpx.ConnectError("refused") for _ in range(100)]
    for _ in range(3):
        await work(app, *tasks)
    assert "failed" not in {event.outcome for event in app.bus.events[20:]}
    assert {task.attempt for task in app.bus.tasks} == {4}
    assert len(app.catalog.asked) < 60
