"""Quotas: never more than is allowed, over restarts and side by side, and no key anywhere."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.lake import CONTROL
from shared.errors import OverQuota
from shared.serving.lookup.quotas import Quota, Quotas
from tests.fakes import FakeLake

START = datetime(2026, 11, 28, 12, 0, 15, tzinfo=UTC)
KEY = "a-key-of-this-test"


class Wall:
    """A clock on the wall that a test moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


class WaitedFor(FakeLake):
    """Counts how often it was asked while a request waited."""

    is_asked = False
    waited = 0

    async def replace(self, container: str, name: str, data: bytes, etag: str | None) -> None:
        self.waited += self.is_asked
        await super().replace(container, name, data, etag)


async def allowed(quotas: Quotas, times: int, key: str = KEY) -> int:
    """How many of so many requests pass."""
    passed = 0
    for _ in range(times):
        try:
            await quotas.spend(key)
            passed += 1
        except OverQuota:
            continue
    return passed


async def test_a_minute_holds_so_many_and_the_next_begins_anew() -> None:
    """The refusal says when; another key has its own."""
    lake, wall = FakeLake(), Wall()
    quotas = Quotas(lake, wall, Quota(50, 1000))
    assert await allowed(quotas, 60) == 50
    with pytest.raises(OverQuota, match="50 requests a minute") as caught:
        await quotas.spend(KEY)
    assert caught.value.retry_after_s == 45
    assert await allowed(quotas, 3, "another") == 3
    wall.at += timedelta(seconds=45)
    assert await allowed(quotas, 60) == 50


async def test_a_day_holds_so_many() -> None:
    """However many minutes it has; the refusal waits for midnight, UTC."""
    lake, wall = FakeLake(), Wall()
    quotas = Quotas(lake, wall, Quota(50, 120))
    passed = 0
    for _ in range(4):
        passed += await allowed(quotas, 50)
        wall.at += timedelta(minutes=1)
    assert passed == 120
    with pytest.raises(OverQuota, match="120 requests a day") as caught:
        await quotas.spend(KEY)
    assert wall.at + timedelta(seconds=caught.value.retry_after_s) == datetime(2026, 11, 29, tzinfo=UTC)


async def test_a_slow_key_is_charged_what_it_asks() -> None:
    """One request a minute costs one of the day, not a block."""
    lake, wall = FakeLake(), Wall()
    quotas = Quotas(lake, wall, Quota(600, 100))
    for _ in range(100):
        await quotas.spend(KEY)
        wall.at += timedelta(minutes=1)
    with pytest.raises(OverQuota):
        await quotas.spend(KEY)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.integers(1, 60), st.integers(1, 120))
def test_restarts_and_instances_never_allow_more(bursts: list[int], per_min: int, per_day: int) -> None:
    """Whatever instances come and go, a key passes no more often than its quotas say."""
    lake, wall = FakeLake(), Wall()

    async def run() -> int:
        instances = [Quotas(lake, wall, Quota(per_min, per_day)) for _ in bursts]
        return sum(await asyncio.gather(*(allowed(one, n) for one, n in zip(instances, bursts, strict=True))))

    passed = asyncio.run(run())
    assert passed <= min(per_min, per_day)
    if len(bursts) == 1:
        assert passed == min(per_min, per_day, bursts[0])


async def test_few_writes_for_many_requests() -> None:
    """Blocks grow while a minute lasts, so that storage is asked some twenty times a minute."""
    lake = FakeLake()
    assert await allowed(Quotas(lake, Wall(), Quota(3000, 10_000)), 3000) == 3000
    (name,) = lake.blob_names(CONTROL, "quotas/")
    assert lake.bytes_written[name] / len(lake.blob(CONTROL, name)) < 40


async def test_the_next_block_is_taken_while_there_is_some_of_the_last() -> None:
    """Once blocks have grown no request waits for the lake, also not the first ones of the next minute but one."""
    lake, wall = WaitedFor(), Wall()
    quotas = Quotas(lake, wall, Quota(3000, 100_000))
    for waited in (4, 1):
        lake.waited = 0
        for _ in range(2000):
            lake.is_asked = True
            await quotas.spend(KEY)
            lake.is_asked = False
            for _ in range(9):
                await asyncio.sleep(0)
        assert lake.waited <= waited
        wall.at += timedelta(minutes=1)


async def test_no_key_is_kept() -> None:
    """Neither name nor content of what is written holds the key."""
    lake = FakeLake()
    await allowed(Quotas(lake, Wall(), Quota(2, 2)), 4)
    assert lake.blob_names(CONTROL, "quotas/") and KEY.encode() not in lake.everything()
