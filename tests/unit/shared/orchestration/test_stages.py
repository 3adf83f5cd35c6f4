"""Stages: each manifest starts what comes next, once."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product

import pytest

from shared.adapters.databricks import idempotency_token
from shared.errors import InvalidSettings, JobRefused
from shared.planning.roots import RunRequest
from shared.runs.state import RunState
from tests.fakes import CrossfadeApp


def manifest_of(run_id: str, stage: str, **counts: int) -> bytes:
    """What a Spark job writes last."""
    value = {
        "version": 1, "stage": stage, "run_id": run_id, "created_at": "2026-11-20T06:50:00Z", "seconds": 1.5,
        "tables": {}, "counts": counts,
    }  # fmt: skip
    return json.dumps(value).encode()


async def publish(app: CrossfadeApp, run_id: str, stage: str, **counts: int) -> None:
    await app.lake.put("control", f"{stage}/{run_id}.json", manifest_of(run_id, stage, **counts))


@pytest.fixture
def app() -> CrossfadeApp:
    return CrossfadeApp(tables_uri="abfss://{container}@account/tables", table_retention_days=0.5)


@pytest.fixture
async def run(app: CrossfadeApp) -> AsyncIterator[RunState]:
    """A run whose bronze is closed."""
    state = await app.services.starter.begin(RunRequest(), "test")
    await app.drain_queues()
    yield state


async def test_three_manifests_end_a_run(app: CrossfadeApp, run: RunState) -> None:
    """Bronze starts silver, silver starts gold, gold completes; counts and times of all are in the state."""
    stages = app.services.stages
    await stages.start_silver(run.run_id)
    await publish(app, run.run_id, "silver", silver_movies=30, quarantined=1)
    await stages.start_gold(run.run_id)
    await publish(app, run.run_id, "gold", matches=7)
    await stages.finish(run.run_id)
    ended = await app.services.runs.get(run.run_id)
    assert ended.state == "completed"
    assert ended.counts == {
        "bronze_tmdb": 30,
        "bronze_discogs": 120,
        "silver_movies": 30,
        "quarantined": 1,
        "matches": 7,
    }
    assert all(stage.started_at and stage.ended_at for stage in ended.stages.values())
    assert [job for job, _ in app.databricks.started] == [11, 12]
    both = {
        "run_id": run.run_id,
        "catalog": "spark_catalog",
        "tables": "abfss://{container}@account/tables",
        "files": "/Volumes/crossfade/files/{area}",
        "retention_days": "0.5",
        "traceparent": "",
    }
    silver_only = {"tmdb_days": "180", "discogs_days": "730"}
    assert app.databricks.started[0][1] == both | silver_only
    gold_only = {"views": "all", "min_precision": "0.99", "feed": "all"}
    assert app.databricks.started[1][1] == both | gold_only
    assert (await app.services.runs.last_completed() or run).run_id == run.run_id
    (notice,) = app.notices
    assert "completed" in notice and "matches 7" in notice and f"/api/runs/{run.run_id}" in notice


async def test_a_trigger_that_fires_twice_starts_one_job(app: CrossfadeApp, run: RunState) -> None:
    """Blob triggers are at-least-once; the job and the state are the same after the second time."""
    for _ in range(3):
        await app.services.stages.start_silver(run.run_id)
    assert len(app.databricks.started) == 1
    await publish(app, run.run_id, "silver")
    await publish(app, run.run_id, "gold")
    for _ in range(2):
        await app.services.stages.finish(run.run_id)
    assert len(app.notices) == 1


async def test_an_ended_run_starts_no_job(app: CrossfadeApp, run: RunState) -> None:
    """Cancelled before the trigger fired: nothing starts."""
    await app.services.lifecycle.cancel(run.run_id, "enough")
    await app.services.stages.start_silver(run.run_id)
    await app.services.stages.start_gold(run.run_id)
    assert app.databricks.started == []


async def test_a_late_trigger_does_not_turn_a_run_back(app: CrossfadeApp, run: RunState) -> None:
    """A second bronze event while gold is at work leaves the run in gold."""
    await app.services.stages.start_silver(run.run_id)
    await publish(app, run.run_id, "silver")
    await app.services.stages.start_gold(run.run_id)
    await app.services.stages.start_silver(run.run_id)
    assert (await app.services.runs.get(run.run_id)).state == "gold"


@pytest.mark.parametrize(
    ("setting", "verb"), [("silver_job_id", "start_silver"), ("gold_job_id", "start_gold")]
)
async def test_a_missing_job_id_is_named(setting: str, verb: str) -> None:
    """The error names the setting."""
    app = CrossfadeApp(**{setting: None})
    run = await app.services.starter.begin(RunRequest(), "test")
    with pytest.raises(InvalidSettings, match=setting.upper()):
        await getattr(app.services.stages, verb)(run.run_id)


def test_tokens_differ_by_run_and_stage_and_fit() -> None:
    """Databricks takes at most 64 characters."""
    starts = list(product(("a", "b"), ("silver", "gold"), (1, 2)))
    tokens = {idempotency_token(*start) for start in starts}
    assert len(tokens) == len(starts) and all(len(token) <= 64 for token in tokens)
    assert idempotency_token("a", "gold", 1) == idempotency_token("a", "gold", 1)


async def test_a_failed_stage_that_is_started_again_gets_a_new_run(app: CrossfadeApp, run: RunState) -> None:
    """Databricks answers a token it knows with the run of before, so a job that failed ends its token's use."""
    stages = app.services.stages
    await stages.start_silver(run.run_id)
    first = (await app.services.runs.get(run.run_id)).stages["silver"].databricks_run_id
    assert first is not None
    app.databricks.end(first, is_ok=False, reason="FAILED")
    await stages.fail(run.run_id, "silver", await app.databricks.get(first), "the silver job failed")
    await taken_up(app, run.run_id)
    for _ in range(2):  # the same attempt again is the same run
        await stages.start_silver(run.run_id)
    again = (await app.services.runs.get(run.run_id)).stages["silver"]
    assert again.databricks_run_id not in (None, first) and len(app.databricks.started) == 2
    assert again.ended_at is None


async def taken_up(app: CrossfadeApp, run_id: str) -> None:
    """Make a failed run the active one again, in the stage that failed."""

    def back(state: RunState) -> bool:
        state.state, state.ended_at, state.reason = "silver", None, None
        return True

    await app.services.runs.change(run_id, back)


async def test_a_death_before_a_completed_run_is_remembered_heals(app: CrossfadeApp, run: RunState) -> None:
    """The trigger comes again, and the next incremental run starts from this one all the same."""
    await app.services.runs.end(run.run_id, "completed")
    assert await app.services.runs.last_completed() is None
    await app.services.lifecycle.complete(run.run_id)
    last = await app.services.runs.last_completed()
    assert last is not None and last.run_id == run.run_id


async def test_a_stage_whose_trigger_was_lost_is_started_when_it_is_due(
    app: CrossfadeApp, run: RunState
) -> None:
    """Silver only once bronze is whole; gold with silver's counts."""
    stages = app.services.stages
    await app.lake.delete("control", f"bronze/{run.run_id}.json")
    await stages.start_if_due(run.run_id, "silver")
    assert app.databricks.started == []
    await app.lake.put("control", f"bronze/{run.run_id}.json", b"{}")
    await stages.start_if_due(run.run_id, "silver")
    assert [job_id for job_id, _ in app.databricks.started] == [11]
    await publish(app, run.run_id, "silver", silver_movies=30)
    await stages.start_if_due(run.run_id, "gold")
    assert [job_id for job_id, _ in app.databricks.started] == [11, 12]
    assert (await app.services.runs.get(run.run_id)).counts["silver_movies"] == 30


async def refused(app: CrossfadeApp, run: RunState, after_s: float, verb: str = "start_silver") -> RunState:
    """A try to start a stage that is refused, some seconds after the one before; the state that follows."""

    def earlier(state: RunState) -> bool:
        for stage in state.stages.values():
            stage.refused_at = stage.refused_at and stage.refused_at - timedelta(seconds=after_s)
        return True

    await app.services.runs.change(run.run_id, earlier)
    with contextlib.suppress(JobRefused, InvalidSettings):
        await getattr(app.services.stages, verb)(run.run_id)
    return await app.services.runs.get(run.run_id)


async def test_a_job_that_is_refused_again_and_again_fails_the_run(app: CrossfadeApp, run: RunState) -> None:
    """Three tries a while apart, then the run ends with the workspace's reason, and the next run can begin."""
    app.databricks.refusal = "no such job (NotFound)"
    for _ in range(5):  # the host's own tries in quick succession are one
        assert (await refused(app, run, 1)).stages["silver"].refusals == 1
    assert (await refused(app, run, 60)).is_active
    ended = await refused(app, run, 60)
    assert (ended.state, ended.stages["silver"].refusals) == ("failed", 3)
    assert "silver was refused 3 times" in str(ended.reason) and "no such job" in str(ended.reason)
    assert await app.services.runs.active() is None


async def test_a_refusal_that_passes_costs_nothing(app: CrossfadeApp, run: RunState) -> None:
    """Rights that spread late: two refusals, then the job starts."""
    app.databricks.refusal = "not yet (PermissionDenied)"
    for _ in range(2):
        assert (await refused(app, run, 60)).is_active
    app.databricks.refusal = None
    await app.services.stages.start_silver(run.run_id)
    assert (await app.services.runs.get(run.run_id)).stages["silver"].databricks_run_id is not None


async def test_a_missing_job_id_fails_the_run_in_the_end() -> None:
    """A setting that nobody sets holds the lock for some minutes, not for ever."""
    app = CrossfadeApp(gold_job_id=None)
    begun = await app.services.starter.begin(RunRequest(), "test")
    for _ in range(3):
        ended = await refused(app, begun, 60, "start_gold")
    assert ended.state == "failed" and "GOLD_JOB_ID" in str(ended.reason)
