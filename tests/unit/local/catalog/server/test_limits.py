"""Moving windows and counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from local.catalog.server.limits import MovingWindow, PeakWindow
from local.catalog.server.stats import SourceStats

GAPS = st.lists(st.floats(0, 30, allow_nan=False).map(lambda gap: round(gap, 3)), min_size=1, max_size=80)


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now


def _most_in_any_window(times: list[float]) -> int:
    return max((sum(start - 60 < time <= start for time in times) for start in times), default=0)


@given(GAPS, st.integers(1, 6))
def test_no_window_admits_more_than_the_limit(gaps: list[float], limit: int) -> None:
    """Whatever the arrivals, no 60 seconds see more than the limit admitted, and a free place is never refused."""
    clock, admitted = Clock(), []
    window = MovingWindow(limit, clock)
    for gap in gaps:
        clock.now += gap
        recent = sum(time > clock.now - 60 for time in admitted)
        wait_s = window.admit()
        assert (wait_s == 0) == (recent < limit)
        if wait_s == 0:
            admitted.append(clock.now)
    assert _most_in_any_window(admitted) <= limit


@given(GAPS, st.integers(1, 3))
def test_the_promised_wait_is_enough(gaps: list[float], limit: int) -> None:
    """Who is refused and waits as long as told is admitted."""
    clock = Clock()
    window = MovingWindow(limit, clock)
    for gap in gaps:
        clock.now += gap
        wait_s = window.admit()
        if wait_s:
            clock.now += wait_s + 1e-6
            assert window.admit() == 0


def test_no_limit_admits_everything() -> None:
    """A limit of 0 never refuses and counts nothing."""
    window = MovingWindow(0, Clock())
    assert [window.admit() for _ in range(5)] == [0.0] * 5
    assert (window.used(), window.remaining()) == (0, 0)


@given(GAPS)
def test_the_peak_is_the_fullest_window(gaps: list[float]) -> None:
    """The peak is what counting every window by hand gives."""
    peak, times, now = PeakWindow(), [], 0.0
    for gap in gaps:
        now += gap
        times.append(now)
        peak.add(now)
    assert peak.peak == _most_in_any_window(times)


def test_only_whole_answers_make_repeats() -> None:
    """Asking again after an error or a spoilt answer is no repeat; after a whole one it is."""
    stats = SourceStats()
    for status, is_whole in (("500", False), ("200", False), ("200", True), ("200", True)):
        stats.arrive("details", "movie/1", 0.0)
        stats.answer("movie/1", status, is_whole)
    assert (stats.as_dict()["repeats"], stats.as_dict()["repeated"]) == (1, {"movie/1": 2})
