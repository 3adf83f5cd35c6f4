"""The life of a run: each change is written once and reported, and nothing is reported that was not written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from shared.adapters.databricks import JobRun
from shared.orchestration.lifecycle import RunLifecycle
from shared.planning.completeness import Completeness
from shared.planning.roots import RunRequest
from shared.runs.findings import Findings, read_findings
from shared.runs.state import RunState
from tests.builders.findings import matching_json, quality_json
from tests.fakes import CrossfadeApp
from tests.fakes.telemetry import Heard

JOB_RUN = JobRun(77, "https://workspace.invalid/77", False, False, None)
NOTHING = Findings(quality=None, matching=None)


@pytest.fixture
def app() -> CrossfadeApp:
    return CrossfadeApp()


@pytest.fixture
async def run(app: CrossfadeApp) -> AsyncIterator[RunState]:
    """A run with its first tasks in the queues."""
    yield await app.services.starter.begin(RunRequest(), "test")


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def lifecycle(app: CrossfadeApp, heard: Heard) -> RunLifecycle:
    services = app.services
    return RunLifecycle(
        lake=app.lake,
        runs=services.runs,
        telemetry=heard,
        alerter=services.alerter,
        now=lambda: datetime.now(UTC),
    )


async def test_a_run_is_heard_of_at_each_step(
    app: CrossfadeApp, run: RunState, lifecycle: RunLifecycle, heard: Heard
) -> None:
    """One event for each state it enters and each job that ends; figures at the end of each stage."""
    run_id = run.run_id
    await app.lake.put_json("metrics", f"{run_id}/quality.json", quality_json(accuracy=0.5))
    await app.lake.put_json("metrics", f"{run_id}/matching.json", matching_json(strong=7))
    findings = await read_findings(app.lake, run_id)
    found = Completeness(reported=32, found=30, missing={"gone": 2})
    await lifecycle.end_ingest(run_id, {"bronze_tmdb": 30}, completeness={"tmdb": found})
    await lifecycle.start_job(run_id, "silver", JOB_RUN)
    await lifecycle.end_stage(run_id, "silver", {"silver_movies": 29}, findings)
    await lifecycle.start_job(run_id, "gold", JOB_RUN)
    await lifecycle.end_stage(run_id, "gold", {"matches": 7}, findings)
    await lifecycle.complete(run_id)
    assert heard.names() == [
        *("RunSilver", "RunSilver", "DatabricksRunEnded", "RunGold", "DatabricksRunEnded", "RunCompleted")
    ]
    values = {(name, *attributes.values()): value for name, value, attributes in heard.values}
    assert ("crossfade.latency", "finish") in values
    assert values["crossfade.records", "bronze", "tmdb"] == 30
    assert values["crossfade.completeness", "tmdb"] == 30 / 32
    assert values["crossfade.missing_records", "tmdb", "gone"] == 2
    assert values["crossfade.records", "silver", "movies"] == 29
    assert values["crossfade.quality", "movies", "accuracy"] == 0.5
    assert values["crossfade.matches", "strong"] == 7
    stages = {stage for name, stage, *_ in values if name == "crossfade.stage_duration"}
    assert stages == {"ingest", "silver", "gold", "run"}


async def test_an_ended_run_changes_no_more(run: RunState, lifecycle: RunLifecycle, heard: Heard) -> None:
    """Whatever still happens to it is declined, and nobody hears of it."""
    await lifecycle.cancel(run.run_id, "enough")
    assert heard.names() == ["RunCancelled"]
    assert await lifecycle.start_ingest(run.run_id) is None
    assert await lifecycle.end_ingest(run.run_id, {"bronze_tmdb": 1}) is None
    assert await lifecycle.start_job(run.run_id, "silver", JOB_RUN) is None
    assert await lifecycle.end_stage(run.run_id, "silver", {}, NOTHING) is None
    assert await lifecycle.fail_job(run.run_id, "silver", JOB_RUN, "died", NOTHING) is None
    assert await lifecycle.mark_overdue(run.run_id) is None
    assert await lifecycle.complete(run.run_id) is None
    assert heard.names() == [] and await lifecycle.active_run() is None


async def test_a_step_is_taken_once(run: RunState, lifecycle: RunLifecycle, heard: Heard) -> None:
    """Two triggers for the same thing: the second changes nothing and is not reported."""
    for expected in (["RunSilver"], []):
        await lifecycle.end_ingest(run.run_id, {"bronze_tmdb": 30})
        assert heard.names() == expected
    for expected in (["RunSilver"], []):
        await lifecycle.start_job(run.run_id, "silver", JOB_RUN)
        assert heard.names() == expected
    for expected in (["DatabricksRunEnded"], []):
        await lifecycle.end_stage(run.run_id, "silver", {}, NOTHING)
        assert heard.names() == expected


async def test_a_failed_job_leaves_what_it_measured(
    app: CrossfadeApp, run: RunState, lifecycle: RunLifecycle, heard: Heard
) -> None:
    """The quality that made a gate fail the job is in the state of the failed run; its error is in the event."""
    await app.lake.put_json("metrics", f"{run.run_id}/quality.json", quality_json(accuracy=0.2))
    findings = await read_findings(app.lake, run.run_id)
    died = JobRun(77, None, True, False, "FAILED: a gate")
    ended = await lifecycle.fail_job(run.run_id, "silver", died, "the silver job failed", findings)
    assert ended is not None and (ended.state, ended.reason) == ("failed", "the silver job failed")
    assert ended.quality == {"movies": {"accuracy": 0.2}}
    (job_event, attributes), (run_event, _) = heard.events
    assert (job_event, run_event) == ("DatabricksRunEnded", "RunFailed")
    assert (attributes["result"], attributes["error"]) == ("FAILED", "FAILED: a gate")
