"""The Spark jobs. `Databricks` is what the app needs of a workspace, `DatabricksWorkspace` is over databricks-sdk.

The SDK takes seconds of processor time to import, and most processes that fetch never ask a workspace anything: it
is imported when the first call needs it.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from azure.core.exceptions import AzureError, ClientAuthenticationError

from shared.errors import JobRefused, WorkspaceUnavailable

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.credentials_provider import CredentialsStrategy
    from databricks.sdk.service.jobs import JobsAPI, Run

Answer = TypeVar("Answer")
_ENDED = {"TERMINATED", "SKIPPED", "INTERNAL_ERROR"}
REASON_CHARS = 1_000
#: Azure Databricks, the same in every tenant.
SCOPE = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"
#: A few tries in seconds: whoever asks for a token tries again by itself.
IDENTITY_PATIENCE: dict[str, Any] = {"retry_total": 2, "connection_timeout": 10, "read_timeout": 20}


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


class Databricks(Protocol):
    """A workspace with the jobs. Every method raises WorkspaceUnavailable where it does not answer, or refuses."""

    async def start(self, job_id: int, token: str, parameters: Mapping[str, str]) -> JobRun:
        """Start a job; the same token never starts it twice.

        Raises:
            JobRefused: no credential, no such job, no right to run it, or a parameter it does not take.
        """

    async def get(self, run_id: int) -> JobRun:
        """How a job run is doing, with its error when it failed."""

    async def cancel(self, run_id: int) -> None:
        """Ask a job run to stop."""

    async def job_name(self, job_id: int) -> str:
        """A job's name, as the workspace has it."""


class DatabricksWorkspace(Databricks):
    """A workspace over databricks-sdk; the SDK is synchronous, so calls run in threads.

    Args:
        connect: makes the client; asks the workspace how to authenticate, so it runs in a thread too.
    """

    def __init__(self, connect: Callable[[], WorkspaceClient]) -> None:
        self._connect = connect
        self._client: WorkspaceClient | None = None

    async def start(self, job_id: int, token: str, parameters: Mapping[str, str]) -> JobRun:
        """Start a job; the same token never starts it twice."""
        given = dict(parameters)
        try:
            jobs = await self._jobs()
            waiter = await _call(jobs.run_now, job_id, idempotency_token=token, job_parameters=given)
        except (WorkspaceUnavailable, ValueError) as error:
            cause = error if isinstance(error, ValueError) else error.__cause__
            if not _is_refusal(cause):
                raise
            problem = " ".join(str(cause).split())[:REASON_CHARS]
            raise JobRefused(job_id, f"{problem} ({type(cause).__name__})") from cause
        return await self.get(int(waiter.bind()["run_id"]))

    async def get(self, run_id: int) -> JobRun:
        """How a job run is doing, with its error when it failed."""
        run = await _call((await self._jobs()).get_run, run_id)
        found = _job_run(run)
        if not found.is_ended or found.is_ok:
            return found
        return JobRun(run_id, found.url, True, False, await self._error_of(run) or found.reason)

    async def cancel(self, run_id: int) -> None:
        """Ask a job run to stop."""
        await _call((await self._jobs()).cancel_run, run_id)

    async def job_name(self, job_id: int) -> str:
        """A job's name, as the workspace has it."""
        job = await _call((await self._jobs()).get, job_id)
        return (job.settings and job.settings.name) or str(job_id)

    async def _error_of(self, run: Run) -> str | None:
        """The error of the latest attempt that has one, of the first such task."""
        for task in sorted(run.tasks or [], key=lambda task: -(task.attempt_number or 0)):
            if task.run_id is None:
                continue
            output = await _call((await self._jobs()).get_run_output, task.run_id)
            if output.error:
                return output.error[:REASON_CHARS]
        return None

    async def _jobs(self) -> JobsAPI:
        if self._client is None:
            self._client = await _call(self._connect)
        return self._client.jobs


async def _call(ask: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
    """Call the SDK in a thread; its errors become ours."""
    try:
        return await asyncio.to_thread(ask, *arguments, **named)
    except (OSError, AzureError) as error:
        # DatabricksError is an OSError, and so are time-outs and broken connections; the identity's errors are Azure's.
        raise WorkspaceUnavailable("the workspace", type(error).__name__, not _is_lasting(error)) from error


def managed_identity(client_id: str) -> CredentialsStrategy:
    """How a client signs in as a managed identity of the app.

    The SDK knows `azure_use_msi` by name only: none of its own strategies reads it. The credential keeps its token, and
    asks for another five minutes before that ends.
    """
    from azure.identity import ManagedIdentityCredential
    from databricks.sdk.credentials_provider import credentials_strategy

    credential = ManagedIdentityCredential(client_id=client_id, **IDENTITY_PATIENCE)

    def headers() -> dict[str, str]:
        return {"Authorization": f"Bearer {credential.get_token(SCOPE).token}"}

    strategy: CredentialsStrategy = credentials_strategy("azure-managed-identity", ["host"])(
        lambda _config: headers
    )
    return strategy


def load_sdk() -> None:
    """Import databricks-sdk, for what counts the seconds of its first call.

    Raises:
        ImportError: it does not load.
    """
    importlib.import_module("databricks.sdk")


def _is_lasting(error: BaseException | None) -> bool:
    """Whether asking again gives the same."""
    from databricks.sdk.errors import BadRequest, NotFound

    return isinstance(error, BadRequest | NotFound)


def _is_refusal(error: BaseException | None) -> bool:
    """Whether it is why a job does not start; rights may spread late, so a start is tried a few times all the same.

    The SDK says ValueError when it finds no credential, azure-identity ClientAuthenticationError when it gets no token.
    """
    from databricks.sdk.errors import PermissionDenied, Unauthenticated

    refusals = PermissionDenied | Unauthenticated | ValueError | ClientAuthenticationError
    return _is_lasting(error) or isinstance(error, refusals)


def idempotency_token(run_id: str, stage: str, attempt: int) -> str:
    """The token of an attempt at a stage of a run: 64 hexadecimal characters, Databricks' maximum.

    A workspace answers a token it knows with the run it started then, also when that run failed.
    """
    return hashlib.sha256(f"{run_id}|{stage}|{attempt}".encode()).hexdigest()


def _job_run(run: Run) -> JobRun:
    state = run.state
    if state is None:
        return JobRun(run.run_id or 0, run.run_page_url, False, False, None)
    ended = state.life_cycle_state is not None and state.life_cycle_state.value in _ENDED
    result = state.result_state.value if state.result_state else None
    reason = ": ".join(part for part in (result, state.state_message) if part) or None
    return JobRun(run.run_id or 0, run.run_page_url, ended, result == "SUCCESS", reason)
