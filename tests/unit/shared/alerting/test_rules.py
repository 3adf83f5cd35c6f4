"""Alert rules: each at its threshold, a little under it and a little over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from shared.alerting.rules import RULES, Alert, Facts, Thresholds, evaluate
from shared.config import load_settings
from shared.figures.stored import Measurement
from shared.runs.findings import Export
from shared.runs.state import RunState
from tests.builders.runs import NOW, hours_ago

THRESHOLDS = Thresholds.of(load_settings())


def facts(*ended: RunState, active: RunState | None = None, **values: object) -> Facts:
    """Facts about these runs, oldest first; somebody has watched for a day."""
    watched_since = NOW - timedelta(days=1)
    return Facts(now=NOW, active=active, ended=ended, watched_since=watched_since, **values)  # type: ignore[arg-type]


def found(rule: str, given: Facts) -> Alert | None:
    """What a rule says."""
    return next((alert for alert in evaluate(given, THRESHOLDS) if alert.rule == rule), None)


@pytest.mark.parametrize("state", ["failed", "completed"])
def test_an_export_that_failed_is_a_warning(state: str) -> None:
    """It says why and of which run; one that completed alerts nobody, and neither does none at all."""
    said = {"run_id": "r1", "state": state, "reason": "MongoDB does not answer", "ended_at": NOW}
    alert = found("export_failed", facts(hours_ago(1), export=Export.model_validate(said)))
    wanted = Alert("export_failed", "warning", "MongoDB does not answer", "r1")
    assert alert == (wanted if state == "failed" else None)
    assert found("export_failed", facts(hours_ago(1))) is None


def test_all_is_well_after_a_good_run() -> None:
    """A run that completed a short while ago, with good quality, alerts nobody."""
    good = hours_ago(1, quality={"movies": {"completeness": 0.99}, "releases": {"completeness": 0.97}})
    assert evaluate(facts(good), THRESHOLDS) == []


def test_a_failed_run_is_critical_until_one_completes() -> None:
    """It says why and which run; a cancelled run after it changes nothing, a completed one ends it."""
    failed = hours_ago(3, "failed", reason="the silver job failed: no such column")
    alert = found("run_failed", facts(hours_ago(7), failed, hours_ago(2, "cancelled")))
    assert alert == Alert("run_failed", "critical", "the silver job failed: no such column", failed.run_id)
    assert found("run_failed", facts(failed, hours_ago(1))) is None
    assert found("run_failed", facts()) is None


@pytest.mark.parametrize(
    ("score", "severity"), [(0.8999, "critical"), (0.90, "warning"), (0.9499, "warning"), (0.95, None)]
)
def test_quality_is_that_of_the_worst_table(score: float, severity: str | None) -> None:
    """Under 0.90 critical, from 0.90 to 0.95 a warning; a table's score is the mean of its dimensions."""
    tables = {"movies": {"a": 1.0, "b": 1.0}, "releases": {"a": score - 0.01, "b": score + 0.01}, "none": {}}
    alert = found("quality", facts(hours_ago(5, quality=tables), hours_ago(1)))
    assert (alert.severity if alert else None) == severity
    assert alert is None or "releases" in alert.reason


def test_no_completed_run_for_six_hours_is_critical() -> None:
    """Since the end of the last completed run; where none ever completed, since somebody watches."""
    assert found("no_completed_run", facts(hours_ago(6.4), hours_ago(1, "failed"))) is None
    alert = found("no_completed_run", facts(hours_ago(6.6), hours_ago(1, "failed")))
    assert alert is not None and alert.severity == "critical"
    assert found("no_completed_run", facts()) is not None
    just_begun = Facts(now=NOW, active=None, ended=(), watched_since=NOW - timedelta(hours=1))
    assert found("no_completed_run", just_begun) is None


@pytest.mark.parametrize(
    ("hours", "severity"), [(0.99, None), (1.0, "warning"), (1.99, "warning"), (2.0, "critical")]
)
def test_a_run_that_takes_too_long(hours: float, severity: str | None) -> None:
    """From an hour on a warning, from two hours on critical; over when the run ends."""
    late = hours_ago(hours, "silver")
    alert = found("run_late", facts(active=late))
    assert (alert.severity if alert else None) == severity
    assert alert is None or (alert.run_id, "silver" in alert.reason) == (late.run_id, True)
    assert found("run_late", facts(late)) is None


def test_dead_letters_are_critical_until_a_later_run_completes() -> None:
    """A run that began before they were found does not end the alert."""
    found_at = NOW - timedelta(hours=2)
    given = facts(hours_ago(3), dead_letters=4, dead_letters_at=found_at)
    alert = found("dead_letters", given)
    assert alert is not None and alert.severity == "critical" and "4 dead letters" in alert.reason
    later = facts(hours_ago(3), hours_ago(1), dead_letters=4, dead_letters_at=found_at)
    assert found("dead_letters", later) is None


def volumes(*counts: int, **values: object) -> list[RunState]:
    """Completed runs, oldest first, with so many films each."""
    return [
        hours_ago(4 * (len(counts) - n), counts={"bronze_tmdb": count, "bronze_discogs": 300}, **values)
        for n, count in enumerate(counts)
    ]


@pytest.mark.parametrize(
    ("runs", "is_off"),
    [
        (volumes(100, 110, 90, 105, 95, 123), False),
        (volumes(100, 110, 90, 105, 95, 124), True),
        (volumes(100, 110, 90, 105, 95, 60), True),
        (volumes(100, 110, 90, 105, 20), False),
        (volumes(10_000, 10_000, 10_000, 10_000, 10_000, 10_299), False),
        (volumes(10_000, 10_000, 10_000, 10_000, 10_000, 10_301), True),
        (volumes(9, 9, 9, *[100, 101, 99, 100, 101, 99, 100, 101, 99, 100], 90), True),
        (volumes(0, 0, 0, 0, 0, 0), False),
        (volumes(100, 110, 90, 105, 95, 600_000, mode="bulk"), False),
    ],
    ids=[
        "within 3 sigma",
        "over",
        "under",
        "too few runs",
        "hardly moves",
        "moved",
        "ten count",
        "empty",
        "bulk",
    ],
)
def test_a_volume_off_the_last_ten_runs_is_a_warning(runs: Sequence[RunState], is_off: bool) -> None:
    """More than 3 sigma from the mean of the runs before, either way, in either source."""
    alert = found("volume", facts(*runs))
    assert (alert is not None) == is_off
    assert alert is None or (alert.severity, "bronze_tmdb" in alert.reason) == ("warning", True)


def test_only_like_runs_are_compared_by_volume() -> None:
    """An incremental run or a replay brings less than a full one, and nobody is told."""
    full = volumes(100, 101, 99, 100, 101)
    assert (
        found("volume", facts(*full, hours_ago(0.5, mode="incremental", counts={"bronze_tmdb": 3}))) is None
    )
    assert found("volume", facts(*full, hours_ago(0.5, replays="x", counts={"bronze_tmdb": 3}))) is None


def filled(*shares: float, last: float, mode: str = "full") -> list[RunState]:
    """Completed runs whose films have a budget that often; the last one an hour ago."""
    rates = [*shares, last]
    return [
        hours_ago(len(rates) - n, fill={"movies": {"budget": rate, "overview": 1.0}}, mode=mode)
        for n, rate in enumerate(rates)
    ]


@pytest.mark.parametrize(
    ("runs", "is_fallen"),
    [
        (filled(0.50, 0.52, 0.48, 0.50, 0.51, last=0.46), False),
        (filled(0.50, 0.52, 0.48, 0.50, 0.51, last=0.44), True),
        (filled(0.50, 0.52, 0.48, 0.50, 0.51, last=0.90), False),
        (filled(0.50, 0.50, 0.50, 0.50, 0.50, last=0.471), False),
        (filled(0.50, 0.50, 0.50, 0.50, 0.50, last=0.469), True),
        (filled(0.50, 0.50, 0.50, 0.50, last=0.10), False),
    ],
)
def test_a_column_that_is_filled_less_than_before_is_a_warning(runs: list[RunState], is_fallen: bool) -> None:
    """More than 3 sigma under the mean of five runs at least; a hair's spread counts as 1 %, and more is no alert."""
    alert = found("fill_rate", facts(*runs))
    assert (alert is not None) == is_fallen
    assert alert is None or alert.reason.startswith("movies.budget is filled in 4")


def test_fill_rates_are_compared_among_like_runs() -> None:
    """An incremental run brings other films than a full one; a column that is new has nothing to be compared with."""
    full = filled(0.50, 0.50, 0.50, 0.50, 0.50, last=0.50)
    incremental = hours_ago(0.5, mode="incremental", fill={"movies": {"budget": 0.1}})
    assert found("fill_rate", facts(*full, incremental)) is None
    assert found("fill_rate", facts(*full, hours_ago(0.5, fill={"movies": {"tagline": 0.0}}))) is None


def test_a_run_that_found_too_little_is_a_warning() -> None:
    """It says what was found and from where changes are read; over when a later run is believed."""
    doubtful = hours_ago(3, doubt="tmdb brought 0 records, 350 in the last completed run")
    alert = found("little_found", facts(doubtful))
    assert alert is not None and alert.severity == "warning"
    assert "tmdb brought 0 records" in alert.reason and "the run before" in alert.reason
    assert found("little_found", facts(doubtful, hours_ago(1))) is None


@pytest.mark.parametrize(("took_min", "is_open"), [(192, False), (193, True)])
def test_a_run_that_fills_the_time_between_two_runs_is_a_warning(took_min: float, is_open: bool) -> None:
    """Over 80 % of the four hours between two runs."""
    alert = found("utilisation", facts(hours_ago(3.5, took_min=took_min)))
    assert (alert is not None) == is_open


@pytest.mark.parametrize(
    ("held_gb", "budget_gb", "is_open"), [(499, 500, False), (501, 500, True), (501, 0, False)]
)
def test_a_lake_over_its_budget_is_a_warning(held_gb: int, budget_gb: int, is_open: bool) -> None:
    """The reason says how much and where; a budget of 0 is none, and a lake nobody measured is no alert."""
    areas = {"raw": (held_gb - 1) * 10**9, "metrics": 10**9}
    stored = Measurement(at=NOW, areas=areas)
    limits = Thresholds.of(load_settings(storage_budget_gb=budget_gb))
    alerts = [one for one in evaluate(facts(hours_ago(1), stored=stored), limits) if one.rule == "storage"]
    assert bool(alerts) == is_open
    if is_open:
        assert alerts[0].reason == "the lake holds 501 GB, over 500; most of it is raw"
    assert found("storage", facts(hours_ago(1))) is None


def test_thresholds_are_settings() -> None:
    """Each has a setting of its own, with the default that the documentation promises; so has each rule a name."""
    assert Thresholds.of(load_settings()) == Thresholds(
        quality_critical=0.90,
        quality_warning=0.95,
        no_run=timedelta(hours=6),
        late_critical=timedelta(hours=2),
        late_warning=timedelta(hours=1),
        volume_sigmas=3.0,
        volume_runs=10,
        utilisation=0.8,
        schedule_interval=timedelta(hours=4),
        storage_gb=500.0,
    )
    assert Thresholds.of(load_settings(run_limit_min=10)).late_critical == timedelta(minutes=10)
    assert len({rule.__name__ for rule in RULES}) == 11
