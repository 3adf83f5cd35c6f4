"""The journal: every event once, whoever dies when, and never more bytes than events."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.lake import CONTROL
from shared.errors import RunNotFound
from shared.messages.events import TaskDone
from shared.messages.tasks import FetchTask
from shared.runs.journal import Journal
from shared.runs.state import RunPlan
from shared.runs.store import RunStore
from tests.builders.events import RUN_ID, Tree, done, release_task, trees
from tests.fakes import FakeClock, FakeLake, LakeDown

FOLDER = f"runs/{RUN_ID}/journal/"


async def planned(lake: FakeLake, roots: list[FetchTask]) -> RunStore:
    runs = RunStore(lake, FakeClock().now)
    await runs.save_plan(RUN_ID, RunPlan(request={}, roots=tuple(roots)))
    return runs


async def opened(lake: FakeLake, runs: RunStore) -> Journal:
    return await Journal.open(lake, runs, RUN_ID)


def lines(lake: FakeLake) -> list[TaskDone]:
    """All events in the journal's segments."""
    names = lake.blob_names(CONTROL, FOLDER)
    return [TaskDone.from_json(line) for name in names for line in lake.blob(CONTROL, name).splitlines()]


def facts(journal: Journal) -> tuple[object, ...]:
    tracker = journal.tracker
    return (tracker.open_tasks, tracker.tasks, tracker.progress(), set(tracker.failures))


@settings(max_examples=60)
@given(trees(), st.data())
def test_death_at_any_write_loses_nothing_and_counts_nothing_twice(tree: Tree, data: st.DataObject) -> None:
    """Batches come again after each death; the end is the same as without any, each event written once."""
    asyncio.run(_die_and_reopen(tree, data))


async def _die_and_reopen(tree: Tree, data: st.DataObject) -> None:
    lake, quiet_lake = FakeLake(), FakeLake()
    runs, quiet = (
        await planned(lake, tree.roots),
        await opened(quiet_lake, await planned(quiet_lake, tree.roots)),
    )
    await quiet.add(tree.events)
    journal = await opened(lake, runs)
    batches = [tree.events[first : first + 4] for first in range(0, len(tree.events), 4)]
    for batch in batches:
        lake.writes_left = data.draw(st.integers(0, 3) | st.none())
        lake.lost_answers = data.draw(st.booleans())
        try:
            await journal.add(batch)
            await journal.save_progress(FakeClock().now())
        except LakeDown:
            lake.writes_left = None
            journal = await opened(lake, runs)
            await journal.add(batch)
    assert facts(journal) == facts(await opened(lake, runs)) == facts(quiet)
    assert sorted(event.task_id for event in lines(lake)) == sorted(event.task_id for event in tree.events)


@settings(max_examples=60)
@given(trees(), st.data())
def test_of_two_writers_each_event_gets_through_once(tree: Tree, data: st.DataObject) -> None:
    """Two instances that both believe to own the run add overlapping batches; the journal has each event once."""
    asyncio.run(_two_writers(tree, data))


async def _two_writers(tree: Tree, data: st.DataObject) -> None:
    lake = FakeLake()
    runs = await planned(lake, tree.roots)
    writers = [await opened(lake, runs), await opened(lake, runs)]
    batches = st.lists(st.sampled_from(tree.events), max_size=6)
    for batch in [*data.draw(st.lists(batches, max_size=8)), tree.events]:
        await data.draw(st.sampled_from(writers)).add(batch)
    assert sorted(event.task_id for event in lines(lake)) == sorted(event.task_id for event in tree.events)
    for writer in writers:
        await writer.catch_up()
    assert facts(writers[0]) == facts(writers[1]) == facts(await opened(lake, runs))


async def test_a_death_between_creating_and_writing_the_first_segment_heals() -> None:
    """An empty segment is written to by whoever comes next."""
    lake, task = FakeLake(), release_task(1)
    runs = await planned(lake, [task])
    await lake.append(CONTROL, f"{FOLDER}00001.jsonl", b"", 0)
    await asyncio.wait_for((await opened(lake, runs)).add([done(task)]), timeout=5)
    assert len(lines(lake)) == 1


async def test_segments_roll_and_are_read_in_order() -> None:
    """A journal over 8 MB goes on in the next segment; reopening folds all of them."""
    lake = FakeLake()
    roots = [release_task(n) for n in range(1, 101)]
    runs = await planned(lake, roots)
    journal = await opened(lake, runs)
    reason = "x" * 100_000
    for first in range(0, 100, 50):
        await journal.add([done(task, outcome="failed", reason=reason) for task in roots[first : first + 50]])
    segments = lake.blob_names(CONTROL, FOLDER)
    assert len(segments) == 2 and segments == sorted(segments)
    again = await opened(lake, runs)
    assert again.tracker.is_complete and again.tracker.failed == 100
    assert await again.add([done(roots[0])]) == []


async def test_one_append_stays_under_the_block_limit() -> None:
    """A batch of 10 MB is appended in several blocks of at most 4 MB."""

    class Blocks(FakeLake):
        sizes: list[int]

        async def append(self, container: str, name: str, data: bytes, at: int) -> int:
            self.sizes = [*getattr(self, "sizes", []), len(data)]
            return await super().append(container, name, data, at)

    lake = Blocks()
    tasks = [release_task(n) for n in range(1, 101)]
    journal = await opened(lake, await planned(lake, tasks))
    await journal.add([done(task, outcome="failed", reason="x" * 100_000) for task in tasks])
    assert sum(lake.sizes) > 10_000_000
    assert max(lake.sizes) <= 4_000_000


async def test_what_a_batch_writes_does_not_grow_with_the_run() -> None:
    """The thousandth batch writes as many bytes as the tenth."""
    lake = FakeLake()
    tasks = [release_task(n) for n in range(10**6, 10**6 + 2_000)]
    journal = await opened(lake, await planned(lake, tasks))
    written = []
    for first in range(0, 2_000, 100):
        before = sum(lake.bytes_written.values())
        await journal.add([done(task) for task in tasks[first : first + 100]])
        await journal.save_progress(FakeClock().now())
        written.append(sum(lake.bytes_written.values()) - before)
    assert max(written) <= 1.02 * min(written)


async def test_a_torn_last_line_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    """Half a line at the end is reported, and the events before it count."""
    lake, task = FakeLake(), release_task(1)
    runs = await planned(lake, [task])
    whole = done(task).to_json().encode() + b"\n"
    await lake.put(CONTROL, f"{FOLDER}00001.jsonl", whole + b'{"version":1,"run')
    journal = await opened(lake, runs)
    assert journal.tracker.is_complete
    assert "half a line" in caplog.text


async def test_a_run_without_a_plan_has_no_journal() -> None:
    """Nothing to fold: the run is unknown."""
    lake = FakeLake()
    with pytest.raises(RunNotFound, match=RUN_ID):
        await opened(lake, RunStore(lake, FakeClock().now))
