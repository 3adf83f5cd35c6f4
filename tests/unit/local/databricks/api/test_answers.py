"""Runs in the API's words."""

from __future__ import annotations

from databricks.sdk.service.jobs import Run, RunLifeCycleState, RunLifecycleStateV2State

from local.databricks.api.answers import output_view, run_view, task_run_view
from local.databricks.runs.jobs import parse_job
from local.databricks.runs.output import JobOutput
from local.databricks.runs.records import AttemptRecord, Phase, Result, RunRecord
from tests.unit.local.databricks.runs.test_jobs import definition

JOB = parse_job(7, definition())
URL = "http://127.0.0.1:1"


def seen(
    phase: Phase, result: Result | None = None, code: str | None = None, *, canceling: bool = False
) -> Run:
    """A run in this phase, as the SDK reads it."""
    run = RunRecord(
        1000, JOB.job_id, None, {"run_id": "R"}, phase, result, code, is_cancel_requested=canceling
    )
    return Run.from_dict(run_view(run, JOB, [AttemptRecord(1000, 0, phase, result, code)], URL))


def test_the_sdk_knows_every_state() -> None:
    """Each phase is a life cycle state and a status that the SDK's enumerations hold."""
    for phase in Phase:
        run = seen(phase)
        assert run.state and isinstance(run.state.life_cycle_state, RunLifeCycleState)
        assert run.status and isinstance(run.status.state, RunLifecycleStateV2State)


def test_staging_is_pending_and_publishing_is_running() -> None:
    """A client does not see the server's own phases."""
    states = [
        seen(phase).as_dict()["state"]["life_cycle_state"] for phase in (Phase.STAGING, Phase.PUBLISHING)
    ]
    assert states == ["PENDING", "RUNNING"]


def test_a_run_that_is_being_canceled_is_terminating() -> None:
    """Until a canceled run has ended it is TERMINATING, after that CANCELED."""
    assert seen(Phase.RUNNING, canceling=True).as_dict()["state"]["life_cycle_state"] == "TERMINATING"
    ended = seen(Phase.TERMINATED, Result.CANCELED, "USER_CANCELED", canceling=True).as_dict()
    assert ended["state"]["life_cycle_state"] == "TERMINATED"
    assert ended["status"]["termination_details"]["code"] == "USER_CANCELED"


def test_termination_details_are_known_to_the_sdk() -> None:
    """Codes and types of terminations are in the SDK's enumerations, for each code the server uses."""
    for code in ("SUCCESS", "RUN_EXECUTION_ERROR", "CLUSTER_ERROR", "STORAGE_ACCESS_ERROR", "USER_CANCELED",
                 "CANCELED", "INTERNAL_ERROR", "RESOURCE_NOT_FOUND"):  # fmt: skip
        details = seen(Phase.TERMINATED, Result.FAILED, code).as_dict()["status"]["termination_details"]
        assert {"code", "type"} <= details.keys()


def test_a_queued_run_says_why() -> None:
    """A queued run bears the reason in both forms of the state."""
    run = seen(Phase.QUEUED).as_dict()
    assert "maximum concurrent runs" in run["state"]["queue_reason"]
    assert run["status"]["queue_details"]["code"] == "MAX_CONCURRENT_RUNS_REACHED"


def test_only_a_failed_attempt_has_an_error() -> None:
    """Warnings on stderr are no error of a run that succeeded."""
    run = RunRecord(1000, JOB.job_id, None)
    attempt = AttemptRecord(1000, 0, Phase.TERMINATED, Result.SUCCESS, "SUCCESS")
    output = JobOutput("logs", False, "ValueError: x", "Traceback …")
    metadata = task_run_view(attempt, run, JOB, URL)
    assert "error" not in output_view(metadata, Result.SUCCESS, output)
    assert output_view(metadata, Result.FAILED, output)["error"] == "ValueError: x"


def test_a_run_outlives_its_definition() -> None:
    """A run of a job that was deleted can still be shown."""
    run = RunRecord(1000, 5, None, {"run_id": "R"})
    assert Run.from_dict(run_view(run, None, [AttemptRecord(1000, 0)], URL)).run_id == 1000
