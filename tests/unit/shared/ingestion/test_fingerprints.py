"""Fingerprints: only what a completed run has landed counts as unchanged."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.ingestion.fingerprints import Fingerprints
from shared.ingestion.raw_blobs import RawLine
from shared.messages.tasks import DetailsParams, DiscoverParams, FetchTask, SearchParams, TaskParams
from shared.runs.state import RunState, State
from shared.runs.store import RunStore
from shared.sources.client import ApiRequest
from tests.fakes import FakeClock, FakeLake
from tests.fakes.simulated import TODAY


class Bench:
    """Fingerprints of several processes over one lake."""

    def __init__(self) -> None:
        self.lake = FakeLake()
        self.kept: dict[str, timedelta] = {}
        self.runs = RunStore(self.lake, FakeClock().now)

    def process(self) -> Fingerprints:
        return Fingerprints(self.lake, self.runs, kept=self.kept)

    async def run(self, run_id: str, outcome: State | None, *lines: RawLine) -> int:
        """A run that lands these lines and ends like this; returns how many of them had changed."""
        now = datetime(2026, 11, 20, tzinfo=UTC)
        await self.runs.create(RunState(run_id=run_id, ingest_date=TODAY, created_at=now, updated_at=now))
        fingerprints = self.process()
        changed = await fingerprints.changed_lines(task_of(run_id), lines)
        await fingerprints.save()
        if outcome:
            await self.runs.end(run_id, outcome)
        return len(changed)


def task_of(run_id: str, params: TaskParams | None = None, day: date = TODAY) -> FetchTask:
    return FetchTask.create(run_id, day, params or DetailsParams(film_ids=(1,)))


def film(film_id: int, title: str, status: int = 200) -> RawLine:
    body: dict[str, Any] = {"id": film_id, "title": title}
    request = ApiRequest(f"/3/movie/{film_id}", {"append_to_response": "credits"})
    return RawLine(request, datetime(2026, 11, 20, tzinfo=UTC), status, json.dumps(body), body)


async def test_the_same_answer_is_recognised_in_another_run() -> None:
    """New, unchanged, changed, and changed back: each is told by comparison with the run before."""
    bench = Bench()
    titles = ["A", "A", "B", "A"]
    changed = [await bench.run(f"r{n}", "completed", film(1, title)) for n, title in enumerate(titles)]
    assert changed == [1, 0, 1, 1]


async def test_a_removed_film_is_a_change() -> None:
    """The same text with another status is another answer."""
    bench = Bench()
    assert await bench.run("r1", "completed", film(1, "A")) == 1
    assert await bench.run("r2", "completed", film(1, "A", status=404)) == 1


async def test_what_a_failed_run_landed_does_not_count() -> None:
    """No table has seen it, so it lands again."""
    bench = Bench()
    for number, outcome in enumerate(("failed", "cancelled", "completed")):
        assert await bench.run(f"r{number}", outcome, film(1, "A")) == 1  # type: ignore[arg-type]
    assert await bench.run("r9", "completed", film(1, "A")) == 0


@pytest.mark.parametrize(("days", "landed"), [(90, 0), (91, 1)])
async def test_an_answer_lands_again_before_its_row_is_too_old(days: int, landed: int) -> None:
    """With answers kept for 180 days, one that never changes lands anew once it is over 90 days old."""
    bench = Bench()
    bench.kept = {"tmdb": timedelta(days=180)}
    await bench.run("r1", "completed", film(1, "A"))
    later = task_of("r2", day=TODAY + timedelta(days=days))
    assert len(await bench.process().changed_lines(later, [film(1, "A")])) == landed


async def test_a_task_that_comes_again_in_its_own_run_lands_again() -> None:
    """The run that wrote the fingerprint has not completed: a redelivered task is not taken for unchanged."""
    bench = Bench()
    assert await bench.run("r1", None, film(1, "A")) == 1
    assert len(await bench.process().changed_lines(task_of("r1"), [film(1, "A")])) == 1


async def test_a_lost_race_only_costs_another_landing() -> None:
    """Two processes write the same shard: one write is dropped, and what it knew is asked for again."""
    bench = Bench()
    await bench.run("r0", "completed", film(5, "A"))
    first, second = bench.process(), bench.process()
    for process, film_id in ((first, 1), (second, 2)):
        await process.changed_lines(task_of("r0"), [film(film_id, "A")])
    await first.save()
    await second.save()
    changed = await bench.process().changed_lines(task_of("r1"), [film(1, "A"), film(2, "A"), film(5, "A")])
    assert [line.body["id"] for line in changed] == [2]


async def test_pages_that_lead_on_are_never_left_out() -> None:
    """First pages of lists have children, so they always land; later pages of a search are compared."""
    bench = Bench()
    await bench.run("r0", "completed")
    line = RawLine(
        ApiRequest("/database/search", {"page": "2"}), datetime(2026, 11, 20, tzinfo=UTC), 200, "{}", {}
    )
    for params, expected in (
        (DiscoverParams(), 1),
        (SearchParams(), 1),
        (SearchParams(page=2, year=1994), 0),
    ):
        process = bench.process()
        await process.changed_lines(task_of("r0", params), [line])
        await process.save()
        changed = await bench.process().changed_lines(task_of("r1", params), [line])
        assert len(changed) == expected


async def test_more_shards_than_are_kept_in_memory() -> None:
    """A batch that touches 150 shards, twice, finds every record unchanged."""
    bench = Bench()
    lines = [film(1_000 * n + 1, "A") for n in range(150)]
    assert await bench.run("r1", "completed", *lines) == 150
    process = bench.process()
    for _ in range(2):
        assert await process.changed_lines(task_of("r2"), lines) == []
        await process.save()
