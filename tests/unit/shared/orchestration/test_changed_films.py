"""Films that changed: each is asked for once, however many lists of a run name it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import httpx
import pytest

from shared.adapters.bus import EVENT_QUEUE, TASK_QUEUES
from shared.planning.roots import RunRequest
from shared.runs.state import RunState
from tests.fakes import CrossfadeApp, FakeCatalog
from tests.fakes.catalog import FIRST_DAY

pytestmark = pytest.mark.usefixtures("no_backoff")

INCREMENTAL = RunRequest(sources=("tmdb",), mode="incremental")


@pytest.fixture
async def app() -> CrossfadeApp:
    """30 films, all known and all changed since; half of them are of these weeks."""
    app = CrossfadeApp(FakeCatalog(films=30))
    today = (datetime.now(UTC).date() - FIRST_DAY).days
    app.catalog.films = range(today - 60, today - 30)
    first = await app.services.starter.begin(RunRequest(sources=("tmdb",)), "test")
    await complete(app, first)
    app.catalog.asked.clear()
    return app


async def complete(app: CrossfadeApp, run: RunState) -> None:
    await app.drain_queues()
    await app.services.lifecycle.complete(run.run_id)


def times_asked(app: CrossfadeApp) -> Counter[int]:
    """How often each film was asked for."""
    paths = [asked.split("?")[0] for asked in app.catalog.asked if asked.startswith("/3/movie/")]
    return Counter(int(path.rsplit("/", 1)[-1]) for path in paths if not path.endswith("changes"))


def all_once(app: CrossfadeApp) -> Counter[int]:
    return Counter(app.catalog.films)


async def work_one(app: CrossfadeApp) -> None:
    """The first task in TMDB's queue, and what it reports."""
    await app.fetch(*app.bus.take(TASK_QUEUES["tmdb"], 1))
    await app.services.fan_in.track(app.bus.take(EVENT_QUEUE))


async def test_a_film_on_several_lists_is_asked_for_once(app: CrossfadeApp) -> None:
    """New and changed: one request a film."""
    run = await app.services.starter.begin(INCREMENTAL, "test")
    assert run.mode == "incremental"
    await complete(app, run)
    assert times_asked(app) == all_once(app)


async def test_changes_wait_for_the_other_lists_only(app: CrossfadeApp) -> None:
    """Once the list of new films is read too, what changed is asked for."""
    await app.services.starter.begin(INCREMENTAL, "test")
    await work_one(app)
    assert {task.kind for task in app.bus.tasks} == {"tmdb.discover"}
    await work_one(app)
    assert {task.kind for task in app.bus.tasks} == {"tmdb.details"}


async def test_a_list_that_fails_takes_no_changes_with_it(app: CrossfadeApp) -> None:
    """The list of new films fails for good: what changed is asked for all the same."""
    app.catalog.faults["/3/discover/movie"] = [httpx.Response(422, json={"success": False}) for _ in range(9)]
    await complete(app, await app.services.starter.begin(INCREMENTAL, "test"))
    assert times_asked(app) == all_once(app)


async def test_a_run_cut_off_between_the_lists_asks_in_its_replay(app: CrossfadeApp) -> None:
    """The changes had landed, the films they name were not asked for yet: the replay asks, once each."""
    cut_off = await app.services.starter.begin(INCREMENTAL, "test")
    await work_one(app)
    await app.services.operations.cancel(cut_off.run_id)
    app.bus.take(TASK_QUEUES["tmdb"])
    replay = await app.services.operations.replay(cut_off.run_id)
    assert replay.run is not None
    await complete(app, replay.run)
    assert times_asked(app) == all_once(app)


async def test_a_restart_between_the_lists_asks_once(app: CrossfadeApp) -> None:
    """A new process folds the journal and comes to the same."""
    run = await app.services.starter.begin(INCREMENTAL, "test")
    await work_one(app)
    app.restart()
    await complete(app, run)
    assert times_asked(app) == all_once(app)
