"""The Databricks workspace over a small stand-in of the SDK's client."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from databricks.sdk.errors import (
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    TemporarilyUnavailable,
    Unauthenticated,
)
from databricks.sdk.service.jobs import Run, RunLifeCycleState, RunOutput, RunResultState, RunTask
from databricks.sdk.service.jobs import RunState as JobState

from shared.adapters.databricks import DatabricksWorkspace
from shared.errors import JobRefused, WorkspaceUnavailable


class Jobs:
    """The jobs of a workspace client: one run, in a state that the test sets."""

    def __init__(self, state: JobState | None, errors: dict[int, str] | None = None) -> None:
        self.state, self.errors = state, errors or {}
        self.tasks = [RunTask(task_key="a"), *(RunTask(task_key=str(n), run_id=n) for n in (1, 2))]
        self.calls: list[tuple[Any, ...]] = []
        self.refusal: Exception | None = None

    def run_now(self, job_id: int, idempotency_token: str, job_parameters: dict[str, str]) -> SimpleNamespace:
        if self.refusal is not None:
            raise self.refusal
        self.calls.append((job_id, idempotency_token, job_parameters))
        return SimpleNamespace(bind=lambda: {"run_id": 77})

    def get_run(self, run_id: int) -> Run:
        return Run(run_id=run_id, run_page_url="https://w.invalid/77", state=self.state, tasks=self.tasks)

    def get_run_output(self, run_id: int) -> RunOutput:
        return RunOutput(error=self.errors.get(run_id))

    def cancel_run(self, run_id: int) -> None:
        self.calls.append(("cancel", run_id))


def workspace(jobs: Jobs) -> DatabricksWorkspace:
    return DatabricksWorkspace(lambda: SimpleNamespace(jobs=jobs))  # type: ignore[arg-type,return-value]


def ended(result: RunResultState, message: str | None = None) -> JobState:
    return JobState(life_cycle_state=RunLifeCycleState.TERMINATED, result_state=result, state_message=message)


async def test_a_job_is_started_with_its_token_and_parameters() -> None:
    """run_now gets job, token and parameters; what comes back says how the run is doing."""
    jobs = Jobs(JobState(life_cycle_state=RunLifeCycleState.RUNNING))
    run = await workspace(jobs).start(11, "token", {"run_id": "r"})
    assert jobs.calls == [(11, "token", {"run_id": "r"})]
    assert (run.run_id, run.url, run.is_ended, run.is_ok) == (77, "https://w.invalid/77", False, False)


@pytest.mark.parametrize(
    ("state", "is_ended", "is_ok", "reason"),
    [
        (None, False, False, None),
        (ended(RunResultState.SUCCESS), True, True, "SUCCESS"),
        (ended(RunResultState.FAILED, "see output"), True, False, "FAILED: see output"),
        (ended(RunResultState.CANCELED), True, False, "CANCELED"),
        (
            JobState(life_cycle_state=RunLifeCycleState.INTERNAL_ERROR, state_message="no cluster"),
            True,
            False,
            "no cluster",
        ),
        (JobState(life_cycle_state=RunLifeCycleState.SKIPPED), True, False, None),
        (JobState(life_cycle_state=RunLifeCycleState.PENDING), False, False, None),
    ],
)
async def test_how_a_job_run_is_doing(
    state: JobState | None, is_ended: bool, is_ok: bool, reason: str | None
) -> None:
    """Ended or not, well or not, with what Databricks says of it."""
    run = await workspace(Jobs(state)).get(77)
    assert (run.is_ended, run.is_ok, run.reason) == (is_ended, is_ok, reason)


async def test_a_failed_job_tells_the_error_of_its_task() -> None:
    """The first task with an error says what went wrong, shortened where it is endless."""
    jobs = Jobs(ended(RunResultState.FAILED), errors={2: "AnalysisException " + "x" * 5_000})
    reason = (await workspace(jobs).get(77)).reason
    assert reason is not None and reason.startswith("AnalysisException") and len(reason) <= 1_000


async def test_a_job_that_was_tried_again_tells_the_last_error() -> None:
    """What the first attempt fell over may have passed; attempts come in the order in which they were made."""
    jobs = Jobs(ended(RunResultState.FAILED), errors={1: "out of reach", 2: "wrong checksum"})
    jobs.tasks = [RunTask(task_key="a", run_id=n, attempt_number=n - 1) for n in (1, 2)]
    assert (await workspace(jobs).get(77)).reason == "wrong checksum"


async def test_a_job_is_cancelled() -> None:
    """The workspace is told which run."""
    jobs = Jobs(None)
    await workspace(jobs).cancel(77)
    assert jobs.calls == [("cancel", 77)]


@pytest.mark.parametrize(
    ("error", "is_passing"),
    [(NotFound("no job 11"), False), (TimeoutError("no route"), True), (PermissionDenied("token abc"), True)],
)
async def test_a_workspace_that_does_not_answer_is_told_apart(error: Exception, is_passing: bool) -> None:
    """The SDK's error becomes ours, with its kind, whether asking again may do, and nothing of its text."""

    class Failing(Jobs):
        def cancel_run(self, run_id: int) -> None:
            raise error

    with pytest.raises(WorkspaceUnavailable) as caught:
        await workspace(Failing(None)).cancel(77)
    assert (caught.value.kind, caught.value.is_passing) == (type(error).__name__, is_passing)
    assert str(error) not in str(caught.value) and isinstance(caught.value.__cause__, type(error))


REFUSALS = [
    NotFound("no job 7"),
    InvalidParameterValue("unknown parameter"),
    PermissionDenied("no"),
    Unauthenticated("no"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=repr)
async def test_a_start_that_cannot_work_is_told_apart(refusal: Exception) -> None:
    """No such job, no right, a parameter it does not take: asking again gives the same."""
    jobs = Jobs(None)
    jobs.refusal = refusal
    workspace = DatabricksWorkspace(lambda: SimpleNamespace(jobs=jobs))  # type: ignore[arg-type, return-value]
    with pytest.raises(JobRefused, match=str(refusal)):
        await workspace.start(7, "token", {})


async def test_a_workspace_without_a_credential_refuses_too() -> None:
    """The SDK looks for a credential when its client is made."""

    def connect() -> Any:
        raise ValueError("default auth: cannot configure default credentials")

    with pytest.raises(JobRefused, match="cannot configure default credentials"):
        await DatabricksWorkspace(connect).start(7, "token", {})


async def test_a_workspace_that_is_busy_refuses_nothing() -> None:
    """What passes is raised as it is, so that the trigger tries again without counting it."""
    jobs = Jobs(None)
    jobs.refusal = TemporarilyUnavailable("busy")
    workspace = DatabricksWorkspace(lambda: SimpleNamespace(jobs=jobs))  # type: ignore[arg-type, return-value]
    with pytest.raises(WorkspaceUnavailable, match="TemporarilyUnavailable"):
        await workspace.start(7, "token", {})
