"""The Spark jobs: started, watched and cancelled through the Databricks Jobs API."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied, Unauthenticated
from databricks.sdk.service.jobs import JobsAPI, Run, RunLifeCycleState, RunResultState

from shared.errors import JobRefused

_ENDED = {
    RunLifeCycleState.TERMINATED,
    RunLifeCycleState.SKIPPED,
    RunLifeCycleState.INTERNAL_ERROR,
}
REASON_CHARS = 1_000
#: What a second try will hear too; the SDK says ValueError when it finds no credential.
LASTING = (NotFound, BadRequest, PermissionDenied, Unauthenticated, ValueError)


@dataclass(frozen=True)
class JobRun:
    """One run of a job.

    Attributes:
        run_id: Databricks' number of it.
        url: its page in the workspace.
        is_ended: whether it will change no more.
        is_ok: whether it ended well.
        reason: what it says of its end.
    """

    run_id: int
    url: str | None
    is_ended: bool
    is_ok: bool
    reason: str | None


class Databricks:
    """Asks a workspace; the SDK is synchronous, so calls run in threads.

    Args:
        connect: makes the client; asks the workspace how to authenticate, so it runs in a thread too.
    """

    def __init__(self, connect: Callable[[], WorkspaceClient]) -> None:
        self._connect = connect
        self._client: WorkspaceClient | None = None

    async def start(self, job_id: int, token: str, parameters: Mapping[str, str]) -> JobRun:
        """Start a job; the same token never starts it twice.

        Raises:
            JobRefused: no credential, no such job, no right to run it, or a parameter it does not take.
        """
        try:
            jobs = await self._jobs()
            waiter = await asyncio.to_thread(
                jobs.run_now, job_id, idempotency_token=token, job_parameters=dict(parameters)
            )
        except LASTING as error:
            problem = " ".join(str(error).split())[:REASON_CHARS]
            raise JobRefused(job_id, f"{problem} ({type(error).__name__})") from error
        return await self.get(int(waiter.bind()["run_id"]))

    async def get(self, run_id: int) -> JobRun:
        """How a job run is doing, with its error when it failed."""
        run = await asyncio.to_thread((await self._jobs()).get_run, run_id)
        found = _job_run(run)
        if not found.is_ended or found.is_ok:
            return found
        return JobRun(run_id, found.url, True, False, await self._error_of(run) or found.reason)

    async def cancel(self, run_id: int) -> None:
        """Ask a job run to stop."""
        await asyncio.to_thread((await self._jobs()).cancel_run, run_id)

    async def job_name(self, job_id: int) -> str:
        """A job's name, as the workspace has it."""
        job = await asyncio.to_thread((await self._jobs()).get, job_id)
        return (job.settings and job.settings.name) or str(job_id)

    async def _error_of(self, run: Run) -> str | None:
        """The error of the first task that has one."""
        for task in run.tasks or []:
            if task.run_id is None:
                continue
            output = await asyncio.to_thread((await self._jobs()).get_run_output, task.run_id)
            if output.error:
                return output.error[:REASON_CHARS]
        return None

    async def _jobs(self) -> JobsAPI:
        if self._client is None:
            self._client = await asyncio.to_thread(self._connect)
        return self._client.jobs


def idempotency_token(run_id: str, stage: str) -> str:
    """The token of a stage of a run: 64 hexadecimal characters, Databricks' maximum."""
    return hashlib.sha256(f"{run_id}|{stage}".encode()).hexdigest()


def _job_run(run: Run) -> JobRun:
    state = run.state
    ended = state is not None and state.life_cycle_state in _ENDED
    ok = state is not None and state.result_state == RunResultState.SUCCESS
    reason = None
    if state is not None:
        result = state.result_state.value if state.result_state else None
        reason = ": ".join(part for part in (result, state.state_message) if part) or None
    return JobRun(run.run_id or 0, run.run_page_url, ended, ok, reason)
