"""The live view of a run."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from local.console.progress import (
    ProgressView,
    RateMeter,
    clock_text,
    limits,
    plain_line,
    source_cells,
    stages_text,
    trouble_text,
)
from tests.unit.local.console.run_statuses import RUN_ID, completed, ingesting, progress, status

RATES = {"tmdb": "39.0/s of 40/s", "discogs": "58.0/min of 60/min"}


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """The time set last."""
        return self.now_s


def test_a_plain_line_says_pages_records_and_rates() -> None:
    """During ingestion a line tells, of each source, its pages against the known total, and its rate."""
    line = plain_line(ingesting(), RATES, 83.0)
    assert line.startswith(
        "01:23 ingesting: tmdb 212 of 400 pages, 3,796 of 3,800 records, 39.0/s of 40/s, 2 failed, 3 retries"
    )
    assert line.endswith("discogs 5 of 12 pages, 500 of 500 records, 58.0/min of 60/min")


def test_a_source_that_is_read_has_no_rate() -> None:
    """When all pages of a source have ended, its rate is no longer shown."""
    counts = progress(tasks=12, done=11, failed=1, records=1100, listed=1100)
    assert source_cells(status("ingesting", progress={"tmdb": counts}), "tmdb", "1.0/s of 40/s") == [
        "12 of 12 pages",
        "1,100 of 1,100 records",
        "all read",
        "1 failed",
    ]


def test_a_source_in_trouble_is_said_with_its_times() -> None:
    """Which source, what, since when, why, and when it is tried again; without a time nothing is promised."""
    trouble = {
        "kind": "unreachable",
        "since": "2026-11-20T06:30:00Z",
        "reason": "no answer: ConnectError",
        "again_at": "2026-11-20T06:30:30Z",
    }
    line = plain_line({**ingesting(), "troubles": {"discogs": trouble}}, RATES, 83.0)
    assert line.endswith(
        "60/min, unreachable since 06:30:00 UTC (no answer: ConnectError), tried again at 06:30:30 UTC"
    )
    assert trouble_text({**trouble, "kind": "slow", "again_at": None}) == [
        "slow since 06:30:00 UTC (no answer: ConnectError)"
    ]


def test_a_plain_line_of_a_spark_stage_says_the_stages() -> None:
    """After ingestion a line tells the stages and their seconds."""
    assert plain_line({**completed(), "state": "gold"}, RATES, 5.0) == (
        "00:05 gold: ingest 100.5 s, silver 18.0 s, gold 20.0 s"
    )


def test_a_stage_under_way_is_said_to_run() -> None:
    """A stage without an end is running; those that have not begun are not named."""
    assert stages_text(ingesting()) == "ingest running"


def test_plain_lines_come_seldom_but_changes_of_state_at_once() -> None:
    """Without a terminal there is a line every five seconds, and one for each new state."""
    clock, file = Clock(), io.StringIO()
    with ProgressView(Console(file=file, width=200), limits(40, 60), clock) as view:
        for second, state in [
            (0, "ingesting"),
            (1, "ingesting"),
            (5, "ingesting"),
            (6, "silver"),
            (7, "silver"),
        ]:
            clock.now_s = float(second)
            view.show(status(state))
    starts = [line[:11] for line in file.getvalue().splitlines()]
    assert starts == ["00:00 inges", "00:05 inges", "00:06 silve"]


def test_the_live_table_shows_rates_against_limits() -> None:
    """In a terminal the table has run, state, pages and the measured rates beside the limits."""
    clock, file = Clock(), io.StringIO()
    console = Console(file=file, force_terminal=True, width=160, color_system=None)
    with ProgressView(console, limits(40, 60), clock) as view:
        for second in range(11):
            clock.now_s = float(second)
            counts = progress(tasks=400, done=second * 10, requests=second * 39)
            view.show(status("ingesting", progress={"tmdb": counts, "discogs": progress()}))
    text = file.getvalue()
    assert RUN_ID in text
    assert "100 of 400 pages" in text
    assert "39.0/s of 40/s" in text


@given(
    rate=st.floats(0.1, 1000),
    steps_s=st.lists(st.floats(0.01, 5), min_size=1, max_size=100),
    window_s=st.floats(1, 60),
)
def test_a_steady_rate_is_measured_as_it_is(rate: float, steps_s: list[float], window_s: float) -> None:
    """Whatever the polling, a total that grows steadily has that rate."""
    meter, now_s = RateMeter(window_s), 0.0
    meter.add(now_s, 0.0)
    for step_s in steps_s:
        now_s += step_s
        meter.add(now_s, now_s * rate)
    assert meter.per_s() == pytest.approx(rate)


def test_an_old_rate_is_forgotten() -> None:
    """Only the last window counts: a lane that stopped has rate 0."""
    meter = RateMeter(10.0)
    for second in range(40):
        meter.add(float(second), min(second, 20) * 40.0)
    assert meter.per_s() == 0.0


def test_one_sample_is_no_rate() -> None:
    """Before there are two samples the rate is 0."""
    meter = RateMeter(10.0)
    meter.add(1.0, 100.0)
    assert meter.per_s() == 0.0


def test_elapsed_time_has_minutes() -> None:
    """Times over an hour count on in minutes."""
    assert [clock_text(seconds) for seconds in (0.9, 61, 3661)] == ["00:00", "01:01", "61:01"]
