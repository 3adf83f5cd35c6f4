"""The Spark stages: a manifest appears, the next job starts; the last one ends the run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from shared.databricks import Databricks, idempotency_token
from shared.errors import InvalidSettings
from shared.lake import CONTROL, Lake
from shared.messages import StageManifest
from shared.outcome import Outcome
from shared.runs import RunState, RunStore

SparkStage = Literal["silver", "gold"]
log = logging.getLogger(__name__)


class Stages:
    """Starts the Databricks jobs and finishes runs.

    Args:
        jobs: job id by stage; None where the setting is missing.
        lake_uri: how Spark names a container of the lake.
    """

    def __init__(
        self,
        lake: Lake,
        runs: RunStore,
        databricks: Databricks,
        outcome: Outcome,
        now: Callable[[], datetime],
        jobs: Mapping[SparkStage, int | None],
        lake_uri: str,
    ) -> None:
        self._lake = lake
        self._runs = runs
        self._databricks = databricks
        self._outcome = outcome
        self._now = now
        self._jobs = jobs
        self._lake_uri = lake_uri

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
        if not await self._runs.is_active(run_id):
            log.info("run %s has ended; its %s job is not started", run_id, stage)
            return
        job_id = self._jobs[stage]
        if job_id is None:
            raise InvalidSettings(f"{stage.upper()}_JOB_ID", "is not set; set it to the id of the job")
        parameters = {"run_id": run_id, "lake": self._lake_uri}
        job_run = await self._databricks.start(job_id, idempotency_token(run_id, stage), parameters)

        def started(state: RunState) -> bool:
            entry = state.stages[stage]
            if entry.databricks_run_id == job_run.run_id or not state.is_active:
                return False
            state.state = stage
            entry.started_at = entry.started_at or self._now()
            entry.databricks_run_id, entry.url = job_run.run_id, job_run.url
            return True

        await self._outcome.change(run_id, started)

    async def _take_over(self, run_id: str, stage: SparkStage) -> None:
        manifest = await self.manifest(run_id, stage)
        if manifest is None:
            return
        counts = dict(manifest.counts)

        def published(state: RunState) -> bool:
            if state.stages[stage].ended_at or not state.is_active:
                return False
            state.stages[stage].ended_at = self._now()
            state.counts.update(counts)
            return True

        await self._runs.change(run_id, published)
