"""The Spark stages: a manifest appears, the next job starts; the last one ends the run."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from shared.adapters.databricks import Databricks, JobRun, idempotency_token
from shared.adapters.lake import CONTROL, Lake
from shared.config import Settings
from shared.errors import InvalidSettings, JobRefused
from shared.messages.manifests import DumpManifest, StageManifest
from shared.orchestration.lifecycle import RunLifecycle
from shared.runs.findings import read_findings
from shared.runs.state import RunState, SparkStage
from shared.runs.store import RunStore

START_TRIES = 3
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SparkJob:
    """A Databricks job: its id, None where the setting is missing, and the parameters every run of it gets."""

    job_id: int | None
    parameters: Mapping[str, str]


def jobs_of(config: Settings) -> dict[SparkStage, SparkJob]:
    """The job of each stage, with the parameters that the settings give it."""
    both = {
        "catalog": config.catalog,
        "tables": config.tables_uri,
        "files": config.files_path,
        "retention_days": f"{config.table_retention_days:g}",
    }
    of_gold = {
        "views": config.gold_views,
        "min_precision": f"{config.min_precision:g}",
        "feed": config.feed,
    }
    of_silver = {f"{source}_days": str(days) for source, days in config.retention_days.items()}
    dump = {"dump_url": str(config.discogs_dump_url), "dump_day": config.discogs_dump_day}
    return {
        "bulk": SparkJob(config.bulk_job_id, {"files": config.files_path, **dump}),
        "silver": SparkJob(config.silver_job_id, {**both, **of_silver}),
        "gold": SparkJob(config.gold_job_id, {**both, **of_gold}),
    }


@dataclass(slots=True, kw_only=True)
class Stages:
    """Starts the Databricks jobs and finishes runs.

    Attributes:
        jobs: the job of each stage.
    """

    lake: Lake
    runs: RunStore
    databricks: Databricks
    lifecycle: RunLifecycle
    jobs: Mapping[SparkStage, SparkJob]

    async def start_dump(self, run_id: str) -> None:
        """A run wants Discogs' dump: start the bulk job, once."""
        await self._start(run_id, "bulk")

    async def adopt_dump(self, run_id: str) -> None:
        """The dump is landed: what it brought belongs to the run."""
        data = await self.lake.read(CONTROL, f"bulk/{run_id}.json")
        if data is not None:
            manifest = DumpManifest.from_json(data)
            await self.lifecycle.end_dump(run_id, manifest.raw, manifest.counts, manifest.note)

    async def start_silver(self, run_id: str) -> None:
        """Bronze is whole: start the silver job, once."""
        await self._start(run_id, "silver")

    async def start_gold(self, run_id: str) -> None:
        """Silver is whole: adopt its counts and start the gold job, once."""
        await self._adopt_counts(run_id, "silver")
        await self._start(run_id, "gold")

    async def finish(self, run_id: str) -> None:
        """Gold is whole: adopt its counts and end the run."""
        await self._adopt_counts(run_id, "gold")
        await self.lifecycle.complete(run_id)

    async def start_if_due(self, run_id: str, stage: SparkStage) -> None:
        """Start a stage whose trigger was lost; silver only once bronze is whole."""
        if stage == "gold":
            await self.start_gold(run_id)
        elif await self.lake.metadata(CONTROL, f"bronze/{run_id}.json") is not None:
            await self.start_silver(run_id)

    async def continue_run(self, run_id: str, stage: SparkStage) -> None:
        """A stage is whole, and its trigger was lost: do what comes next."""
        if stage == "silver":
            await self.start_gold(run_id)
        else:
            await self.finish(run_id)

    async def is_published(self, run_id: str, stage: SparkStage) -> bool:
        """Whether a stage's job wrote its manifest, which it does last."""
        return await self.lake.metadata(CONTROL, f"{stage}/{run_id}.json") is not None

    async def fail(self, run_id: str, stage: SparkStage, job_run: JobRun, reason: str) -> None:
        """End the run because of a stage's job; what the job measured before is kept."""
        findings = await read_findings(self.lake, run_id)
        await self.lifecycle.fail_job(run_id, stage, job_run, reason, findings)

    async def cancel_jobs(self, state: RunState) -> None:
        """Ask the jobs of a run that have not published to stop."""
        for stage in state.stages.values():
            if stage.databricks_run_id is not None and stage.ended_at is None:
                await self.databricks.cancel(stage.databricks_run_id)

    async def _manifest(self, run_id: str, stage: SparkStage) -> StageManifest | None:
        data = await self.lake.read(CONTROL, f"{stage}/{run_id}.json")
        return None if data is None else StageManifest.from_json(data)

    async def _start(self, run_id: str, stage: SparkStage) -> None:
        run = await self.runs.find(run_id)
        if run is None or not run.is_active:
            log.info("run %s has ended; its %s job is not started", run_id, stage)
            return
        try:
            job_run = await self._start_job(run, stage)
        except (InvalidSettings, JobRefused) as error:
            if await self.lifecycle.count_refusal(run_id, stage) < START_TRIES:
                raise
            await self.lifecycle.fail(run_id, f"{stage} was refused {START_TRIES} times: {error}")
        else:
            await self.lifecycle.start_job(run_id, stage, job_run)

    async def _start_job(self, run: RunState, stage: SparkStage) -> JobRun:
        job = self.jobs[stage]
        if job.job_id is None:
            raise InvalidSettings(f"{stage.upper()}_JOB_ID", "is not set; set it to the id of the job")
        parameters = {**job.parameters, "run_id": run.run_id, "traceparent": run.traceparent or ""}
        token = idempotency_token(run.run_id, stage, run.stages[stage].attempt)
        return await self.databricks.start(job.job_id, token, parameters)

    async def _adopt_counts(self, run_id: str, stage: SparkStage) -> None:
        """Keep what a stage's job counted and measured in the run's state."""
        manifest = await self._manifest(run_id, stage)
        if manifest is not None:
            findings = await read_findings(self.lake, run_id)
            await self.lifecycle.end_stage(run_id, stage, dict(manifest.counts), findings)
