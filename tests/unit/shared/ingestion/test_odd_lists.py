"""Lists that answer oddly: what is asked again, what is believed in the end, and what is passed over."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.adapters.bus import Delivery
from shared.messages.events import TaskDone
from shared.messages.tasks import DiscoverParams, FetchTask, SearchParams, TaskParams
from shared.planning.roots import RunRequest
from shared.runs.state import RunState
from tests.fakes import CrossfadeApp, FakeCatalog

pytestmark = pytest.mark.usefixtures("no_backoff")
PAGE = "<html><title>404 Not Found</title></html>"


@pytest.fixture
def app() -> CrossfadeApp:
    return CrossfadeApp(FakeCatalog(films=60, releases=250), attempts_in_place=3)


@pytest.fixture
async def run(app: CrossfadeApp) -> AsyncIterator[RunState]:
    """An active run whose first tasks were taken off the queues."""
    state = await app.services.starter.begin(RunRequest(), "test")
    app.bus.queues.clear()
    yield state


async def work(app: CrossfadeApp, run: RunState, params: TaskParams) -> TaskDone:
    task = FetchTask.create(run.run_id, run.ingest_date, params)
    await app.fetch(Delivery(task.to_json(), task.message_id, 1))
    (event,) = app.bus.events
    return event


def discover(*ids: object, total: int, page: int = 1) -> httpx.Response:
    rows = [{"id": film_id} for film_id in ids]
    body = {"page": page, "results": rows, "total_pages": -(-total // 20), "total_results": total}
    return httpx.Response(200, json=body)


async def test_a_list_with_a_404_page_of_the_edge_is_asked_for_again(
    app: CrossfadeApp, run: RunState
) -> None:
    """HTML and 404 on a page of a search is no end: the same reading asks again."""
    app.catalog.faults["/database/search"] = [httpx.Response(404, text=PAGE)]
    event = await work(app, run, SearchParams(page=2))
    assert (event.outcome, event.records, event.retries) == ("landed", 100, 1)


async def test_a_page_that_is_gone_is_an_empty_page(app: CrossfadeApp, run: RunState) -> None:
    """The source says 404 of a page that page 1 promised: the list shrank, and rows may have moved."""
    gone = httpx.Response(404, json={"message": "The requested resource was not found."})
    app.catalog.faults["/database/search"] = [gone]
    event = await work(app, run, SearchParams(page=3))
    assert (event.outcome, event.records, event.page and event.page.ids) == ("landed", 0, ())
    assert event.page is not None and event.page.is_failed, "worth another reading"


async def test_a_catalog_that_was_empty_once_is_read(app: CrossfadeApp, run: RunState) -> None:
    """An empty first answer is not believed: the next one lists 60 films."""
    app.catalog.faults["/3/discover/movie"] = [discover(total=0)]
    event = await work(app, run, DiscoverParams())
    assert event.page is not None and event.page.head is not None and event.page.head.reported == 60


async def test_a_catalog_that_stays_empty_is_believed(app: CrossfadeApp, run: RunState) -> None:
    """After the last try in place the answer lands as it is; the run's end is judged by its sums."""
    app.catalog.faults["/3/discover/movie"] = [discover(total=0) for _ in range(3)]
    event = await work(app, run, DiscoverParams())
    assert (event.outcome, event.requests) == ("landed", 3)
    assert event.page is not None and event.page.head is not None and event.page.head.reported == 0


async def test_an_empty_page_with_a_total_is_asked_for_again(app: CrossfadeApp, run: RunState) -> None:
    """Page 2 of 3 without a row: the same task asks again and lists its 20 films."""
    app.catalog.faults["/3/discover/movie"] = [discover(total=60, page=2)]
    event = await work(app, run, DiscoverParams(page=2))
    assert event.page is not None and event.page.ids == tuple(range(21, 41))
