"""One attempt of a task: stage the lake, run the process, publish what it wrote."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from local.databricks.errors import AttemptEnded, AttemptFailed, AttemptTimedOut, RunCanceled
from local.databricks.lake.staging import Lake
from local.databricks.processes.start import JobProcess, outcome_unless, start_job
from local.databricks.runs.jobs import JobDefinition, reference_values, substitute
from local.databricks.runs.packages import Packages
from local.databricks.runs.records import AttemptRecord, Phase, Result, RunRecord
from local.databricks.runs.store import RunStore
from local.databricks.spark.environment import JobEnvironment
from local.databricks.spark.server import GONE, SparkServer

WORKLOAD_FAILED = "Workload failed, see run output for details"
_LAUNCH = Path(__file__).with_name("launch.py")
_SAFE_PATH = "-P"  # the folder of launch.py is no place to import from
_LOST = "The driver is gone: the server was stopped while the job ran"
_RESULTS: dict[type[AttemptEnded], Result] = {
    RunCanceled: Result.CANCELED,
    AttemptTimedOut: Result.TIMEDOUT,
    AttemptFailed: Result.FAILED,
}

logger = logging.getLogger(__name__)
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class AttemptRunner:
    """Carries attempts out, from whatever phase they were left in, and records each phase first.

    Without a `spark` the jobs get none: they are plain Python.
    """

    store: RunStore
    lake: Lake
    environment: JobEnvironment
    packages: Packages
    spark: SparkServer | None
    work: Path
    clock_ms: Callable[[], int]

    def directory_of(self, attempt: AttemptRecord) -> Path:
        """Where the attempt's process runs and its stdout and stderr lie."""
        return self.work / "runs" / str(attempt.task_run_id)

    async def carry_out(
        self, run: RunRecord, job: JobDefinition, attempt: AttemptRecord, stop: asyncio.Event
    ) -> AttemptRecord:
        """Bring an attempt to its end and return it. `stop` cancels it until its output is published."""
        try:
            if attempt.phase is not Phase.PUBLISHING:
                attempt = await self._execute(run, job, attempt, stop)
            await self.lake.publish_success()
            return self._end(attempt, Phase.TERMINATED, Result.SUCCESS, "SUCCESS", "")
        except AttemptEnded as ended:
            return await self._fail(self._now(attempt), ended)
        except Exception as error:
            logger.exception("attempt %s cannot be carried out", attempt.task_run_id)
            unexpected = AttemptFailed(f"{type(error).__name__}: {error}", "INTERNAL_ERROR")
            return await self._fail(self._now(attempt), unexpected)

    async def _execute(
        self, run: RunRecord, job: JobDefinition, attempt: AttemptRecord, stop: asyncio.Event
    ) -> AttemptRecord:
        if attempt.phase is not Phase.STAGING:
            raise AttemptFailed(_LOST, "CLUSTER_ERROR")
        try:
            async with asyncio.timeout(self._time_left_s(run, job, attempt)):
                await until_stopped(stop, self._stage_and_run(run, job, attempt))
        except TimeoutError as error:
            raise AttemptTimedOut("Run timed out.", "CANCELED") from error
        return self.store.update_attempt(attempt, phase=Phase.PUBLISHING, published_ms=self.clock_ms())

    async def _stage_and_run(self, run: RunRecord, job: JobDefinition, attempt: AttemptRecord) -> None:
        await self.lake.stage(job.task.entry_point, run.parameters)
        self.store.update_run(run.run_id, phase=Phase.RUNNING)
        directory = self.directory_of(attempt)
        directory.mkdir(parents=True, exist_ok=True)
        digest = self.packages.install(job.task)
        code = await self._run_process(self.command(run, job), digest, directory, attempt)
        if code != 0:
            raise AttemptFailed(WORKLOAD_FAILED)

    def command(self, run: RunRecord, job: JobDefinition) -> list[str]:
        """The command line of the job: the entry point that its installed wheel has under the task's name."""
        target = self.packages.entry_point(job.task)
        python = str(self.environment.python)
        return [python, _SAFE_PATH, str(_LAUNCH), job.task.entry_point, target, *self.arguments(run, job)]

    def arguments(self, run: RunRecord, job: JobDefinition) -> list[str]:
        """The job's arguments, with this machine's addresses in the place of those in the cloud."""
        here = {name: value for name, value in self.lake.addresses.items() if name in run.parameters}
        values = reference_values(job, run.run_id, {**run.parameters, **here})
        return [substitute(item, values) for item in job.task.parameters]

    async def _run_process(
        self, command: list[str], packages: str, directory: Path, attempt: AttemptRecord
    ) -> int:
        def record(pid: int, birth: str) -> None:
            now_ms = self.clock_ms()
            self.store.update_attempt(attempt, phase=Phase.RUNNING, pid=pid, birth=birth, executed_ms=now_ms)

        spark = await self.spark.client_variables(packages) if self.spark else {}
        process = await start_job(command, self.environment.variables() | spark, directory, record)
        code = None
        try:
            code = await self._exit_code(process)
            return code
        finally:
            await process.end()
            if self.spark and (code is None or code < 0):
                await self.spark.end()  # the queries of a client that was killed go on there

    async def _exit_code(self, process: JobProcess) -> int:
        if self.spark is None:
            return await process.wait()
        return await outcome_unless(self.spark.ended(), AttemptFailed(GONE, "CLUSTER_ERROR"), process.wait())

    async def _fail(self, attempt: AttemptRecord, ended: AttemptEnded) -> AttemptRecord:
        logger.warning("attempt %s ended: %s", attempt.task_run_id, ended)
        result = _RESULTS[type(ended)]
        if result is Result.FAILED and ended.code == AttemptFailed.code:
            await self._publish_metrics()
        is_own_fault = result is not Result.FAILED or ended.code == AttemptFailed.code
        phase = Phase.TERMINATED if is_own_fault else Phase.INTERNAL_ERROR
        return self._end(attempt, phase, result, ended.code, str(ended))

    async def _publish_metrics(self) -> None:
        try:
            await self.lake.publish_failure()
        except AttemptFailed as error:
            logger.warning("the failed job's metrics are lost: %s", error)

    def _now(self, attempt: AttemptRecord) -> AttemptRecord:
        return self.store.attempts(attempt.run_id)[attempt.number]

    def _end(
        self, attempt: AttemptRecord, phase: Phase, result: Result, code: str, message: str
    ) -> AttemptRecord:
        now_ms = self.clock_ms()
        ended: dict[str, Any] = {"phase": phase, "result": result, "code": code, "message": message}
        return self.store.update_attempt(
            attempt, **ended, published_ms=attempt.published_ms or now_ms, ended_ms=now_ms
        )

    def _time_left_s(self, run: RunRecord, job: JobDefinition, attempt: AttemptRecord) -> float | None:
        limits_ms = [
            since_ms + timeout_s * 1000
            for since_ms, timeout_s in (
                (run.started_ms, job.timeout_s),
                (attempt.started_ms, job.task.timeout_s),
            )
            if timeout_s
        ]
        return max(0.0, (min(limits_ms) - self.clock_ms()) / 1000) if limits_ms else None


async def until_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """The outcome of `work`; RunCanceled as soon as `stop` is set, after `work` has cleaned up."""
    return await outcome_unless(stop.wait(), RunCanceled("Run cancelled."), work)
