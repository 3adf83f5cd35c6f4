"""How fast sources are asked, from sums noted now and then."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runs.rates import KEPT_SAMPLES, RateLog, pace
from tests.fakes import FakeClock


def noted(clock: FakeClock, steps: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Samples after waiting and adding requests, step by step."""
    log, total = RateLog(), 0
    for wait_s, added in steps:
        clock.advance(wait_s)
        total += added
        log.note(clock.now(), {"tmdb": total})
    return log.as_json()["tmdb"]


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 50)), min_size=1, max_size=200))
def test_the_log_stays_small_and_keeps_the_last_sum(steps: list[tuple[float, int]]) -> None:
    """However many batches report, sixty samples are kept, in order, the newest among them."""
    samples = noted(FakeClock(), steps)
    assert len(samples) <= KEPT_SAMPLES
    assert samples == sorted(samples) and samples[-1][1] == sum(added for _, added in steps)


def test_a_running_source_is_measured_over_the_last_minute() -> None:
    """Ten minutes at 40 a minute after a slow start are 40 a minute; what is left takes as long as it must."""
    clock = FakeClock()
    begun = clock.now()
    samples = noted(clock, [(300, 10), *[(3, 2)] * 200])
    found = pace(samples, begun, clock.now(), permitted_per_min=60, ended_tasks=410, open_tasks=80)
    assert found.requests_per_min == pytest.approx(40, abs=2)
    assert found.rate_used == pytest.approx(2 / 3, abs=0.05)
    assert found.seconds_left == pytest.approx(120, rel=0.06)


def test_a_source_that_stands_still_slows_down_to_nothing() -> None:
    """A minute without an answer is a rate of 0, and nobody can tell how long it takes."""
    clock = FakeClock()
    begun, samples = clock.now(), noted(clock, [(5, 100)])
    clock.advance(61)
    found = pace(samples, begun, clock.now(), permitted_per_min=60, ended_tasks=5, open_tasks=3)
    assert (found.requests_per_min, found.seconds_left) == (0.0, None)


def test_a_source_that_is_done_is_measured_over_its_work() -> None:
    """What other sources still take does not count against it."""
    clock = FakeClock()
    begun, samples = clock.now(), noted(clock, [(10, 5), (50, 45)])
    clock.advance(3600)
    found = pace(samples, begun, clock.now(), permitted_per_min=100, ended_tasks=9, open_tasks=0)
    assert (found.requests_per_min, found.rate_used, found.seconds_left) == (50.0, 0.5, 0.0)


def test_a_log_that_began_anew_does_not_count_what_was_before() -> None:
    """After a restart the first sum holds hours of requests; they are not taken for the last minute's."""
    clock = FakeClock()
    begun = clock.now()
    clock.advance(7200)
    samples = noted(clock, [(1, 100_000), (30, 20)])
    found = pace(samples, begun, clock.now(), permitted_per_min=60, ended_tasks=10, open_tasks=1)
    assert found.requests_per_min == 40.0


@pytest.mark.parametrize(("open_tasks", "left"), [(3, None), (0, 0.0)])
def test_before_the_first_request_there_is_no_rate(open_tasks: int, left: float | None) -> None:
    """No samples: no share, and nothing left only where there is nothing to do."""
    now = FakeClock().now()
    found = pace([], now, now, permitted_per_min=60, ended_tasks=0, open_tasks=open_tasks)
    assert (found.requests_per_min, found.rate_used, found.seconds_left) == (0.0, None, left)
