"""Run states: changed by compare-and-swap, and a lock that heals."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from shared.adapters.lake import CONTROL
from shared.errors import RunConflict, RunNotFound, StaleWrite
from shared.planning.roots import RunRequest
from shared.runs.state import RunState
from shared.runs.store import RunStore, new_run_id
from tests.fakes import CrossfadeApp, FakeClock, FakeLake


class Bench:
    """A store over a fake lake."""

    def __init__(self) -> None:
        self.lake, self.clock = FakeLake(), FakeClock()
        self.store = RunStore(self.lake, self.clock.now)

    def new(self) -> RunState:
        now = self.clock.now()
        return RunState(run_id=new_run_id(now), ingest_date=now.date(), created_at=now, updated_at=now)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_of_many_at_once_one_becomes_active(bench: Bench) -> None:
    """Ten requests at the same moment: one run, nine refusals that all name it."""
    results = await asyncio.gather(
        *(bench.store.create(bench.new()) for _ in range(10)), return_exceptions=True
    )
    active = await bench.store.active()
    refused = [result for result in results if isinstance(result, RunConflict)]
    assert active is not None and len(refused) == 9
    assert {conflict.run_id for conflict in refused} == {active.run_id}


async def test_concurrent_changes_are_all_kept(bench: Bench) -> None:
    """Two writers that read the same state: the second tries again on what the first wrote."""
    state = bench.new()
    await bench.store.create(state)

    def counting(name: str) -> Callable[[RunState], bool]:
        def edit(run: RunState) -> bool:
            run.counts[name] = 1
            return True

        return edit

    await asyncio.gather(*(bench.store.change(state.run_id, counting(name)) for name in "abc"))
    assert (await bench.store.get(state.run_id)).counts == {"a": 1, "b": 1, "c": 1}


async def test_a_stale_write_is_tried_again_and_endless_contention_is_an_error(bench: Bench) -> None:
    """A change that loses the race is applied to the newer state; losing every time ends with StaleWrite."""
    state = bench.new()
    await bench.store.create(state)
    path = f"runs/{state.run_id}/state.json"
    races = 3

    def contended(run: RunState) -> bool:
        nonlocal races
        if races:
            races -= 1
            bench.lake.touch(CONTROL, path)
        run.overdue = True
        return True

    changed = await bench.store.change(state.run_id, contended)
    assert changed is not None and changed.overdue
    races = 10**6
    with pytest.raises(StaleWrite, match=state.run_id):
        await bench.store.change(state.run_id, contended)


async def test_a_change_that_declines_writes_nothing(bench: Bench) -> None:
    """The state keeps its time."""
    state = bench.new()
    await bench.store.create(state)
    bench.clock.advance(60)
    assert await bench.store.change(state.run_id, lambda run: False) is None
    assert await bench.store.get(state.run_id) == state


async def test_an_ended_run_lets_the_next_one_start(bench: Bench) -> None:
    """Ending twice changes nothing; the lock is free after the first time."""
    state = bench.new()
    await bench.store.create(state)
    assert await bench.store.end(state.run_id, "failed", "because") is not None
    assert await bench.store.end(state.run_id, "completed") is None
    assert (await bench.store.get(state.run_id)).reason == "because"
    await bench.store.create(bench.new())


async def test_ending_an_old_run_again_does_not_free_the_new_ones_lock(bench: Bench) -> None:
    """A late second end of a run leaves the run that is active now alone."""
    old, new = bench.new(), bench.new()
    await bench.store.create(old)
    await bench.store.end(old.run_id, "failed")
    await bench.store.create(new)
    await bench.store.end(old.run_id, "failed")
    active = await bench.store.active()
    assert active is not None and active.run_id == new.run_id


async def test_a_lock_whose_run_has_ended_is_repaired(bench: Bench) -> None:
    """Died between the end and the release: the next run starts all the same."""
    state = bench.new()
    await bench.store.create(state)
    lock = bench.lake.blob(CONTROL, "active.json")
    await bench.store.end(state.run_id, "completed")
    await bench.lake.put(CONTROL, "active.json", lock)
    await bench.store.create(bench.new())


async def test_a_lock_whose_run_was_never_written_is_repaired(bench: Bench) -> None:
    """Died between the lock and the state: the run is there, from the lock."""
    state = bench.new()
    await bench.lake.put(CONTROL, "active.json", state.model_dump_json().encode())
    assert await bench.store.active() == state
    assert await bench.store.get(state.run_id) == state


async def test_unknown_runs_are_not_found(bench: Bench) -> None:
    """Reading, changing and ending name the run that is not there."""
    with pytest.raises(RunNotFound, match="nope"):
        await bench.store.get("nope")
    with pytest.raises(RunNotFound, match="nope"):
        await bench.store.change("nope", lambda run: True)
    assert await bench.store.find("nope") is None
    assert await bench.store.plan("nope") is None


async def test_status_pages_through_all_runs_newest_first() -> None:
    """Following `next` to the end visits each run once."""
    app = CrossfadeApp()
    begun = []
    for _ in range(5):
        run = await app.services.starter.begin(RunRequest(), "test")
        await app.services.lifecycle.cancel(run.run_id, "next")
        begun.append(run.run_id)
    seen: list[str] = []
    before: str | None = None
    while True:
        page = await app.services.run_reader.runs(2, before)
        assert len(page.runs) <= 2
        seen += [run.run_id for run in page.runs]
        if (before := page.next) is None:
            break
    assert seen == sorted(begun, reverse=True)


async def test_status_shows_progress_and_failures_and_no_internals() -> None:
    """One run: its state, sums and failures; no trace context."""
    app = CrossfadeApp()
    run = await app.services.starter.begin(RunRequest(), "test")
    fresh = await app.services.run_reader.run(run.run_id)
    assert (fresh.state, fresh.progress, fresh.failures) == ("ingesting", {}, ())
    await app.drain_queues()
    done = await app.services.run_reader.run(run.run_id)
    assert done.progress["tmdb"].records == 30
    assert done.model_dump()["coverage"]["tmdb.discover"]["found"] == 30
    assert "traceparent" not in done.model_dump()
    with pytest.raises(RunNotFound):
        await app.services.run_reader.run("nope")
