"""Watching: what died or was lost is noticed within minutes, and healed or told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.bus import DeadLetter
from shared.messages.events import TaskDone
from shared.messages.tasks import DiscoverParams, FetchTask
from shared.orchestration.dead_letters import REDRIVEN
from shared.planning.roots import RunRequest
from shared.runs.state import RunPlan, RunState
from shared.runs.store import RunStore
from tests.fakes import CrossfadeApp
from tests.unit.shared.orchestration.test_stages import publish

LONG_AGO = timedelta(minutes=30)


@pytest.fixture
def app() -> CrossfadeApp:
    return CrossfadeApp()


@pytest.fixture
async def run(app: CrossfadeApp) -> AsyncIterator[RunState]:
    """A run with its first tasks in the queues."""
    yield await app.services.starter.begin(RunRequest(), "test")


async def age(app: CrossfadeApp, run: RunState, by: timedelta = LONG_AGO) -> None:
    """Let a run look as if nothing had happened for a while."""
    then = datetime.now(UTC) - by

    def older(state: RunState) -> bool:
        state.created_at = then
        return True

    await RunStore(app.lake, lambda: then).change(run.run_id, older)
    progress = f"runs/{run.run_id}/progress.json"
    if app.lake.blob_names("control", progress):
        app.lake.age("control", progress, then)


async def state_of(app: CrossfadeApp, run: RunState) -> RunState:
    return await app.services.runs.get(run.run_id)


async def in_silver(app: CrossfadeApp, run: RunState) -> int:
    """Bring a run into silver; returns the number of its job run."""
    await app.drain_queues()
    await app.services.stages.start_silver(run.run_id)
    number = (await state_of(app, run)).stages["silver"].databricks_run_id
    assert number is not None
    return number


async def test_without_a_run_there_is_nothing_to_watch(app: CrossfadeApp) -> None:
    """No run, no write, but for the note that somebody looks."""
    await app.services.watchdog.watch()
    written = dict(app.lake.bytes_written)
    assert set(written) == {"alerts.json"}
    await app.services.watchdog.watch()
    assert app.lake.bytes_written == written


async def test_a_healthy_run_is_left_alone(app: CrossfadeApp, run: RunState) -> None:
    """Young and at work: nothing changes."""
    before, sent = await state_of(app, run), len(app.bus.sent)
    await app.services.watchdog.watch()
    assert await state_of(app, run) == before and len(app.bus.sent) == sent


async def test_a_failed_job_fails_the_run_with_its_error(app: CrossfadeApp, run: RunState) -> None:
    """The reason is what Databricks says."""
    app.databricks.end(await in_silver(app, run), is_ok=False, reason="AnalysisException: no such column")
    await app.services.watchdog.watch()
    ended = await state_of(app, run)
    assert ended.state == "failed" and "silver job" in str(ended.reason)
    assert "AnalysisException: no such column" in str(ended.reason)


async def test_a_job_without_a_manifest_fails_the_run(app: CrossfadeApp, run: RunState) -> None:
    """A job that ended well and published nothing is told apart."""
    app.databricks.end(await in_silver(app, run), is_ok=True)
    await app.services.watchdog.watch()
    ended = await state_of(app, run)
    assert ended.state == "failed" and f"control/silver/{run.run_id}.json" in str(ended.reason)


async def test_a_job_at_work_is_left_alone(app: CrossfadeApp, run: RunState) -> None:
    """However old the run is, a running job is waited for."""
    await in_silver(app, run)
    await age(app, run)
    await app.services.watchdog.watch()
    assert (await state_of(app, run)).state == "silver"


async def test_lost_triggers_heal_all_the_way(app: CrossfadeApp, run: RunState) -> None:
    """No blob trigger fires at all: the watcher starts silver, gold and ends the run."""
    await app.drain_queues()
    await age(app, run)
    await app.services.watchdog.watch()
    for stage, following in (("silver", "gold"), ("gold", "completed")):
        state = await state_of(app, run)
        number = state.stages[stage].databricks_run_id
        assert state.state == stage and number is not None
        app.databricks.end(number, is_ok=True)
        await publish(app, run.run_id, stage)
        await app.services.watchdog.watch()
        assert (await state_of(app, run)).state == stage, "a trigger that is only slow is waited for"
        await age(app, run)
        await app.services.watchdog.watch()
        assert (await state_of(app, run)).state == following


async def test_planning_that_was_cut_off_is_taken_up(app: CrossfadeApp, run: RunState) -> None:
    """A run that says planning for minutes: its first tasks are sent, once."""
    app.bus.queues.clear()
    app.bus.forget_duplicates()

    def back(state: RunState) -> bool:
        state.state = "planning"
        return True

    await app.services.runs.change(run.run_id, back)
    await app.services.watchdog.watch()
    assert app.bus.tasks == [], "a planner that is only slow is waited for"
    await age(app, run)
    await app.services.watchdog.watch()
    assert len(app.bus.tasks) == 2 and (await state_of(app, run)).state == "ingesting"


async def test_planning_that_kept_no_plan_fails_the_run(app: CrossfadeApp, run: RunState) -> None:
    """Without a plan there is nothing to take up; the next run may begin."""

    def back(state: RunState) -> bool:
        state.state = "planning"
        return True

    await app.services.runs.change(run.run_id, back)
    await app.lake.delete("control", f"runs/{run.run_id}/plan.json")
    await age(app, run)
    await app.services.watchdog.watch()
    assert (await state_of(app, run)).state == "failed"
    assert await app.services.runs.active() is None


async def test_an_overdue_run_is_reported_once(
    app: CrossfadeApp, run: RunState, caplog: pytest.LogCaptureFixture
) -> None:
    """Past its limit a run is marked and goes on."""
    await age(app, run, timedelta(hours=3))
    for _ in range(3):
        await app.services.watchdog.watch()
    state = await state_of(app, run)
    assert (state.state, state.overdue) == ("ingesting", True)
    assert caplog.text.count(f"run {run.run_id} takes longer than") == 1


async def test_lost_messages_are_sent_again(app: CrossfadeApp, run: RunState) -> None:
    """All queues empty, tasks open, nothing moves: they are found through their parents and the run completes."""
    await app.fetch(*app.bus.take("tmdb-fetch", 1))
    await app.services.fan_in.track(app.bus.take("run-events"))
    lost = {task.task_id for task in app.bus.tasks}
    app.bus.queues.clear()
    await app.services.watchdog.watch()
    assert app.bus.sent == [], "a run that moved just now is waited for"
    await age(app, run)
    await app.services.watchdog.watch()
    assert {task.task_id for task in app.bus.tasks} == lost
    await app.drain_queues()
    assert (await state_of(app, run)).state == "silver"


async def test_messages_that_wait_are_not_lost(app: CrossfadeApp, run: RunState) -> None:
    """A run that stands still because its messages are delayed is left alone."""
    await age(app, run)
    sent = len(app.bus.sent)
    await app.services.watchdog.watch()
    assert len(app.bus.sent) == sent


def letter(queue: str, body: str, **properties: str) -> DeadLetter:
    return DeadLetter(queue, body.encode(), "m1", 1, "MaxDeliveryCountExceeded", 10, properties)


def first_task(run: RunState) -> FetchTask:
    return FetchTask.create(run.run_id, run.ingest_date, DiscoverParams())


async def test_a_dead_task_is_sent_again_once_then_reported_failed_and_kept(
    app: CrossfadeApp, run: RunState
) -> None:
    """An outage may have used its deliveries up; dead again, it ends failed with what the queue said."""
    app.bus.queues.clear()
    app.bus.dead = [replace(letter("tmdb-fetch", first_task(run).to_json()), session_id="tmdb-1")]
    assert await app.services.drain.drain() == 1
    (again,) = app.bus.queues["tmdb-fetch"]
    assert FetchTask.from_json(again.body) == first_task(run)
    assert again.message_id != "m1" and again.session_id == "tmdb-1" and app.bus.events == []
    app.bus.queues.clear()
    app.bus.dead = [letter("tmdb-fetch", again.body, **again.properties)]
    assert await app.services.drain.drain() == 1
    (event,) = app.bus.events
    assert event.outcome == "failed" and "MaxDeliveryCountExceeded" in str(event.reason)
    assert "10 deliveries" in str(event.reason) and event.page is not None
    assert len(await app.services.failed_tasks.of_run(run.run_id)) == 1
    assert app.bus.dead == [] and await app.services.drain.drain() == 0


async def test_a_dead_task_of_an_ended_run_is_not_sent_again(app: CrossfadeApp, run: RunState) -> None:
    """Nobody waits for it any more."""
    await app.services.lifecycle.cancel(run.run_id, "enough")
    app.bus.queues.clear()
    app.bus.dead = [letter("tmdb-fetch", first_task(run).to_json())]
    await app.services.drain.drain()
    assert app.bus.tasks == []


async def test_a_dead_event_gets_one_more_chance(app: CrossfadeApp, run: RunState) -> None:
    """Sent once more under another id; dead again, it is kept among the unreadable."""
    app.bus.queues.clear()
    event = TaskDone(run_id=run.run_id, task_id="tmdb.discover-1", kind="tmdb.discover", outcome="landed")
    app.bus.dead = [letter("run-events", event.to_json())]
    await app.services.drain.drain()
    (sent,) = app.bus.queues["run-events"]
    assert (
        TaskDone.from_json(sent.body) == event and sent.message_id != "m1" and sent.session_id == run.run_id
    )
    app.bus.dead = [letter("run-events", sent.body, **sent.properties)]
    await app.services.drain.drain()
    assert len(app.bus.events) == 1
    assert len(app.lake.blob_names("control", "unreadable/")) == 1


async def test_a_broken_task_that_names_its_ids_still_ends(app: CrossfadeApp, run: RunState) -> None:
    """A task nobody can read is kept; if run and task can be read it is reported failed."""
    app.bus.queues.clear()
    broken = f'{{"run_id": "{run.run_id}", "task_id": "tmdb.discover-x", "params": 7}}'
    app.bus.dead = [
        letter("tmdb-fetch", broken),
        letter("tmdb-fetch", "nonsense"),
        letter("tmdb-fetch", "[]"),
    ]
    assert await app.services.drain.drain() == 3
    (event,) = app.bus.events
    assert (event.run_id, event.task_id, event.outcome) == (run.run_id, "tmdb.discover-x", "failed")


async def test_a_broken_event_is_kept_and_not_reported(app: CrossfadeApp, run: RunState) -> None:
    """An unreadable event is no task that failed."""
    app.bus.queues.clear()
    app.bus.dead = [letter("run-events", f'{{"run_id": "{run.run_id}", "task_id": "tmdb.x", "kind": 3}}')]
    await app.services.drain.drain()
    assert app.bus.events == []
    assert len(app.lake.blob_names("control", "unreadable/")) == 1


async def test_a_run_with_a_dead_task_ends(app: CrossfadeApp) -> None:
    """The only task is dead: the run fails and says why, instead of waiting for ever."""
    run = await app.services.starter.begin(RunRequest(sources=("tmdb",)), "test")
    body = app.bus.take("tmdb-fetch")[0].body
    app.bus.dead = [letter("tmdb-fetch", body, **{REDRIVEN: "1"})]
    await app.services.drain.drain()
    await app.drain_queues()
    ended = await state_of(app, run)
    assert ended.state == "failed" and "MaxDeliveryCountExceeded" in str(ended.reason)
    assert isinstance(await app.services.runs.plan(run.run_id), RunPlan)
