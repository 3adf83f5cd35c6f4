"""The fan-in: bronze is closed once, for good reasons only, and no event in time is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from shared.adapters.bus import Delivery
from shared.messages.events import PageRead, SliceHead, TaskDone
from shared.messages.tasks import DiscoverParams, FetchTask, ReleaseParams
from shared.planning.roots import RunRequest
from shared.runs.journal import Journal
from shared.runs.state import RunState
from tests.builders.events import done
from tests.fakes import CrossfadeApp, LakeDown


@pytest.fixture
def app() -> CrossfadeApp:
    return CrossfadeApp()


@pytest.fixture
async def run(app: CrossfadeApp) -> AsyncIterator[RunState]:
    """A run of one root task, which nobody works on."""
    state = await app.services.starter.begin(RunRequest(sources=("discogs",)), "test")
    yield state


def tasks(run: RunState, count: int) -> list[FetchTask]:
    return [
        FetchTask.create(run.run_id, run.ingest_date, ReleaseParams(release_id=n + 1)) for n in range(count)
    ]


def delivery(event: TaskDone) -> Delivery:
    return Delivery(event.to_json(), event.message_id)


async def track(app: CrossfadeApp, *events: TaskDone) -> None:
    await app.services.fan_in.track([delivery(event) for event in events])


async def state_of(app: CrossfadeApp, run: RunState) -> str:
    return (await app.services.runs.get(run.run_id)).state


def manifests(app: CrossfadeApp) -> list[str]:
    return app.lake.blob_names("control", "bronze/")


async def test_the_last_event_closes_bronze_once(app: CrossfadeApp, run: RunState) -> None:
    """One manifest, however often the last event comes."""
    (root,) = app.bus.tasks
    children = tasks(run, 2)
    await track(app, done(root, *children), done(children[0]))
    assert (await state_of(app, run), manifests(app)) == ("ingesting", [])
    for _ in range(3):
        await track(app, done(children[1]), done(children[1]))
    assert (await state_of(app, run), manifests(app)) == ("silver", [f"bronze/{run.run_id}.json"])


async def test_a_fatal_failure_ends_the_run_at_once(app: CrossfadeApp, run: RunState) -> None:
    """With tasks still open the run fails with that reason, and bronze is not closed."""
    (root,) = app.bus.tasks
    child, *_ = children = tasks(run, 5)
    reason = "the token is refused; check the setting DISCOGS_TOKEN"
    await track(app, done(root, *children), done(child, outcome="failed", reason=reason, fatal=True))
    ended = await app.services.runs.get(run.run_id)
    assert (ended.state, ended.reason, manifests(app)) == ("failed", reason, [])
    assert await app.services.runs.active() is None


async def test_too_many_failures_fail_the_run_and_say_why(app: CrossfadeApp, run: RunState) -> None:
    """2 of 101 tasks failed: more than 1 %, so nothing downstream starts."""
    (root,) = app.bus.tasks
    children = tasks(run, 100)
    failed = [done(child, outcome="failed", reason=f"because of {n}") for n, child in enumerate(children[:2])]
    await track(app, done(root, *children), *failed, *(done(child) for child in children[2:]))
    ended = await app.services.runs.get(run.run_id)
    assert ended.state == "failed" and manifests(app) == []
    assert "2 of 101" in str(ended.reason) and "because of 0" in str(ended.reason)


async def test_one_failure_in_a_hundred_is_survived(app: CrossfadeApp, run: RunState) -> None:
    """Exactly 1 % failed is at most 1 %."""
    (root,) = app.bus.tasks
    children = tasks(run, 99)
    await track(app, done(root, *children), done(children[0], outcome="failed"), *map(done, children[1:]))
    assert await state_of(app, run) == "silver"


async def test_events_that_come_before_the_plan_is_done_count(app: CrossfadeApp, run: RunState) -> None:
    """Workers may be faster than the planner: its run still says planning, and no event is lost."""
    (root,) = app.bus.tasks

    def back_to_planning(state: RunState) -> bool:
        state.state = "planning"
        return True

    await app.services.runs.change(run.run_id, back_to_planning)
    child, other = tasks(run, 2)
    await track(app, done(root, child, other), done(child))
    app.restart()
    await track(app, done(other))
    assert manifests(app) == [f"bronze/{run.run_id}.json"]


async def test_a_death_between_state_and_manifest_heals(app: CrossfadeApp, run: RunState) -> None:
    """The run says silver, the manifest is missing, the batch comes again: the manifest is written."""
    (root,) = app.bus.tasks
    app.lake.broken, app.bus.is_down = {"bronze/"}, True
    with pytest.raises(LakeDown):
        await track(app, done(root))
    assert (await state_of(app, run), manifests(app)) == ("silver", [])
    app.lake.broken, app.bus.is_down = set(), False
    app.restart()
    await track(app, done(root))
    assert manifests(app) == [f"bronze/{run.run_id}.json"]


async def test_a_late_event_of_an_ended_run_changes_nothing(app: CrossfadeApp, run: RunState) -> None:
    """After a cancel the last event neither closes bronze nor revives the run."""
    (root,) = app.bus.tasks
    await app.services.lifecycle.cancel(run.run_id, "enough")
    await track(app, done(root))
    assert (await state_of(app, run), manifests(app)) == ("cancelled", [])


async def test_a_late_event_of_a_run_in_silver_changes_nothing(app: CrossfadeApp, run: RunState) -> None:
    """A duplicate after the silver job was started is passed over."""
    (root,) = app.bus.tasks
    await track(app, done(root))
    await app.services.stages.start_silver(run.run_id)
    before = await app.services.runs.get(run.run_id)
    await track(app, done(root))
    assert await app.services.runs.get(run.run_id) == before


async def test_events_of_an_unknown_run_are_passed_over(
    app: CrossfadeApp, run: RunState, caplog: pytest.LogCaptureFixture
) -> None:
    """They are reported in the log, and the batch's other events count."""
    (root,) = app.bus.tasks
    stranger = done(root).model_copy(update={"run_id": "20200101T000000Z-0000"})
    await track(app, stranger, done(root))
    assert await state_of(app, run) == "silver"
    assert "20200101T000000Z-0000" in caplog.text


async def test_an_unreadable_event_is_kept_and_hurts_nobody(app: CrossfadeApp, run: RunState) -> None:
    """Its neighbours count; it lies among the unreadable messages."""
    (root,) = app.bus.tasks
    await app.services.fan_in.track([Delivery("nonsense", "m1"), delivery(done(root))])
    assert await state_of(app, run) == "silver"
    assert len(app.lake.blob_names("control", "unreadable/")) == 1


async def test_another_process_goes_on_where_the_first_stopped(app: CrossfadeApp, run: RunState) -> None:
    """The fold is read from the journal; a process that lost the session reads on before it counts."""
    (root,) = app.bus.tasks
    children = tasks(run, 3)
    first = app.services
    await track(app, done(root, *children), done(children[0]))
    app.restart()
    await track(app, done(children[1]))
    await first.fan_in.track([delivery(done(children[2]))])
    assert await state_of(app, run) == "silver"


async def test_a_batch_whose_lock_ends_midway_is_counted_once(app: CrossfadeApp, run: RunState) -> None:
    """Nobody renews the lock of a batch: another process counts the same events meanwhile, and each counts once."""
    (root,) = app.bus.tasks
    children = tasks(run, 40)
    first = app.services.fan_in
    app.restart()
    second = app.services.fan_in
    events = [delivery(done(root, *children)), *(delivery(done(child)) for child in children)]
    batches = [events[start : start + 8] for start in range(0, len(events), 8)]
    for before, batch in zip([[], *batches], [*batches, []], strict=True):
        # The second still works on the batch whose lock it has lost, while the first has the next one already.
        await asyncio.gather(second.track(before), first.track([*before, *batch]))
    assert manifests(app) == [f"bronze/{run.run_id}.json"]
    made = json.loads(app.lake.blob("control", manifests(app)[0]))
    assert (made["tasks"], made["failed"]) == (41, 0)
    journal = [
        event.task_id async for event in (await Journal.open(app.lake, first.runs, run.run_id)).events()
    ]
    assert len(journal) == len(set(journal)) == 41


async def test_only_the_newest_runs_are_kept_in_memory(app: CrossfadeApp, run: RunState) -> None:
    """Run after run, each is counted to its end by the same process."""
    for _ in range(4):
        (root,) = app.bus.tasks
        app.bus.queues.clear()
        await track(app, done(root))
        await app.services.lifecycle.complete(root.run_id)
        await app.services.starter.begin(RunRequest(sources=("discogs",)), "test")
    assert len(manifests(app)) == 4


async def test_a_run_without_tasks_to_wait_for_says_what_it_counted(app: CrossfadeApp, run: RunState) -> None:
    """Counts of bronze are in the run's state, for the status page."""
    (root,) = app.bus.tasks
    await track(app, done(root, records=77))
    state = await app.services.runs.get(run.run_id)
    assert state.counts == {"bronze_discogs": 77}
    assert state.stages["ingest"].ended_at is not None


async def test_an_event_that_cannot_be_counted_ends_the_run_and_says_so(app: CrossfadeApp) -> None:
    """A second reading that lists an id no task can be made for: reported with its reason, also after a restart."""
    run = await app.services.starter.begin(RunRequest(sources=("tmdb",)), "test")
    (root,) = app.bus.tasks
    assert isinstance(root.params, DiscoverParams)
    head = SliceHead(params=root.params, reported=1, readable=1, pages=1)
    bad = done(root, page=PageRead(slice_id=root.task_id, reading=2, ids=(0,), head=head))
    await track(app, bad)
    ended = await app.services.runs.get(run.run_id)
    assert ended.state == "failed"
    assert f"the event of {root.task_id} cannot be counted" in str(ended.reason)
    app.restart()
    journal = await app.services.recovery.open_journal(run.run_id)
    assert journal.tracker.fatal == ended.reason
