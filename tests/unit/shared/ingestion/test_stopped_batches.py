"""Work that has lost its point: a refused token, a run that was cancelled, a record that always fails."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from shared.adapters.bus import Delivery
from shared.errors import CredentialsRejected
from shared.ingestion.fetching import RUN_CHECK_S, Fetcher, FetchOptions
from shared.ingestion.landing import Lander
from shared.messages.tasks import DetailsParams
from shared.planning.roots import RunRequest
from tests.fakes import CrossfadeApp, FakeClock
from tests.unit.shared.ingestion.test_fetching import task_of
from tests.unit.shared.sources.test_lanes import Bench


async def test_a_refused_token_is_not_tried_again_in_its_batch() -> None:
    """After one 401 nothing more is asked until the next batch begins."""
    bench = Bench()
    bench.catalog.tokens.clear()
    for _ in range(3):
        with pytest.raises(CredentialsRejected, match="DISCOGS_TOKEN"):
            await bench.ask()
    assert len(bench.catalog.asked) == 1
    bench.lane.begin_batch()
    with pytest.raises(CredentialsRejected):
        await bench.ask()
    assert len(bench.catalog.asked) == 2


async def test_a_batch_stops_when_its_run_is_cancelled() -> None:
    """Some seconds after its run was cancelled, a batch leaves what it has not begun unread, and sends nothing."""
    app, passed = CrossfadeApp(), FakeClock()
    run = await app.services.starter.begin(RunRequest(), "test")
    app.bus.queues.clear()
    tasks = [task_of(run, DetailsParams(film_ids=(film_id,))) for film_id in range(1, 9)]

    class CancelsAfterTwo(Lander):
        landed = 0

        async def land(self, *args, **kwargs):  # type: ignore[no-untyped-def]  # as the original
            self.landed += 1
            passed.advance(RUN_CHECK_S)
            if self.landed == 2:
                await app.services.lifecycle.cancel(run.run_id, "enough")
            return await super().land(*args, **kwargs)

    services = app.services
    lander = CancelsAfterTwo(
        app.lake, app.bus, services.telemetry, services.response_cache, services.fingerprints
    )
    options = FetchOptions(tasks_in_flight=1)
    fetcher = Fetcher(
        {"tmdb": app.lane("tmdb")}, lander, services.fingerprints, app.bus, services.runs,
        services.failed_tasks, services.telemetry, options, lambda: time.monotonic() + passed(),
    )  # fmt: skip
    await asyncio.wait_for(fetcher.work([Delivery(t.to_json(), t.message_id) for t in tasks], None), 10)
    assert lander.landed == len(app.bus.events) == 2
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
