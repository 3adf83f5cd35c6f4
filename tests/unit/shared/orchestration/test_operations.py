"""Cancel and replay: a run stops when told, and nothing it could not do is lost."""

from __future__ import annotations

import httpx
import pytest

from shared.errors import RunConflict, RunNotEnded, RunNotFound
from shared.messages.manifests import RunManifest
from shared.planning.roots import RunRequest
from tests.fakes import CrossfadeApp, FakeCatalog

pytestmark = pytest.mark.usefixtures("no_backoff")


def films_in_bronze(app: CrossfadeApp, run_id: str) -> int:
    return RunManifest.from_json(app.lake.blob("control", f"bronze/{run_id}.json")).counts["tmdb"]


async def test_a_cancelled_run_asks_nothing_more() -> None:
    """Its tasks are completed unread, its job is cancelled, and the next run may begin."""
    app = CrossfadeApp()
    run = await app.services.starter.begin(RunRequest(), "test")
    state = await app.services.operations.cancel(run.run_id)
    assert state.state == "cancelled"
    await app.drain_queues()
    assert app.catalog.asked == []
    await app.services.starter.begin(RunRequest(), "test")


async def test_a_cancelled_run_stops_its_job() -> None:
    """A silver job at work is asked to stop."""
    app = CrossfadeApp()
    run = await app.services.starter.begin(RunRequest(), "test")
    await app.drain_queues()
    await app.services.stages.start_silver(run.run_id)
    await app.services.operations.cancel(run.run_id)
    assert len(app.databricks.cancelled) == 1


async def test_cancelling_an_ended_or_unknown_run() -> None:
    """An ended run stays as it is; an unknown one is not found."""
    app = CrossfadeApp()
    run = await app.services.starter.begin(RunRequest(), "test")
    await app.services.lifecycle.fail(run.run_id, "because")
    assert (await app.services.operations.cancel(run.run_id)).state == "failed"
    with pytest.raises(RunNotFound):
        await app.services.operations.cancel("nope")


async def test_a_replay_does_what_a_failed_run_could_not() -> None:
    """Two films failed the run; replayed, they land, and bronze then holds all of both runs."""
    app = CrossfadeApp(FakeCatalog(films=45), max_attempts=1)
    for film in (7, 33):
        app.catalog.faults[f"/3/movie/{film}"] = [httpx.Response(500) for _ in range(9)]
    run = await app.services.starter.begin(RunRequest(), "test")
    await app.drain_queues()
    assert (await app.services.runs.get(run.run_id)).state == "failed"
    asked = len(app.catalog.asked)
    replay = await app.services.operations.replay(run.run_id)
    assert replay.run is not None and replay.tasks == 2 and replay.run.replays == run.run_id
    await app.drain_queues()
    assert films_in_bronze(app, replay.run.run_id) == 45
    assert len(app.catalog.asked) - asked < 60


async def test_a_replay_of_a_cancelled_run_goes_on_where_it_stopped() -> None:
    """Tasks it never came to are sent; what it landed is not asked for again."""
    app = CrossfadeApp(FakeCatalog(films=200))
    run = await app.services.starter.begin(RunRequest(sources=("tmdb",)), "test")
    for _ in range(3):
        await app.fetch(*app.bus.take("tmdb-fetch", 2))
        await app.services.fan_in.track(app.bus.take("run-events"))
    await app.services.operations.cancel(run.run_id)
    app.bus.queues.clear()
    replay = await app.services.operations.replay(run.run_id)
    assert replay.run is not None
    await app.drain_queues()
    assert films_in_bronze(app, replay.run.run_id) == 200


async def test_nothing_left_to_do_begins_no_run() -> None:
    """A run without failures has nothing to replay."""
    app = CrossfadeApp()
    run = await app.services.starter.begin(RunRequest(), "test")
    await app.drain_queues()
    await app.services.lifecycle.complete(run.run_id)
    replay = await app.services.operations.replay(run.run_id)
    assert (replay.run, replay.tasks) == (None, 0)
    assert await app.services.runs.active() is None


async def test_an_active_run_is_not_replayed() -> None:
    """First it has to end; another active run is in the way too."""
    app = CrossfadeApp()
    run = await app.services.starter.begin(RunRequest(), "test")
    with pytest.raises(RunNotEnded, match=run.run_id):
        await app.services.operations.replay(run.run_id)
    await app.services.operations.cancel(run.run_id)
    other = await app.services.starter.begin(RunRequest(), "test")
    with pytest.raises(RunConflict, match=other.run_id):
        await app.services.operations.replay(run.run_id)
    with pytest.raises(RunNotFound):
        await app.services.operations.replay("nope")


async def test_a_run_that_was_cut_off_before_its_plan_has_nothing_to_replay() -> None:
    """It is known, and had nothing to do."""
    app = CrossfadeApp()
    run = await app.services.starter.begin(RunRequest(), "test")
    await app.services.lake.delete("control", f"runs/{run.run_id}/plan.json")
    await app.services.lifecycle.fail(run.run_id, "cut off")
    assert (await app.services.operations.replay(run.run_id)).tasks == 0
