"""The Spark stages: a manifest appears, the next job starts; the last one ends the run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.adapters.databricks import Databricks, JobRun, idempotency_token
from shared.adapters.lake import CONTROL, Lake
from shared.errors import InvalidSettings, JobRefused
from shared.messages.manifests import StageManifest
from shared.orchestration.outcome import Outcome
from shared.orchestration.reporting import Reporter
from shared.runs.scores import read_scores
from shared.runs.store import RunState, RunStore

START_TRIES = 3
TRIES_APART = timedelta(seconds=30)
SparkStage = Literal["silver", "gold"]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SparkJob:
    """A Databricks job: its id, None where the setting is missing, and the parameters every run of it gets."""

    job_id: int | None
    parameters: Mapping[str, str]


class Stages:
    """Starts the Databricks jobs and finishes runs.

    Args:
        jobs: the job of each stage.
    """

    def __init__(
        self,
        lake: Lake,
        runs: RunStore,
        databricks: Databricks,
        outcome: Outcome,
        reporter: Reporter,
        now: Callable[[], datetime],
        jobs: Mapping[SparkStage, SparkJob],
    ) -> None:
        self._lake = lake
        self._runs = runs
        self._databricks = databricks
        self._outcome = outcome
        self._reporter = reporter
        self._now = now
        self._jobs = jobs

    async def start_silver(self, run_id: str) -> None:
        """Bronze is whole: start the silver job, once."""
        await self._start(run_id, "silver")

    async def start_gold(self, run_id: str) -> None:
        """Silver is whole: take over its counts and start the gold job, once."""
        await self._take_over(run_id, "silver")
        await self._start(run_id, "gold")

    async def finish(self, run_id: str) -> None:
        """Gold is whole: take over its counts and end the run."""
        await self._take_over(run_id, "gold")
        await self._outcome.complete(run_id)

    async def manifest(self, run_id: str, stage: SparkStage) -> StageManifest | None:
        """What a stage published; None while it has not."""
        data = await self._lake.read(CONTROL, f"{stage}/{run_id}.json")
        return None if data is None else StageManifest.from_json(data)

    async def _start(self, run_id: str, stage: SparkStage) -> None:
        run = await self._runs.find(run_id)
        if run is None or not run.is_active:
            log.info("run %s has ended; its %s job is not started", run_id, stage)
            return
        try:
            job_run = await self._start_job(run, stage)
        except (InvalidSettings, JobRefused) as error:
            if await self._is_given_up(run_id, stage):
                await self._outcome.fail(run_id, f"{stage} was refused {START_TRIES} times: {error}")
                return
            raise

        def started(state: RunState) -> bool:
            entry = state.stages[stage]
            if entry.databricks_run_id == job_run.run_id or not state.is_active:
                return False
            state.state = stage
            entry.started_at = entry.started_at or self._now()
            entry.databricks_run_id, entry.url = job_run.run_id, job_run.url
            return True

        await self._outcome.change(run_id, started)

    async def _start_job(self, run: RunState, stage: SparkStage) -> JobRun:
        job = self._jobs[stage]
        if job.job_id is None:
            raise InvalidSettings(f"{stage.upper()}_JOB_ID", "is not set; set it to the id of the job")
        parameters = {**job.parameters, "run_id": run.run_id, "traceparent": run.traceparent or ""}
        return await self._databricks.start(job.job_id, idempotency_token(run.run_id, stage), parameters)

    async def _is_given_up(self, run_id: str, stage: SparkStage) -> bool:
        """Count a refusal, and say whether it was the last; tries in quick succession count as one."""

        def refused(state: RunState) -> bool:
            entry = state.stages[stage]
            if entry.refused_at is not None and self._now() - entry.refused_at < TRIES_APART:
                return False
            entry.refusals, entry.refused_at = entry.refusals + 1, self._now()
            return state.is_active

        state = await self._runs.change(run_id, refused)
        return state is not None and state.stages[stage].refusals >= START_TRIES

    async def _take_over(self, run_id: str, stage: SparkStage) -> None:
        manifest = await self.manifest(run_id, stage)
        if manifest is None:
            return
        counts = dict(manifest.counts)
        found = await read_scores(self._lake, run_id)

        def published(state: RunState) -> bool:
            if state.stages[stage].ended_at or not state.is_active:
                return False
            state.stages[stage].ended_at = self._now()
            state.counts.update(counts)
            state.quality, state.bands = found.quality, found.bands
            return True

        changed = await self._runs.change(run_id, published)
        if changed is not None:
            self._report(changed, stage, counts)

    def _report(self, state: RunState, stage: SparkStage, counts: Mapping[str, int]) -> None:
        self._reporter.job_ended(state, stage, None)
        self._reporter.stage_ended(state, stage)
        self._reporter.records(stage, counts)
        if stage == "silver":
            self._reporter.quality(state.quality)
        else:
            self._reporter.matches(state.bands)
