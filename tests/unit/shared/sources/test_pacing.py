"""Pacing: never over the limit in any moving minute, and hardly under it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.pacing import LaneLimit, Pacer

WINDOW_S = 60.0
limits = st.sampled_from([2, 25, 60, 240, 600, 2400])
pauses_s = st.lists(st.floats(0, 90) | st.floats(0, 2), max_size=30)
fast = settings(max_examples=25)


def work(pacer: Pacer, start_s: float, pauses: Sequence[float], burst: int) -> list[float]:
    """Start `burst` requests after each pause, as a lane does; returns when they started."""
    now_s, starts = start_s, []
    for pause_s in pauses:
        now_s += pause_s
        for _ in range(burst):
            now_s = max(now_s, pacer.next_slot(now_s))
            starts.append(pacer.reserve(now_s))
    return starts


def check_windows(starts: Sequence[float], limit: int, jitter_s: float = 0.0) -> None:
    """No window of a minute holds more than the limit, even when each start is late by up to the jitter."""
    assert list(starts) == sorted(starts)
    gaps = [later - first for first, later in zip(starts, starts[limit:], strict=False)]
    assert all(gap >= WINDOW_S + jitter_s - 1e-6 for gap in gaps), f"{limit + 1} requests in {min(gaps)} s"


@fast
@given(limits, pauses_s, st.integers(1, 300))
def test_no_moving_minute_is_over_the_limit(limit: int, pauses: list[float], burst: int) -> None:
    """Whatever the demand and the stalls, with 0.4 s to spare for the way to the API."""
    starts = work(Pacer(LaneLimit.of(limit), 0.0), 0.0, pauses, burst)
    check_windows(starts, limit, jitter_s=0.4)


@fast
@given(limits, st.data())
def test_no_event_makes_a_burst(limit: int, data: st.DataObject) -> None:
    """Holds, 429s, headers, rests and answers in any order never let more through than the limit."""
    pacer, now_s, starts = Pacer(LaneLimit.of(limit), 0.0), 0.0, []
    steps = st.sampled_from(["work", "work", "rest", "hold", "throttled", "answered", "obey"])
    for step in data.draw(st.lists(steps, max_size=25)):
        amount = data.draw(st.floats(0, 20))
        if step == "work":
            starts += work(pacer, now_s, [0.0], burst=int(amount * limit / 10))
            now_s = max(now_s, starts[-1]) if starts else now_s
        elif step == "rest":
            now_s += amount
            pacer.resume(now_s)
        elif step == "hold":
            pacer.hold(now_s + amount)
        elif step == "throttled":
            pacer.throttled(now_s, amount if amount > 5 else None)
        elif step == "obey":
            pacer.obey(now_s, limit, int(amount) - 1)
        else:
            pacer.answered()
    check_windows(starts, limit)


@fast
@given(limits, st.floats(0, 30), st.floats(0, 70), st.floats(0, 200))
def test_a_lane_that_moves_stays_within_the_limit(
    limit: int, first_pause_s: float, gap_s: float, later_s: float
) -> None:
    """A second instance that takes the lane over starts with a pause, so both together keep the limit."""
    first = work(Pacer(LaneLimit.of(limit), 0.0), 0.0, [first_pause_s, 0.3], burst=limit)
    handed_over_s = first[-1] + gap_s
    second = work(Pacer(LaneLimit.of(limit), handed_over_s), handed_over_s, [later_s], burst=limit * 2)
    assert second[0] > handed_over_s
    check_windows(first + second, limit)


@pytest.mark.parametrize("limit", [60, 600, 2400])
def test_constant_demand_uses_at_least_97_percent(limit: int) -> None:
    """Over ten minutes of steady demand at least 97 % of the limit is used, the first pause included."""
    starts = work(Pacer(LaneLimit.of(limit), 0.0), 0.0, [0.0], burst=limit * 11)
    used = sum(start_s <= 600 for start_s in starts)
    assert 0.97 <= used / (10 * limit) <= 1.0


@fast
@given(st.lists(st.floats(0, 0.3), min_size=100, max_size=100))
def test_short_stalls_of_a_fast_lane_are_made_good(stalls_s: list[float]) -> None:
    """A lane of 40 a second that stalls for up to 0.3 s each second still uses 97 %."""
    starts = work(Pacer(LaneLimit.of(2400), 0.0), 0.0, stalls_s, burst=40)
    if sum(stalls_s) <= 20:
        assert len(starts) / (starts[-1] * 40) >= 0.97 - (sum(stalls_s[-1:]) / starts[-1])
    check_windows(starts, 2400)


@given(limits, st.floats(0, 1e6), st.lists(st.floats(0, 100), max_size=20))
def test_slots_are_never_in_the_past(limit: int, start_s: float, pauses: list[float]) -> None:
    """A slot is now or later, and asking for it twice without taking it gives the same."""
    pacer, now_s = Pacer(LaneLimit.of(limit), start_s), start_s
    for pause_s in pauses:
        now_s += pause_s
        assert pacer.next_slot(now_s) == pacer.next_slot(now_s) >= now_s
        assert pacer.reserve(now_s) >= now_s


@given(limits, st.floats(0, 100), st.floats(0, 100))
def test_a_hold_is_obeyed(limit: int, until_s: float, earlier_s: float) -> None:
    """Nothing starts before a hold ends, and an earlier hold does not shorten it."""
    pacer = Pacer(LaneLimit.of(limit), 0.0)
    pacer.hold(until_s)
    pacer.hold(min(earlier_s, until_s))
    assert pacer.reserve(0.0) >= until_s


@given(limits, st.floats(0, 100))
def test_retry_after_is_obeyed_and_the_lane_recovers(limit: int, retry_after_s: float) -> None:
    """After a 429 nothing starts before the API said so, then slower, and answers bring the speed back."""
    pacer = Pacer(LaneLimit.of(limit), 0.0)
    usual_s = pacer.interval_s
    pacer.throttled(5.0, retry_after_s)
    assert pacer.reserve(5.0) >= 5.0 + retry_after_s
    assert pacer.interval_s > usual_s
    for _ in range(500):
        pacer.answered()
    assert pacer.interval_s == usual_s


def test_many_429s_slow_a_lane_down_to_a_limit() -> None:
    """A storm of 429s does not slow a lane for ever: at most sixteenfold."""
    pacer = Pacer(LaneLimit.of(60), 0.0)
    for _ in range(100):
        pacer.throttled(0.0, None)
    assert pacer.interval_s <= 17


def test_a_429_without_retry_after_still_pauses() -> None:
    """Without a time to wait the lane pauses by its own, longer, interval."""
    pacer = Pacer(LaneLimit.of(60), 0.0)
    pacer.throttled(10.0, None)
    assert pacer.reserve(10.0) >= 11.5


def test_a_lower_limit_in_the_headers_rules() -> None:
    """25 a minute instead of 60, as Discogs says without a token, is taken over; a higher one than ours is not."""
    pacer = Pacer(LaneLimit.of(60), 0.0)
    pacer.obey(0.0, 25, 20)
    check_windows(work(pacer, 0.0, [0.0], burst=80), 25)
    pacer.obey(500.0, 240, 20)
    assert pacer.limit == LaneLimit.of(60)


def test_a_limit_that_rises_again_is_followed() -> None:
    """One answer with 25, then 60 again: the lane is back at its own pace; no word of a limit changes nothing."""
    pacer = Pacer(LaneLimit.of(60), 0.0)
    usual_s = pacer.interval_s
    for permitted in (25, None, 40, 60):
        pacer.obey(0.0, permitted, 20)
        assert pacer.limit.requests_per_min == (permitted or 25)
    assert pacer.interval_s == usual_s


def test_a_limit_that_falls_counts_what_was_started_before() -> None:
    """After a minute at 60 the lane rests until a window of 25 has room, and never sees more than 25 from then on."""
    pacer = Pacer(LaneLimit.of(60), 0.0)
    starts = work(pacer, 0.0, [0.0], burst=60)
    pacer.obey(starts[-1], 25, 0)
    later = work(pacer, starts[-1], [0.0], burst=60)
    check_windows([*starts[-25:], *later], 25)


def test_a_rest_for_a_fallen_limit_ends_when_it_rises() -> None:
    """An answer under way that says 60 again ends the rest: an odd one costs hardly anything."""
    pacer = Pacer(LaneLimit.of(60), 0.0)
    starts = work(pacer, 0.0, [0.0], burst=60)
    pacer.obey(starts[-1], 25, 40)
    assert pacer.next_slot(starts[-1]) > starts[-1] + 20
    pacer.obey(starts[-1], 60, 40)
    assert pacer.next_slot(starts[-1]) < starts[-1] + 3


def test_nothing_remaining_makes_way_for_somebody_else() -> None:
    """0 remaining after two requests of ours: another program uses the rate, and the lane waits."""
    pacer = Pacer(LaneLimit.of(60), 0.0)
    starts = work(pacer, 0.0, [0.0], burst=2)
    pacer.obey(starts[-1], 60, 0)
    assert pacer.next_slot(starts[-1]) >= starts[-1] + 2


def test_using_the_rate_to_the_full_is_not_taken_for_somebody_else() -> None:
    """0 remaining because we used it all ourselves does not slow the lane."""
    pacer = Pacer(LaneLimit.of(60), 0.0)
    starts = work(pacer, 0.0, [0.0], burst=60)
    expected_s = pacer.next_slot(starts[-1])
    pacer.obey(starts[-1], 60, 0)
    assert pacer.next_slot(starts[-1]) == expected_s


def test_a_lane_taken_up_after_a_rest_starts_with_a_pause() -> None:
    """After a rest another instance may have used the lane: one interval passes before the first request."""
    pacer = Pacer(LaneLimit.of(60), 0.0)
    work(pacer, 0.0, [0.0], burst=3)
    pacer.resume(100.0)
    assert pacer.reserve(100.0) >= 101.0


@pytest.mark.parametrize("lanes", range(1, 13))
def test_lanes_share_a_limit_in_whole_requests(lanes: int) -> None:
    """Seven lanes of a limit of 60 are 7 times 8, not 7 times 9."""
    share = LaneLimit.of(60 / lanes)
    assert lanes * share.requests_per_min <= 60
