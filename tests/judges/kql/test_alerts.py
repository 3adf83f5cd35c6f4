"""Every alert, run by an engine: it fires when it must, and at no healthy run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from local.insights.envelopes import Item
from local.insights.tables import rows_of
from tests.judges.kql.engine import INFRASTRUCTURE, JUDGE, alert_rules
from tests.judges.kql.items import event, gauge, histogram

pytestmark = pytest.mark.judge(*JUDGE)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE, HOUR, INSTANT = timedelta(minutes=1), timedelta(hours=1), timedelta(microseconds=1)
RULES = alert_rules()
STATES = ("RunPlanning", "RunIngesting", "RunSilver", "RunGold")
TABLES, DIMENSIONS = ("films", "releases", "credits"), ("completeness", "validity", "uniqueness")


def fired(items: Iterable[Item], now: datetime = NOW) -> set[str]:
    """The rules that fire at `now`."""
    tables = rows_of(items)
    return {name for name, rule in RULES.items() if rule.finds(tables, now)}


def finds(rule: str, items: Iterable[Item], now: datetime = NOW) -> bool:
    return bool(RULES[rule].finds(rows_of(items), now))


def run(
    run_id: str,
    ended: datetime,
    minutes: float = 20,
    films: float = 2000,
    releases: float | None = 3000,
    **fields: str,
) -> list[Item]:
    """What a run that completes sends: its states, both jobs, its figures."""
    began = ended - minutes * MINUTE
    about = {"run_id": run_id, "mode": "full", "trigger": "timer", "overdue": False, **fields}
    steps = [event(name, began + n * MINUTE, **about) for n, name in enumerate(STATES)]
    jobs = [
        event("DatabricksRunEnded", ended, run_id=run_id, stage=stage, result="SUCCESS")
        for stage in ("silver", "gold")
    ]
    last = event("RunCompleted", ended, **about, bronze_tmdb=films, bronze_discogs=releases)
    return [*steps, *jobs, last, histogram("crossfade.stage_duration", ended, [minutes * 60], stage="run")]


def qualities(at: datetime, scores: Iterable[float], table: str = "films") -> list[Item]:
    """Scores of a table, one a dimension."""
    return [
        gauge("crossfade.quality", at, score, table=table, dimension=dimension)
        for dimension, score in zip(DIMENSIONS, scores, strict=True)
    ]


def history(count: int = 11, every: timedelta = 4 * HOUR, last: datetime = NOW - 5 * MINUTE) -> list[Item]:
    """Runs alike up to `last`, with catalogs that grow a little."""
    return [
        each
        for n in range(count)
        for each in run(f"run-{n:02d}", last - (count - 1 - n) * every, films=2000 + n, releases=3000 + n)
    ]


def test_every_rule_is_here() -> None:
    """The rules read from Bicep are all the queries there are."""
    assert set(RULES) == {path.stem for path in (INFRASTRUCTURE / "alerts").glob("*.kql")}


def test_healthy_runs_raise_no_alert() -> None:
    """Eleven good runs four hours apart, the last one just over: silence."""
    items = [*history(), *qualities(NOW - 5 * MINUTE, (0.96, 0.99, 1.0))]
    assert fired(items) == set()


def test_silence_is_told() -> None:
    """Where nothing arrives at all, no run was completed, and no other rule invents anything."""
    assert fired([]) == {"no-completed-run"}


@pytest.mark.parametrize(
    ("age", "is_told"), [(HOUR, False), (6 * HOUR - INSTANT, False), (6 * HOUR + INSTANT, True)]
)
def test_no_completed_run(age: timedelta, is_told: bool) -> None:
    """Told when the last run completed more than six hours ago; others than completed ones do not count."""
    items = [*run("run-1", NOW - age), event("RunCancelled", NOW - HOUR, run_id="run-2")]
    assert finds("no-completed-run", items) == is_told


def test_a_failed_run_is_told_with_its_reason() -> None:
    """A run that failed, and a job that did, each with run, stage and reason."""
    items = [
        event("RunFailed", NOW - MINUTE, run_id="run-1", reason="the token is refused"),
        event(
            "DatabricksRunEnded",
            NOW - MINUTE,
            run_id="run-2",
            stage="gold",
            result="FAILED",
            error="no memory",
        ),
    ]
    found = RULES["run-failed"].finds(rows_of(items), NOW)
    assert {(row["run_id"], row["stage"], row["reason"]) for row in found} == {
        ("run-1", "", "the token is refused"),
        ("run-2", "gold", "no memory"),
    }


@pytest.mark.parametrize("result", ["SUCCESS", "CANCELED"])
def test_a_job_that_did_not_fail_is_not_told(result: str) -> None:
    """The results of other jobs are no failure."""
    assert not finds(
        "run-failed", [event("DatabricksRunEnded", NOW, run_id="run-1", stage="gold", result=result)]
    )


@pytest.mark.parametrize(
    ("scores", "severity"),
    [
        ((0.75, 0.95, 0.97), "quality-critical"),
        ((0.9, 0.9, 0.9), "quality-warning"),
        ((0.94, 0.95, 0.95), "quality-warning"),
        ((0.95, 0.95, 0.95), None),
        ((0.85, 1.0, 1.0), None),
    ],
)
def test_quality_of_a_table(scores: tuple[float, ...], severity: str | None) -> None:
    """The mean of a table's dimensions decides, one severity only, whatever other tables are like."""
    items = [*qualities(NOW, scores), *qualities(NOW, (1.0, 1.0, 1.0), "releases")]
    told = {rule for rule in ("quality-critical", "quality-warning") if finds(rule, items)}
    assert told == ({severity} if severity else set())


def test_the_bad_table_is_named() -> None:
    """The alert's row names the table and its score."""
    items = [*qualities(NOW, (0.7, 0.8, 0.9), "credits"), *qualities(NOW, (1.0, 1.0, 1.0))]
    assert RULES["quality-critical"].finds(rows_of(items), NOW) == [
        {"table_name": "credits", "score": pytest.approx(0.8)}
    ]


@pytest.mark.parametrize(
    ("age", "severity"),
    [
        (60 * MINUTE - INSTANT, None),
        (60 * MINUTE, "run-late-warning"),
        (120 * MINUTE - INSTANT, "run-late-warning"),
        (120 * MINUTE, "run-late-critical"),
        (10 * HOUR, "run-late-critical"),
    ],
)
def test_a_late_run(age: timedelta, severity: str | None) -> None:
    """A run that has not ended is late after an hour, and too late after two, as the app's own rule has it."""
    began = NOW - age
    items = [*history(last=NOW - 5 * MINUTE), event("RunPlanning", began, run_id="late")]
    items.append(event("RunIngesting", began + MINUTE, run_id="late"))
    told = {rule for rule in ("run-late-warning", "run-late-critical") if finds(rule, items)}
    assert told == ({severity} if severity else set())


@pytest.mark.parametrize("end", ["RunCompleted", "RunFailed", "RunCancelled"])
def test_an_ended_run_is_not_late(end: str) -> None:
    """However a run ended, and however long it took, it is not late any more."""
    items = [event("RunPlanning", NOW - 3 * HOUR, run_id="run-1"), event(end, NOW - MINUTE, run_id="run-1")]
    assert not finds("run-late-critical", items) and not finds("run-late-warning", items)


@pytest.mark.parametrize(("minutes", "is_told"), [(20, False), (192, False), (192.1, True), (300, True)])
def test_utilisation(minutes: float, is_told: bool) -> None:
    """Told when a run took more than 80 % of the four hours between two."""
    assert finds("utilisation", run("run-1", NOW - 5 * MINUTE, minutes)) == is_told


def test_utilisation_looks_at_whole_runs_only() -> None:
    """A stage of that length says nothing: the stages of a run overlap nothing, the run is what counts."""
    assert not finds("utilisation", [histogram("crossfade.stage_duration", NOW, [14000], stage="ingest")])


def newest(films: float = 2000, releases: float | None = 3000, before: int = 10, **fields: str) -> list[Item]:
    """Runs of exactly 2000 films and 3000 releases, and one a few minutes ago."""
    runs = [each for n in range(before) for each in run(f"old-{n:02d}", NOW - (n + 1) * 4 * HOUR)]
    return [*runs, *run("new", NOW - 5 * MINUTE, films=films, releases=releases, **fields)]


@pytest.mark.parametrize(
    ("films", "releases", "is_told"),
    [
        (2060, 3090, False),
        (1940, 2910, False),
        (2061, 3000, True),
        (1939, 3000, True),
        (2000, 3091, True),
        (2000, 2909, True),
        (2000, 0, True),
    ],
)
def test_volume(films: float, releases: float, is_told: bool) -> None:
    """Either source, either way, beyond three spreads; a spread of nothing counts as one percent of the mean."""
    assert finds("volume", newest(films, releases)) == is_told


def test_volume_needs_runs_to_compare_with() -> None:
    """Under five runs before, nobody can tell."""
    assert not finds("volume", newest(10, before=4))
    assert finds("volume", newest(10, before=5))


def test_volume_is_compared_with_ten_runs() -> None:
    """A run before the last ten no longer counts, however odd it was."""
    often = [each for n in range(10) for each in run(f"old-{n:02d}", NOW - (n + 1) * 2 * HOUR)]
    odd = run("odd", NOW - 30 * HOUR, films=900_000)
    assert finds("volume", [*odd, *often, *run("new", NOW - 5 * MINUTE, films=2100)])


def test_volume_is_told_once() -> None:
    """An hour after the run it is old news, and the row names run and figures."""
    items = newest(1000)
    (row,) = RULES["volume"].finds(rows_of(items), NOW)
    assert (row["run_id"], row["films"], row["films_mean"]) == ("new", 1000, 2000)
    assert not finds("volume", items, NOW + HOUR)


@pytest.mark.parametrize("fields", [{"mode": "incremental"}, {"trigger": "replay"}])
def test_volume_of_runs_that_read_less(fields: dict[str, str]) -> None:
    """A run that reads only changes, or only what another one left, is neither judged nor compared with."""
    assert not finds("volume", newest(10, 10, **fields))


def test_volume_of_one_source() -> None:
    """A run of one source is judged by that source alone."""
    assert not finds("volume", newest(2000, None))
    assert finds("volume", newest(1000, None))


def test_a_handful_is_no_volume() -> None:
    """Where runs bring nearly nothing, a spread counts as one record, as in the app's own rule."""
    runs = [each for n in range(6) for each in run(f"old-{n}", NOW - (n + 1) * 4 * HOUR, films=0, releases=0)]
    assert not finds("volume", [*runs, *run("new", NOW - MINUTE, films=3, releases=0)])
    assert finds("volume", [*runs, *run("new", NOW - MINUTE, films=4, releases=0)])
