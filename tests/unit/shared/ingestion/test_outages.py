"""A message is held while a service of our own is gone, and for no longer than its patience."""

from __future__ import annotations

import pytest

from shared.errors import (
    BlobExists,
    LakeUnavailable,
    QueuesUnavailable,
    SourceUnavailable,
    StaleWrite,
    Unreachable,
    VaultUnavailable,
)
from shared.ingestion.outages import LONGEST_PAUSE_S, Hold, is_outage
from tests.fakes import FakeClock

GONE = LakeUnavailable("the lake", "HttpResponseError")
WRONG = LakeUnavailable("the lake", "HttpResponseError", is_passing=False)


@pytest.mark.parametrize("error", [GONE, QueuesUnavailable("q", "k"), VaultUnavailable("v", "k")], ids=repr)
def test_what_may_pass_is_an_outage(error: Exception) -> None:
    """A service of our own that is busy, gone, or does not know our rights yet."""
    assert is_outage(error)


@pytest.mark.parametrize(
    "error", [WRONG, BlobExists("b"), StaleWrite("b"), SourceUnavailable("s"), ValueError("v")], ids=repr
)
def test_what_would_fail_again_is_none(error: Exception) -> None:
    """A request that is wrong, an answer that means something, the sources' troubles, and errors of our own code."""
    assert not is_outage(error)


class Service:
    """A service that is gone until some time."""

    def __init__(self, clock: FakeClock, back_s: float, error: Exception) -> None:
        self._clock, self._back_s, self._error = clock, back_s, error
        self.asked_at: list[float] = []

    async def ask(self) -> str:
        self.asked_at.append(self._clock())
        if self._clock() < self._back_s:
            raise self._error
        return "here"


async def test_an_outage_of_a_minute_is_held_through() -> None:
    """Asked with growing pauses, some ten times, and answered soon after the service is back."""
    clock = FakeClock()
    service = Service(clock, 60.0, GONE)
    assert await Hold(300.0, clock, clock.sleep)(service.ask) == "here"
    assert 60 <= clock() <= 60 + LONGEST_PAUSE_S
    pauses = [b - a for a, b in zip(service.asked_at, service.asked_at[1:], strict=False)]
    assert pauses == sorted(pauses) and len(pauses) <= 10 and pauses[0] == 0.5


async def test_patience_ends_for_the_whole_message() -> None:
    """After its limit the error is raised; what is asked next by the same message has no patience left."""
    clock = FakeClock()
    hold, service = Hold(300.0, clock, clock.sleep), Service(clock, 1e9, GONE)
    with pytest.raises(Unreachable):
        await hold(service.ask)
    assert clock() == pytest.approx(300.0)
    asked = len(service.asked_at)
    with pytest.raises(Unreachable):
        await hold(service.ask)
    assert len(service.asked_at) == asked + 1


async def test_what_is_no_outage_is_raised_at_once() -> None:
    """A wrong request is not repeated."""
    clock = FakeClock()
    service = Service(clock, 1e9, WRONG)
    with pytest.raises(Unreachable):
        await Hold(300.0, clock, clock.sleep)(service.ask)
    assert len(service.asked_at) == 1 and clock() == 0
