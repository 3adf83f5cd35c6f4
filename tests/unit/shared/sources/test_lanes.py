"""Lanes: one start after the other, at the limit's pace, and never past the lease."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from shared.errors import LeaseExpired, SourceUnavailable
from shared.sources.client import ApiRequest, TokenProvider
from shared.sources.discogs import DiscogsClient
from shared.sources.lanes import Lane, RequestTally
from shared.sources.pacing import LaneLimit
from tests.fakes import FakeCatalog, FakeClock
from tests.fakes.catalog import DISCOGS_TOKEN

REQUEST = ApiRequest("/releases/1")
NEVER_S = 1e9


class Bench:
    """A Discogs lane on a fake clock."""

    def __init__(self, per_min: float = 60.0) -> None:
        async def token() -> str:
            return DISCOGS_TOKEN

        self.clock = FakeClock()
        self.catalog = FakeCatalog(clock=self.clock)
        http = httpx.AsyncClient(base_url="http://discogs", transport=self.catalog.transport())
        client = DiscogsClient(http, "Discogs token=", TokenProvider(token))
        self.lane = Lane(client, LaneLimit.of(per_min), self.clock, self.clock.sleep)
        self.tally = RequestTally()

    async def ask(self, ends_s: float = NEVER_S) -> None:
        await self.lane.ask(REQUEST, ends_s, self.tally)

    def fault(self, *answers: httpx.Response | httpx.HTTPError) -> None:
        self.catalog.faults["/releases/1"] += answers


async def test_concurrent_askers_start_one_after_the_other() -> None:
    """200 at once at 60 a minute: no minute sees more than 60, and 97 % of the rate is used."""
    bench = Bench()
    await asyncio.gather(*(bench.ask() for _ in range(200)))
    starts = bench.catalog.asked_at
    assert starts == sorted(starts)
    assert all(later - first >= 60 for first, later in zip(starts, starts[60:], strict=False))
    assert 200 / (starts[-1] - starts[0]) >= 0.97


async def test_a_429_makes_everybody_wait_and_fails_nobody() -> None:
    """After Retry-After: 20 nobody starts for 20 s, then all get their answer."""
    bench = Bench()
    bench.fault(httpx.Response(429, headers={"Retry-After": "20"}))
    await asyncio.gather(*(bench.ask() for _ in range(5)))
    first, *others = bench.catalog.asked_at
    assert min(others) >= first + 20
    assert (bench.tally.requests, bench.tally.throttled, bench.tally.retries) == (6, 1, 0)


async def test_the_headers_slow_the_lane_at_once() -> None:
    """An answer that says 25 a minute makes the next request wait its 2.4 s."""
    bench = Bench()
    bench.fault(
        httpx.Response(
            200, json={}, headers={"X-Discogs-Ratelimit": "25", "X-Discogs-Ratelimit-Remaining": "20"}
        )
    )
    for _ in range(4):
        await bench.ask()
    gaps = [b - a for a, b in zip(bench.catalog.asked_at[1:], bench.catalog.asked_at[2:], strict=False)]
    assert min(gaps) >= 2.4


async def test_nothing_starts_after_the_lease() -> None:
    """Ten seconds at one a second: some requests, then the lease is over, without waiting for its end."""
    bench = Bench()
    results = await asyncio.gather(*(bench.ask(ends_s=10) for _ in range(30)), return_exceptions=True)
    expired = [result for result in results if isinstance(result, LeaseExpired)]
    assert len(expired) + len(bench.catalog.asked) == 30 and 8 <= len(bench.catalog.asked) <= 10
    assert max(bench.catalog.asked_at) <= 10


async def test_a_lease_that_is_over_asks_nothing() -> None:
    """Time already up: no request, even if a slot is free."""
    bench = Bench()
    bench.clock.advance(100)
    with pytest.raises(LeaseExpired):
        await bench.ask(ends_s=50)
    assert bench.catalog.asked == []


async def test_a_source_that_looks_down_is_spared_until_the_next_batch() -> None:
    """After a dozen failures in a row nobody asks any more; the next batch tries once."""
    bench = Bench(per_min=6000)
    bench.fault(*(httpx.ConnectError("refused") for _ in range(50)))
    results = await asyncio.gather(*(bench.ask() for _ in range(40)), return_exceptions=True)
    assert {type(result) for result in results} == {SourceUnavailable}
    assert bench.lane.is_out and len(bench.catalog.asked) < 40
    asked = len(bench.catalog.asked)
    bench.lane.begin_batch()
    assert not bench.lane.is_out
    with pytest.raises(SourceUnavailable):
        await bench.ask()
    assert bench.lane.is_out and len(bench.catalog.asked) == asked + 1


async def test_one_answer_ends_an_outage() -> None:
    """A single success after the failures, and the lane works as before."""
    bench = Bench(per_min=6000)
    bench.fault(*(httpx.ConnectError("refused") for _ in range(11)))
    for _ in range(11):
        with pytest.raises(SourceUnavailable):
            await bench.ask()
    await bench.ask()
    bench.fault(httpx.ConnectError("refused"))
    with pytest.raises(SourceUnavailable):
        await bench.ask()
    assert not bench.lane.is_out


async def test_a_batch_after_a_rest_does_not_burst() -> None:
    """A lane that rested for a minute starts with a pause, then one by one."""
    bench = Bench()
    await bench.ask()
    bench.clock.advance(60)
    bench.lane.begin_batch()
    begun_s = bench.clock()
    await asyncio.gather(*(bench.ask() for _ in range(3)))
    second, third, fourth = bench.catalog.asked_at[1:]
    assert second >= begun_s + 1 and third >= second + 0.8 and fourth >= third + 0.8
