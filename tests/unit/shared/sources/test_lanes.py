"""Lanes: one start after the other, at the limit's pace, and nothing asked in vain."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from shared.adapters.telemetry import Telemetry
from shared.adapters.vault import Secrets
from shared.config import load_settings
from shared.errors import LanePaused, RunEnded, SourceUnavailable
from shared.messages.base import Source
from shared.sources.client import ApiRequest, TokenProvider
from shared.sources.discogs import DiscogsClient
from shared.sources.lanes import REST_S, Lane, Lanes, RequestTally, open_lane
from shared.sources.pacing import LaneLimit
from tests.fakes import FakeCatalog, FakeClock
from tests.fakes.catalog import DISCOGS_TOKEN

REQUEST = ApiRequest("/releases/1")


class Bench:
    """A Discogs lane on a fake clock."""

    def __init__(self, per_min: float = 60.0, lanes_per_source: int = 1) -> None:
        async def token() -> str:
            return DISCOGS_TOKEN

        self.clock = FakeClock()
        self.catalog = FakeCatalog(clock=self.clock)
        http = httpx.AsyncClient(base_url="http://discogs", transport=self.catalog.transport())
        client = DiscogsClient(http, "Discogs token=", TokenProvider(token))
        self.lane = Lane(client, LaneLimit.of(per_min), self.clock, self.clock.sleep, None, lanes_per_source)
        self.tally = RequestTally()

    async def ask(self) -> None:
        await self.lane.ask(REQUEST, self.tally)

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
            200, json={"id": 1}, headers={"X-Discogs-Ratelimit": "25", "X-Discogs-Ratelimit-Remaining": "20"}
        )
    )
    for _ in range(4):
        await bench.ask()
    gaps = [b - a for a, b in zip(bench.catalog.asked_at[1:], bench.catalog.asked_at[2:], strict=False)]
    assert min(gaps) >= 2.4


async def test_two_lanes_share_the_limit_that_the_headers_state() -> None:
    """The source says 25, then 60, of both lanes together: each goes at 12, then at its own 30 again."""
    bench = Bench(per_min=30, lanes_per_source=2)
    for stated, own in ((25, 12), (60, 30), (240, 30)):
        bench.fault(httpx.Response(200, json={"id": 1}, headers={"X-Discogs-Ratelimit": str(stated)}))
        await bench.ask()
        assert bench.lane.pacer.limit.requests_per_min == own


def test_each_session_has_a_lane_of_its_own_at_its_share_of_the_rate() -> None:
    """With two lanes per source on one machine both together go at the permitted rate, not at half of it."""
    config = load_settings(lanes_per_source=2, discogs_requests_per_min=60)
    secrets = Secrets(None, {})
    lanes = Lanes(lambda source: open_lane(source, config, secrets, Telemetry()), config.lanes_per_source)
    first, second = lanes.of("discogs", "discogs-0"), lanes.of("discogs", "discogs-1")
    assert first is not second
    assert first is lanes.of("discogs", "discogs-0")
    assert [lane.pacer.limit.requests_per_min for lane in (first, second)] == [30, 30]


async def test_a_long_rest_is_not_waited_out_in_place() -> None:
    """Retry-After of two minutes is waited for; of ten, everybody is told at once when to come again."""
    bench = Bench()
    bench.fault(httpx.Response(429, headers={"Retry-After": "120"}))
    await bench.ask()
    assert bench.catalog.asked_at[-1] >= 120
    bench.fault(httpx.Response(429, headers={"Retry-After": "600"}))
    begun_s = bench.clock()
    results = await asyncio.gather(*(bench.ask() for _ in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [LanePaused] * 5
    assert all(595 < result.wait_s <= 610 for result in results if isinstance(result, LanePaused))
    assert bench.clock() < begun_s + 120


async def test_what_has_lost_its_point_takes_no_slot() -> None:
    """A request whose run ended while it waited is not made, and those behind it are."""
    bench = Bench()

    async def refuse() -> None:
        raise RunEnded("r1")

    asked = [bench.lane.ask(REQUEST, bench.tally, permit=refuse), bench.ask(), bench.ask()]
    first, *others = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, RunEnded) and others == [None, None]
    assert len(bench.catalog.asked) == 2 and bench.catalog.asked_at[0] < 1.1


async def test_a_source_that_looks_down_is_asked_once_in_a_while() -> None:
    """After a dozen failures in a row nobody asks any more; every few seconds one request finds out."""
    bench = Bench(per_min=6000)
    bench.fault(*(httpx.ConnectError("refused") for _ in range(50)))
    results = await asyncio.gather(*(bench.ask() for _ in range(40)), return_exceptions=True)
    assert {type(result) for result in results} == {SourceUnavailable}
    assert bench.lane.is_out and len(bench.catalog.asked) < 40
    asked = len(bench.catalog.asked)
    for probes in (1, 2):
        bench.clock.advance(REST_S)
        results = await asyncio.gather(*(bench.ask() for _ in range(5)), return_exceptions=True)
        assert {type(result) for result in results} == {SourceUnavailable}
        assert bench.lane.is_out and len(bench.catalog.asked) == asked + probes


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


async def test_a_lane_after_a_rest_does_not_burst() -> None:
    """A lane that rested for a minute starts with a pause, then one by one."""
    bench = Bench()
    await bench.ask()
    bench.clock.advance(60)
    begun_s = bench.clock()
    await asyncio.gather(*(bench.ask() for _ in range(3)))
    second, third, fourth = bench.catalog.asked_at[1:]
    assert second >= begun_s + 1 and third >= second + 0.8 and fourth >= third + 0.8


async def test_records_that_fail_while_others_answer_are_no_outage() -> None:
    """Five releases that always fail, asked for by themselves in the end: the source does not look down for it."""
    bench = Bench()
    bad = [ApiRequest(f"/releases/{n}") for n in range(2, 7)]
    for request in bad:
        bench.catalog.faults[request.path] = [httpx.Response(500) for _ in range(9)]

    async def fail(request: ApiRequest) -> None:
        with pytest.raises(SourceUnavailable, match="500"):
            await bench.lane.ask(request, bench.tally)

    for request in bad:
        await fail(request)
    await bench.ask()
    for request in bad * 4:
        await fail(request)
    assert not bench.lane.is_out


async def test_bad_records_that_are_all_that_is_left_are_no_outage_for_long() -> None:
    """Eight releases that always fail, over and over: what was answered before shows that the source is up."""
    bench = Bench(per_min=6000)
    bad = [ApiRequest(f"/releases/{n}") for n in range(2, 10)]
    await bench.ask()
    for request in bad:
        bench.catalog.faults[request.path] = [httpx.Response(500) for _ in range(20)]

    async def fail(request: ApiRequest) -> None:
        with pytest.raises(SourceUnavailable):
            await bench.lane.ask(request, bench.tally)

    for request in bad * 2:
        await fail(request)
    assert bench.lane.is_out
    bench.clock.advance(REST_S)
    for request in bad * 3:
        await fail(request)
        assert not bench.lane.is_out
    assert [path for path in bench.catalog.asked if path == REQUEST.path] == [REQUEST.path] * 2


async def test_a_record_that_answers_again_is_suspect_no_longer() -> None:
    """It failed once, it answered, and now everything fails: that is an outage."""
    bench = Bench()
    bench.fault(httpx.Response(500))
    with pytest.raises(SourceUnavailable):
        await bench.ask()
    await bench.ask()
    bench.fault(*(httpx.Response(503) for _ in range(40)))
    for _ in range(12):
        with pytest.raises(SourceUnavailable, match="503"):
            await bench.ask()
    assert bench.lane.is_out


class Heard:
    """A watch that keeps what it hears."""

    def __init__(self) -> None:
        self.said: list[tuple[str, float | None]] = []

    async def trouble(self, source: Source, kind: str, reason: str, wait_s: float | None = None) -> None:
        self.said.append((kind, wait_s))

    async def well(self, source: Source) -> None:
        self.said.append(("well", None))


def watched(bench: Bench, per_min: float = 60.0) -> Heard:
    """What is heard of a bench's lane, which begins anew."""
    heard = Heard()
    bench.lane = Lane(
        bench.lane.client, LaneLimit.of(per_min), bench.clock, bench.clock.sleep, None, 1, heard
    )
    return heard


async def test_silence_is_told_from_the_first_request_on() -> None:
    """A source that never answered is unreachable at the first failure; one that did, only when it looks down."""
    bench = Bench()
    heard = watched(bench)
    bench.fault(httpx.ConnectError("no route"))
    with pytest.raises(SourceUnavailable):
        await bench.ask()
    await bench.ask()
    bench.fault(httpx.Response(500))
    with pytest.raises(SourceUnavailable):
        await bench.ask()
    assert heard.said == [("unreachable", None), ("well", None)]


async def test_a_long_pause_is_told_until_the_answer_after_it() -> None:
    """A 429 with Retry-After: 20 is told with its seconds; one of 2 s is everyday life."""
    bench = Bench()
    heard = watched(bench)
    bench.fault(
        httpx.Response(429, headers={"Retry-After": "20"}), httpx.Response(429, headers={"Retry-After": "2"})
    )
    await bench.ask()
    ((kind, wait_s), end) = heard.said
    assert kind == "pauses"
    assert wait_s is not None and 20 <= wait_s < 22
    assert end == ("well", None)


async def test_a_slow_pace_is_no_pause() -> None:
    """At two requests a minute the next one is 30 s away, and a source that answers is well all the same."""
    bench = Bench()
    heard = watched(bench, per_min=2.0)
    bench.fault(httpx.ConnectError("no route"))
    with pytest.raises(SourceUnavailable):
        await bench.ask()
    await bench.ask()
    assert heard.said == [("unreachable", None), ("well", None)]
