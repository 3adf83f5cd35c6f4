"""Beginning runs: one at a time, in the mode that is possible, and nothing begun is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.adapters.lake import CONTROL
from shared.errors import RunConflict
from shared.messages.tasks import ChangesParams, DetailsParams, DiscoverParams, SearchParams
from shared.planning.id_set import IdSet
from shared.planning.removals import FILMS, RELEASES
from shared.planning.roots import RunRequest
from shared.runs.state import RunState
from shared.runs.store import RunStore, new_run_id
from tests.fakes import BusDown, CrossfadeApp, LakeDown


@pytest.fixture
def app() -> CrossfadeApp:
    return CrossfadeApp()


async def complete_one(app: CrossfadeApp, days_ago: float = 1) -> RunState:
    """A run that completed some days ago."""
    then = datetime.now(UTC) - timedelta(days=days_ago)
    store = RunStore(app.lake, lambda: then)
    state = RunState(run_id=new_run_id(then), ingest_date=then.date(), created_at=then, updated_at=then)
    await store.create(state)
    for kind in (FILMS, RELEASES):
        await app.lake.put(CONTROL, f"runs/{state.run_id}/known/{kind}.json", IdSet((1,)).to_json().encode())
    ended = await app.services.lifecycle.complete(state.run_id)
    assert ended is not None
    return ended


async def test_a_full_run_begins_with_one_task_a_source(app: CrossfadeApp) -> None:
    """All else follows from the answers; the run is ingesting when its first tasks are in the queues."""
    state = await app.services.starter.begin(RunRequest(), "http")
    assert (state.state, state.mode, state.trigger, state.note) == ("ingesting", "full", "http", None)
    assert sorted(task.kind for task in app.bus.tasks) == ["discogs.search", "tmdb.discover"]
    assert await app.services.runs.active() == state


async def test_a_second_run_is_refused_with_the_first_ones_id(app: CrossfadeApp) -> None:
    """One run at a time; the refusal names the active one, and nothing is sent."""
    state = await app.services.starter.begin(RunRequest(), "http")
    sent = len(app.bus.sent)
    with pytest.raises(RunConflict, match=state.run_id) as caught:
        await app.services.starter.begin(RunRequest(), "http")
    assert caught.value.run_id == state.run_id and len(app.bus.sent) == sent


async def test_a_tick_during_a_run_is_skipped_and_logged(
    app: CrossfadeApp, caplog: pytest.LogCaptureFixture
) -> None:
    """The timer does not fail, and says why it did nothing."""
    state = await app.services.starter.begin(RunRequest(), "http")
    assert await app.services.starter.begin_unless_active(RunRequest(), "timer") is None
    assert "skipped" in caplog.text and state.run_id in caplog.text


async def test_a_tick_without_a_run_begins_one(app: CrossfadeApp) -> None:
    """The timer's run says who began it."""
    state = await app.services.starter.begin_unless_active(RunRequest(), "timer")
    assert state is not None and state.trigger == "timer"


@pytest.mark.parametrize("source", ["tmdb", "discogs"])
async def test_a_missing_token_fails_the_run_with_the_settings_name(source: str) -> None:
    """No task is sent, the reason names the setting, and the next run may begin."""
    app = CrossfadeApp(**{f"{source}_token": ""})
    state = await app.services.starter.begin(RunRequest(), "http")
    assert state.state == "failed" and f"{source.upper()}_TOKEN" in str(state.reason)
    assert app.bus.sent == [] and await app.services.runs.active() is None
    assert app.notices and state.run_id in app.notices[0]


async def test_a_token_that_is_not_needed_is_not_missed() -> None:
    """A run of Discogs alone begins without a TMDB token."""
    app = CrossfadeApp(tmdb_token="")
    state = await app.services.starter.begin(RunRequest(sources=("discogs",)), "http")
    assert state.state == "ingesting"


async def test_incremental_without_history_is_full_and_says_so(app: CrossfadeApp) -> None:
    """Nothing to be incremental to."""
    state = await app.services.starter.begin(RunRequest(mode="incremental"), "http")
    assert state.mode == "full" and "no run has completed" in str(state.note)


async def test_incremental_after_a_long_gap_is_full_and_says_so(app: CrossfadeApp) -> None:
    """After half a year a full run is cheaper and surer."""
    await complete_one(app, days_ago=180)
    state = await app.services.starter.begin(RunRequest(mode="incremental"), "http")
    assert state.mode == "full" and "days ago" in str(state.note)


async def test_incremental_after_a_purge_is_full_and_says_so(app: CrossfadeApp) -> None:
    """Of a source that nothing is known of, changes and new records alone would never bring the others back."""
    last = await complete_one(app)
    await app.lake.delete(CONTROL, f"runs/{last.run_id}/known/discogs.release.json")
    state = await app.services.starter.begin(RunRequest(mode="incremental"), "http")
    assert state.mode == "full" and "nothing of discogs is known" in str(state.note)


async def test_what_the_run_does_not_read_need_not_be_known(app: CrossfadeApp) -> None:
    """A purged Discogs is no reason for TMDB to be read whole again."""
    last = await complete_one(app)
    await app.lake.delete(CONTROL, f"runs/{last.run_id}/known/discogs.release.json")
    state = await app.services.starter.begin(RunRequest(sources=("tmdb",), mode="incremental"), "http")
    assert (state.mode, state.note) == ("incremental", None)


async def test_incremental_asks_for_changes_since_the_last_completed_run(app: CrossfadeApp) -> None:
    """Changes from that day on, new films, and some years of Discogs."""
    last = await complete_one(app, days_ago=20)
    state = await app.services.starter.begin(RunRequest(mode="incremental"), "http")
    assert state.mode == "incremental"
    params = [task.params for task in app.bus.tasks]
    changes = [p for p in params if isinstance(p, ChangesParams)]
    assert min(p.since for p in changes) == last.created_at.date()
    assert max(p.until for p in changes) == state.ingest_date
    assert [p for p in params if isinstance(p, DiscoverParams)]
    assert all(p.year for p in params if isinstance(p, SearchParams))


async def test_what_was_asked_for_reaches_the_first_tasks(app: CrossfadeApp) -> None:
    """Dates and page limits go through to the sources."""
    request = RunRequest(sources=("tmdb",), since=date(2020, 1, 1), until=date(2020, 2, 1), max_pages=2)
    await app.services.starter.begin(request, "http")
    (task,) = app.bus.tasks
    assert task.params == DiscoverParams(since=date(2020, 1, 1), until=date(2020, 2, 1), max_pages=2)


async def test_film_ids_are_planned_twenty_a_task(app: CrossfadeApp) -> None:
    """45 films are three tasks, whatever the mode."""
    await app.services.starter.begin(RunRequest(film_ids=tuple(range(1, 46)), mode="incremental"), "http")
    sizes = [len(task.params.film_ids) for task in app.bus.tasks if isinstance(task.params, DetailsParams)]
    assert sizes == [20, 20, 5]


@pytest.mark.parametrize("writes", range(5))
async def test_a_planner_that_dies_is_taken_up_or_leaves_no_run_behind(
    app: CrossfadeApp, writes: int
) -> None:
    """Dead after any write: the watcher resumes the run, or fails it; it never blocks the next one for ever."""
    app.lake.writes_left = writes
    try:
        await app.services.starter.begin(RunRequest(), "http")
    except LakeDown:
        app.lake.writes_left = None
        app.restart()
    state = await app.services.runs.active()
    if state is not None and state.state == "planning":
        await app.services.starter.resume(state)
        state = await app.services.runs.active()
    assert state is None or (state.state == "ingesting" and len(app.bus.tasks) == 2)


async def test_a_queue_out_of_reach_leaves_a_run_to_resume(app: CrossfadeApp) -> None:
    """The plan is kept; once the queue is back, resuming sends the same first tasks."""
    app.bus.is_down = True
    with pytest.raises(BusDown):
        await app.services.starter.begin(RunRequest(), "http")
    app.bus.is_down = False
    state = await app.services.runs.active()
    assert state is not None and state.state == "planning"
    await app.services.starter.resume(state)
    await app.services.starter.resume(state)
    assert len(app.bus.tasks) == 2
    assert (await app.services.runs.get(state.run_id)).state == "ingesting"


def test_run_ids_sort_by_time_and_differ() -> None:
    """The id begins with the time, and two runs of one second differ."""
    at = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
    assert new_run_id(at).startswith("20261120T063000Z-")
    assert new_run_id(at) < new_run_id(at + timedelta(seconds=1))
    assert len({new_run_id(at) for _ in range(20)}) > 15
