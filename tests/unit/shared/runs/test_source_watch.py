"""A source in trouble: said once it is known, kept as it began, and forgotten when it answers."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.adapters.bus import Delivery
from shared.errors import Unreachable
from shared.messages.base import Source
from shared.messages.tasks import DiscoverParams, FetchTask
from shared.planning.roots import RunRequest
from shared.runs.source_watch import SourceWatch
from shared.runs.troubles import KEPT, read_troubles
from shared.sources.lanes import Lane
from shared.sources.pacing import LaneLimit
from tests.fakes import CrossfadeApp, FakeLake

AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


class Bench:
    """A watch over a lake, on a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = AT
        self.lake = FakeLake()
        self.watch = SourceWatch(self.lake, lambda: self.now)

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class WatchedApp(CrossfadeApp):
    """The app whose lanes tell the watch."""

    def lane(self, source: Source, *more: Any) -> Lane:
        lane = super().lane(source, *more)
        return Lane(lane.client, LaneLimit.of(60_000_000.0), time.monotonic, watch=self.services.source_watch)


async def test_a_trouble_keeps_its_beginning_and_ends_with_an_answer() -> None:
    """Since when, why, and when it is tried again; the soonest task counts; an answer ends it."""
    bench = Bench()
    await bench.watch.trouble("tmdb", "unreachable", "no answer: ConnectError")
    await bench.watch.again("tmdb", 120)
    await bench.watch.again("tmdb", 30)
    bench.later(10)
    await bench.watch.trouble("tmdb", "unreachable", "another reason")
    (found,) = await read_troubles(bench.lake, bench.now)
    assert (found.source, found.kind, found.reason) == ("tmdb", "unreachable", "no answer: ConnectError")
    assert (found.since, found.again_at) == (AT, AT + timedelta(seconds=30))
    await bench.watch.well("discogs")
    assert len(await read_troubles(bench.lake, bench.now)) == 1
    await bench.watch.well("tmdb")
    assert await read_troubles(bench.lake, bench.now) == []


async def test_another_trouble_begins_anew() -> None:
    """A source that came back and then wants a pause is no longer unreachable."""
    bench = Bench()
    await bench.watch.trouble("discogs", "unreachable", "no answer")
    bench.later(60)
    await bench.watch.trouble("discogs", "pauses", "answered 429", 90)
    (found,) = await read_troubles(bench.lake, bench.now)
    assert (found.kind, found.since, found.again_at) == (
        "pauses",
        bench.now,
        bench.now + timedelta(seconds=90),
    )


async def test_the_trouble_of_a_process_that_died_is_forgotten() -> None:
    """What nobody has seen for a while, nor wants to try again, counts no more."""
    bench = Bench()
    await bench.watch.trouble("tmdb", "pauses", "answered 429", 600)
    bench.later(600 + KEPT.total_seconds())
    assert len(await read_troubles(bench.lake, bench.now)) == 1
    bench.later(1)
    assert await read_troubles(bench.lake, bench.now) == []


async def test_a_lake_that_is_gone_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage of the lake is logged; what else goes wrong is raised."""
    bench = Bench()

    async def gone(*_: object) -> None:
        raise Unreachable("lake", "no answer")

    async def wrong(*_: object) -> None:
        raise ValueError("a mistake")

    monkeypatch.setattr(bench.lake, "put", gone)
    await bench.watch.trouble("tmdb", "slow", "answers take 9 s")
    monkeypatch.setattr(bench.lake, "put", wrong)
    with pytest.raises(ValueError, match="a mistake"):
        await bench.watch.trouble("tmdb", "pauses", "answered 429", 9)


@pytest.mark.usefixtures("no_backoff")
async def test_the_status_of_a_run_says_which_source_is_away() -> None:
    """The first request that cannot connect is enough, and the status says when it is tried again; then all is well."""
    app = WatchedApp(resend_delay_s=30, max_attempts=4, attempts_in_place=1)
    run = await app.services.starter.begin(RunRequest(), "test")
    task = FetchTask.create(run.run_id, run.ingest_date, DiscoverParams())
    delivery = Delivery(task.to_json(), task.message_id, 1)
    app.catalog.faults["/3/discover/movie"] += [httpx.ConnectError("no route to host")]
    await app.fetch(delivery)
    detail = await app.services.run_reader.run(run.run_id)
    assert detail.troubles["tmdb"].kind == "unreachable"
    assert detail.troubles["tmdb"].again_at is not None
    await app.fetch(delivery)
    assert (await app.services.run_reader.run(run.run_id)).troubles == {}
