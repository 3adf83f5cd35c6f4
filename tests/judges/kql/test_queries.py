"""Every query of the workbook, run by an engine: right figures over rows whose figures are known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from local.insights.envelopes import Item
from local.insights.tables import Row, rows_of
from tests.judges.kql.engine import INFRASTRUCTURE, JUDGE, ask
from tests.judges.kql.items import event, gauge, histogram, item

pytestmark = pytest.mark.judge(*JUDGE)
NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
SOON, THEN = NOW - timedelta(minutes=1), NOW - timedelta(hours=2)
THIS_HOUR, THAT_HOUR = datetime(2026, 5, 4, 12), datetime(2026, 5, 4, 10)
QUERIES = {path.stem: path.read_text() for path in (INFRASTRUCTURE / "queries").glob("*.kql")}
EXCEPTION = {
    "exceptions": [{"typeName": "OSError", "message": "disk full"}],
    "properties": {"run_id": "run-3"},
}

ARRIVED: list[Item] = [
    event("RunPlanning", THEN, run_id="run-1"),
    event("RunCompleted", THEN + timedelta(minutes=21), run_id="run-1"),
    event("RunPlanning", SOON, run_id="run-2"),
    event("RunFailed", NOW, run_id="run-2", reason="the token is refused"),
    event("DatabricksRunEnded", SOON, run_id="run-1", stage="gold", result="FAILED", error="no memory"),
    event("DatabricksRunEnded", SOON, run_id="run-1", stage="silver", result="SUCCESS"),
    item("ExceptionData", THEN, EXCEPTION),
    item("MessageData", SOON, {"message": "started"}),
    histogram("crossfade.stage_duration", THEN, [600.0, 1200.0], stage="silver"),
    gauge("crossfade.quality", THEN, 0.9, table="films", dimension="validity"),
    gauge("crossfade.quality", THEN, 1.0, table="films", dimension="uniqueness"),
    gauge("crossfade.matches", SOON, 40, band="strong"),
    gauge("crossfade.matches", SOON, 44, band="strong"),
    gauge("crossfade.rate_used", SOON, 0.5, source="tmdb"),
    gauge("crossfade.rate_used", SOON, 1.0, source="tmdb"),
    gauge("crossfade.requests", SOON, 7, source="tmdb", status="200"),
    gauge("crossfade.requests", SOON, 5, source="tmdb", status="200"),
    gauge("crossfade.requests", SOON, 1, source="tmdb", status="429"),
    gauge("crossfade.tasks", SOON, 3, source="discogs", outcome="landed"),
    histogram("crossfade.latency", THEN, [60.0, 120.0], part="plan"),
    gauge("crossfade.cache_hits", THEN, 0.25, source="tmdb"),
    gauge("crossfade.spark_gc", THEN, 1.5, stage="silver"),
    gauge("crossfade.spark_failed_tasks", THEN, 2, stage="silver"),
    gauge("crossfade.spark_spilled", THEN, 4_000_000, stage="silver"),
    gauge("crossfade.spark_peak_memory", THEN, 900_000_000, stage="silver"),
    gauge("crossfade.stored", THEN, 2_500_000_000, area="raw"),
    gauge("crossfade.run_cost", THEN, 0.125, service="Databricks"),
    event("AlertOpened", THEN, rule="volume", severity="warning"),
    event("AlertClosed", SOON, rule="volume", severity="warning", minutes=119.0),
    event("AlertOpened", NOW, rule="volume", severity="warning"),
]


def answer(query: str) -> list[Row]:
    return ask(QUERIES[query], rows_of(ARRIVED), NOW)


@pytest.mark.parametrize("query", sorted(QUERIES))
def test_every_query_runs_where_nothing_arrived(query: str) -> None:
    """An empty component is an empty panel, not an error."""
    assert ask(QUERIES[query], {}, NOW) == []


def test_runs_newest_first() -> None:
    """A run has its last state, its length and, if it failed, why."""
    assert [(row["run_id"], row["state"], row["minutes"], row["reason"]) for row in answer("runs")] == [
        ("run-2", "Failed", 1.0, "the token is refused"),
        ("run-1", "Completed", 21.0, ""),
    ]


def test_failures_of_all_kinds() -> None:
    """Failed runs, failed jobs and exceptions, newest first, each with its run and reason."""
    assert [(row["what"], row["run_id"], row["reason"]) for row in answer("failures")] == [
        ("RunFailed", "run-2", "the token is refused"),
        ("DatabricksRunEnded", "run-1", "no memory"),
        ("OSError", "run-3", "disk full"),
    ]


def test_minutes_of_stages() -> None:
    """The longest of an hour counts, in minutes."""
    assert answer("stage-durations") == [{"timestamp": THAT_HOUR, "stage": "silver", "minutes": 20.0}]


def test_quality_is_the_mean_of_dimensions() -> None:
    """As in the alert."""
    (row,) = answer("quality")
    assert row == {"timestamp": THAT_HOUR, "table_name": "films", "score": pytest.approx(0.95)}


def test_matches_by_band() -> None:
    """The most of an hour."""
    assert answer("matches") == [{"timestamp": THIS_HOUR, "band": "strong", "matches": 44.0}]


def test_rate_used_is_a_mean() -> None:
    """A gauge sent twice in a minute is one point."""
    (row,) = answer("rate-used")
    assert (row["source"], row["used"]) == ("tmdb", 0.75)


def test_requests_and_tasks_add_up() -> None:
    """Counters are sums of what was sent, by status and by outcome."""
    assert {(row["status"], row["requests"]) for row in answer("requests")} == {("200", 12.0), ("429", 1.0)}
    assert [(row["source"], row["outcome"], row["tasks"]) for row in answer("tasks")] == [
        ("discogs", "landed", 3.0)
    ]


def test_minutes_of_parts() -> None:
    """The mean of an hour."""
    assert answer("latency") == [{"timestamp": THAT_HOUR, "part": "plan", "minutes": 1.5}]


def test_figures_of_a_run() -> None:
    """Cache hits by source, money by service, Spark by job, each figure in a column of its own."""
    assert [(row["source"], row["hits"]) for row in answer("cache-hits")] == [("tmdb", 0.25)]
    assert [(row["service"], row["dollars"]) for row in answer("run-cost")] == [("Databricks", 0.125)]
    (row,) = answer("spark")
    assert (row["stage"], row["gc_s"], row["failed_tasks"]) == ("silver", 1.5, 2)
    assert (row["spilled_mb"], row["peak_memory_mb"]) == (4.0, 900.0)


def test_storage_by_area() -> None:
    """In gigabytes, by night."""
    assert [(row["area"], row["gigabytes"]) for row in answer("storage")] == [("raw", 2.5)]


def test_alerts_and_how_long_they_stay() -> None:
    """An alert that is still open counts among those that opened, and has no length yet."""
    assert answer("alert-record") == [
        {"rule": "volume", "opened": 2, "over": 1, "mean_minutes": 119.0, "longest_minutes": 119.0}
    ]


def test_telemetry_by_kind() -> None:
    """Every item is counted once, under its kind."""
    counts = {row["itemType"]: row["items"] for row in answer("telemetry-volume")}
    assert counts == {"customEvent": 9, "customMetric": 19, "trace": 1, "exception": 1}
