"""Runs the jobs: one cluster, so one run at a time, in the order they were asked for.

A server that was killed finds its runs again. What it was doing decides how a run goes on: staging and
publishing are done again from where they stood; a job that was running has lost its driver, which
counts as a failed attempt (CLUSTER_ERROR) and is retried if the task has retries left, as Databricks
does when a cluster goes away. What is left of the lost job's processes is ended first.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from local.databricks.errors import RunCanceled
from local.databricks.processes.sessions import end_session
from local.databricks.runs.attempt import AttemptRunner, until_stopped
from local.databricks.runs.jobs import JobDefinition, JobDefinitions
from local.databricks.runs.records import ATTEMPTS_PER_RUN, AttemptRecord, Phase, Result, RunRecord
from local.databricks.runs.store import RunStore

_MOST_RETRIES = ATTEMPTS_PER_RUN - 2

logger = logging.getLogger(__name__)


class Runner:
    """Takes runs from the store until it is stopped; all its state is in the store.

    A retry waits as long as its task says, but at most `longest_wait_s`: a cluster takes minutes to come
    back, a process does not.
    """

    def __init__(
        self,
        store: RunStore,
        jobs: JobDefinitions,
        attempts: AttemptRunner,
        longest_wait_s: float,
    ) -> None:
        self._longest_wait_s = longest_wait_s
        self._store = store
        self._jobs = jobs
        self._attempts = attempts
        self._wake = asyncio.Event()
        self._stops: dict[int, asyncio.Event] = {}

    async def serve(self) -> None:
        """Run what is waiting, forever. Cancelling it ends the running job's processes."""
        await self._end_orphans()
        while True:
            self._wake.clear()
            waiting = self._store.open_runs()
            if waiting:
                await self._run(waiting[0])
            else:
                await self._wake.wait()

    def wake(self) -> None:
        """Tell the runner that a run was submitted."""
        self._wake.set()

    def cancel(self, run_id: int) -> None:
        """Cancel a run: at once if it waits, by ending its processes if it runs. KeyError: no such run."""
        run = self._store.run(run_id)
        if run.phase.is_final:
            return
        self._store.update_run(run_id, is_cancel_requested=True)
        if run_id in self._stops:
            self._stops[run_id].set()
        else:
            self._finish(run, Phase.TERMINATED, Result.CANCELED, "USER_CANCELED", "Run cancelled.")

    def cancel_all(self, job_id: int) -> None:
        """Cancel every open run of a job."""
        for run in self._store.open_runs():
            if run.job_id == job_id:
                self.cancel(run.run_id)

    async def _end_orphans(self) -> None:
        for run in self._store.open_runs():
            for attempt in self._store.attempts(run.run_id):
                if attempt.pid and attempt.birth and not attempt.phase.is_final:
                    await end_session(attempt.pid, attempt.birth)

    async def _run(self, run: RunRecord) -> None:
        stop = self._stops[run.run_id] = asyncio.Event()
        if run.is_cancel_requested:
            stop.set()
        try:
            await self._run_to_end(run, stop)
        finally:
            del self._stops[run.run_id]

    async def _run_to_end(self, run: RunRecord, stop: asyncio.Event) -> None:
        job = self._jobs.get(run.job_id)
        if job is None:
            message = "The job's definition is no longer there"
            self._finish(run, Phase.INTERNAL_ERROR, Result.FAILED, "RESOURCE_NOT_FOUND", message)
            return
        run = self._begin(run)
        attempt = self._current_attempt(run)
        if not attempt.phase.is_final:
            attempt = await self._attempts.carry_out(run, job, attempt, stop)
        while self._is_retried(job, attempt):
            attempt = await self._retry(run, job, stop)
        self._finish_as(run, job, attempt)

    def _begin(self, run: RunRecord) -> RunRecord:
        started_ms = run.started_ms or self._attempts.clock_ms()
        return self._store.update_run(run.run_id, phase=Phase.STAGING, started_ms=started_ms)

    def _current_attempt(self, run: RunRecord) -> AttemptRecord:
        """The attempt that a stopped server left, else a new one."""
        attempts = self._store.attempts(run.run_id)
        return attempts[-1] if attempts else self._store.begin_attempt(run.run_id)

    def _is_retried(self, job: JobDefinition, attempt: AttemptRecord) -> bool:
        retries = _MOST_RETRIES if job.task.max_retries < 0 else min(job.task.max_retries, _MOST_RETRIES)
        may_retry = attempt.result is Result.FAILED or (
            attempt.result is Result.TIMEDOUT and job.task.retry_on_timeout
        )
        return may_retry and attempt.number < retries

    async def _retry(self, run: RunRecord, job: JobDefinition, stop: asyncio.Event) -> AttemptRecord:
        self._store.update_run(run.run_id, phase=Phase.WAITING_FOR_RETRY)
        wait_s = min(job.task.retry_interval_s, self._longest_wait_s)
        with suppress(RunCanceled):  # the new attempt notices it and records it
            await until_stopped(stop, asyncio.sleep(wait_s))
        self._store.update_run(run.run_id, phase=Phase.STAGING)
        return await self._attempts.carry_out(run, job, self._store.begin_attempt(run.run_id), stop)

    def _finish_as(self, run: RunRecord, job: JobDefinition, attempt: AttemptRecord) -> None:
        if attempt.result is Result.FAILED:
            message = (
                f"Task {job.task.key} failed with message: {attempt.message}. "
                "This caused all downstream tasks to get skipped."
            )
            self._finish(run, Phase.INTERNAL_ERROR, Result.FAILED, attempt.code, message)
        else:
            self._finish(run, Phase.TERMINATED, attempt.result, attempt.code, attempt.message)

    def _finish(
        self, run: RunRecord, phase: Phase, result: Result | None, code: str | None, message: str
    ) -> None:
        self._store.update_run(
            run.run_id, phase=phase, result=result, code=code, message=message,
            ended_ms=self._attempts.clock_ms(),
        )  # fmt: skip
        logger.info("run %s of job %s ended: %s %s", run.run_id, run.job_id, result, message)
