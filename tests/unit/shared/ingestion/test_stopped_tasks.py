"""Work that has lost its point: a refused token, a run that was cancelled, a record that always fails."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from shared.adapters.bus import Delivery
from shared.ingestion.active_runs import RUN_CHECK_S, ActiveRuns
from shared.ingestion.fetching import Fetcher, FetchOptions
from shared.messages.tasks import FetchTask, ReleaseParams
from shared.planning.roots import RunRequest
from shared.sources.lanes import Lanes
from tests.fakes import CrossfadeApp, FakeClock
from tests.unit.shared.ingestion.test_fetching import task_of


def delivery_of(task: FetchTask) -> Delivery:
    return Delivery(task.to_json(), task.message_id)


async def test_a_refused_token_is_not_tried_again_in_its_run() -> None:
    """After one 401 nothing more of the run is asked of that source; another run asks again."""
    app = CrossfadeApp()
    app.tokens["discogs"] = "wrong"
    asked = []
    for _ in range(2):
        run = await app.services.starter.begin(RunRequest(sources=("discogs",)), "test")
        app.bus.queues.clear()
        for number in range(1, 4):
            await app.fetch(delivery_of(task_of(run, ReleaseParams(release_id=number))))
        assert all(event.fatal and "DISCOGS_TOKEN" in str(event.reason) for event in app.bus.events)
        asked.append(len(app.catalog.asked))
        await app.services.lifecycle.cancel(run.run_id, "enough")
    assert asked == [1, 2]


async def test_tasks_stop_when_their_run_is_cancelled() -> None:
    """Some seconds after its run was cancelled, what waits in the lane is left unread, and sends nothing."""
    app, clock = CrossfadeApp(), FakeClock()
    run = await app.services.starter.begin(RunRequest(sources=("discogs",)), "test")
    app.bus.queues.clear()
    app.limits["discogs"] = 60
    waits = 0

    async def sleep(seconds: float) -> None:
        """The third wait for a slot is long enough for somebody to cancel the run."""
        nonlocal waits
        waits += 1
        if waits == 3:
            await app.services.lifecycle.cancel(run.run_id, "enough")
        await clock.sleep(seconds)

    lane = app.lane("discogs", clock, sleep)
    services = app.services
    fetcher = Fetcher(
        lanes=Lanes(lambda source: lane), lander=services.lander, bus=app.bus,
        active=ActiveRuns(services.runs, clock), failed_tasks=services.failed_tasks, telemetry=services.telemetry,
        watch=services.source_watch, clock=clock,
        options=FetchOptions(task_limit_s=240, outage_hold_s=0, max_attempts=4, resend_delay_s=30),
    )  # fmt: skip

    tasks = [task_of(run, ReleaseParams(release_id=number)) for number in range(1, 65)]
    await asyncio.gather(*(fetcher.work(delivery_of(task)) for task in tasks))
    assert 3 <= len(app.bus.events) == len(app.catalog.asked) <= 3 + RUN_CHECK_S + 2
    assert app.bus.tasks == []


@pytest.mark.usefixtures("no_backoff")
async def test_a_lone_task_that_always_fails_ends_its_run() -> None:
    """A run of one film that is answered 500 for ever looks like an outage, and ends all the same."""
    app = CrossfadeApp(max_failed_share=0.0)
    app.catalog.faults["/3/movie/1"] = [httpx.Response(500)] * 1000
    run = await app.services.starter.begin(RunRequest(sources=("tmdb",), film_ids=(1,)), "test")
    await app.drain_queues()
    state = await app.services.runs.get(run.run_id)
    assert state.state == "failed"
    assert "looks down" in (state.reason or "")
