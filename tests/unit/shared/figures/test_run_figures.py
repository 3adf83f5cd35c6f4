"""What a run took and used."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.figures.latency import PARTS, latency_s
from shared.figures.reporting import report_run
from shared.figures.run_figures import figures_of
from shared.runs.findings import Job
from shared.runs.journal import progress_path
from shared.runs.state import RunState, Stage
from tests.fakes import CrossfadeApp
from tests.fakes.telemetry import Heard

BEGAN = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
SPARK = {
    "tasks": 90, "failed_tasks": 2, "run_s": 40.0, "gc_s": 1.5, "spilled_bytes": 4096, "shuffled_bytes": 9,
    "peak_task_bytes": 1 << 20, "peak_heap_bytes": 1 << 30,
}  # fmt: skip
PROGRESS: dict[str, Any] = {
    "sources": {
        "tmdb": {"tasks": 60, "requests": 30, "saved_requests": 10, "size_bytes": 5000},
        "discogs": {"tasks": 40, "requests": 0, "saved_requests": 0, "size_bytes": 0},
    }
}


def at(minutes: float) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


def run(**times: tuple[float, float | None]) -> RunState:
    """A run of 20 minutes whose stages began and ended at these minutes."""
    stages = {
        name: Stage(started_at=at(begun), ended_at=None if ended is None else at(ended))
        for name, (begun, ended) in times.items()
    }
    state = RunState(
        run_id="20261120T063000Z-7f3a", ingest_date=date(2026, 11, 20), created_at=BEGAN, updated_at=at(20),
        ended_at=at(20), state="completed",
    )  # fmt: skip
    state.stages.update(stages)
    return state


WHOLE = run(ingest=(1, 6), silver=(7, 10), gold=(12, 19))


def test_the_parts_are_the_whole_run() -> None:
    """From the timer to the report nothing is counted twice or left out."""
    found = latency_s(WHOLE)
    assert found == dict(zip(PARTS, (60, 300, 60, 180, 120, 420, 60), strict=True))
    assert sum(found.values()) == 20 * 60


def test_a_run_that_ends_early_has_the_parts_that_are_over() -> None:
    """Parts that never began are not there."""
    assert list(latency_s(run(ingest=(1, 6), silver=(7, None)))) == ["plan", "ingest", "silver_trigger"]


def test_figures_come_from_what_is_there() -> None:
    """Cache hits are a share of all answers; a source without any has none; money needs the jobs' own seconds."""
    jobs = {"silver": Job(seconds=100), "gold": Job(seconds=260)}
    found = figures_of(WHOLE, PROGRESS, jobs)
    assert found.sources["tmdb"].cache_hits == 0.25
    assert found.sources["discogs"].cache_hits is None
    assert found.sources["tmdb"].landed_bytes == 5000
    without = figures_of(WHOLE, PROGRESS, {})
    assert without.cost_usd["Databricks"] == 0
    assert found.cost_usd["Databricks"] == pytest.approx(0.1 * 4 * 0.45)
    assert found.cost_usd["Functions"] == without.cost_usd["Functions"] > 0


async def test_a_run_that_ended_is_told() -> None:
    """One value a part, source, stage and service, from the documents its jobs left."""
    app, heard = CrossfadeApp(), Heard()
    await app.lake.put_json("control", progress_path(WHOLE.run_id), PROGRESS)
    silver = {"version": 1, "seconds": 100.0, "step_seconds": {"read": 9.0}, "spark": SPARK}
    await app.lake.put_json("metrics", f"{WHOLE.run_id}/silver.json", silver)
    await app.lake.put_json("metrics", f"{WHOLE.run_id}/gold.json", silver | {"spark": None})
    await report_run(app.lake, heard, WHOLE)
    values = {(name, *attributes.values()): value for name, value, attributes in heard.values}
    assert values["crossfade.latency", "gold"] == 420
    assert values["crossfade.cache_hits", "tmdb"] == 0.25
    assert ("crossfade.cache_hits", "discogs") not in values
    assert values["crossfade.spark_gc", "silver"] == 1.5
    assert values["crossfade.spark_failed_tasks", "silver"] == 2
    assert values["crossfade.spark_spilled", "silver"] == 4096
    assert values["crossfade.spark_peak_memory", "silver"] == 1 << 30
    assert ("crossfade.spark_gc", "gold") not in values
    assert values["crossfade.run_cost", "Databricks"] > 0


async def test_a_lake_that_is_away_costs_the_figures_only() -> None:
    """The run has ended all the same; nothing is raised and nothing is told."""
    app, heard = CrossfadeApp(), Heard()
    app.lake.gone = {"control", "metrics"}
    await report_run(app.lake, heard, WHOLE)
    assert heard.values == []
