"""Jobs and runs in the words of the Jobs API 2.1 and 2.2 (`state` and the newer `status` alike)."""

from __future__ import annotations

from collections.abc import Sequence

from local.databricks.api.identity import WORKSPACE_ID
from local.databricks.runs.jobs import JobDefinition
from local.databricks.runs.output import JobOutput
from local.databricks.runs.records import AttemptRecord, Phase, Result, RunRecord
from local.databricks.workspace.database import Json
from local.databricks.workspace.jobs import DeployedJob

_LIFE_CYCLE = {Phase.STAGING: "PENDING", Phase.PUBLISHING: "RUNNING"}
_STATUS = {"INTERNAL_ERROR": "TERMINATED", "WAITING_FOR_RETRY": "WAITING"}
_TYPES = {
    "SUCCESS": "SUCCESS",
    "USER_CANCELED": "SUCCESS",
    "CANCELED": "CLIENT_ERROR",
    "RUN_EXECUTION_ERROR": "CLIENT_ERROR",
    "CLUSTER_ERROR": "CLOUD_FAILURE",
    "STORAGE_ACCESS_ERROR": "CLOUD_FAILURE",
}
_QUEUED_MESSAGE = "Queued due to reaching maximum concurrent runs of the job"


def job_view(job: DeployedJob, *, with_tasks: bool = True) -> Json:
    """A job, as jobs/get and jobs/list answer it: its settings as they were sent, and what Databricks adds to them."""
    hidden = () if with_tasks else ("tasks", "parameters", "environments", "job_clusters")
    settings = {name: value for name, value in _completed(job.settings).items() if name not in hidden}
    return {
        "job_id": job.job_id,
        "creator_user_name": job.creator,
        "run_as_user_name": _run_as(job),
        "created_time": job.created_ms,
        "settings": settings,
    }


def _run_as(job: DeployedJob) -> str:
    named: Json = job.settings.get("run_as") or {}
    return str(named.get("service_principal_name") or named.get("user_name") or job.creator)


def _completed(settings: Json) -> Json:
    """What Databricks states of a job where its sender does not; on serverless that is a difference to a bundle."""
    added: Json = {"format": "MULTI_TASK", "max_concurrent_runs": 1, "timeout_seconds": 0}
    if "environments" in settings:
        added["performance_target"] = "PERFORMANCE_OPTIMIZED"
        specs = [
            {**item, "spec": {"environment_version": "1", **item["spec"]}}
            for item in settings["environments"]
        ]
        return {**added, **settings, "environments": specs}
    return {**added, **settings}


def run_view(
    run: RunRecord, job: JobDefinition | None, attempts: Sequence[AttemptRecord], base_url: str
) -> Json:
    """A job run with all attempts of its task, as runs/get answers it."""
    return {
        **_run_identity(run, job, base_url),
        **_state_of(run.phase, run.result, run.code, _message(run), is_canceling=run.is_cancel_requested),
        "job_parameters": _parameters_view(run, job),
        "start_time": run.started_ms or run.submitted_ms,
        "end_time": run.ended_ms,
        "run_duration": max(0, run.ended_ms - run.submitted_ms),
        "queue_duration": max(0, run.started_ms - run.submitted_ms),
        "tasks": [task_view(item, run, job, base_url) for item in attempts],
    }


def task_view(attempt: AttemptRecord, run: RunRecord, job: JobDefinition | None, base_url: str) -> Json:
    """One attempt of a task, as it stands in a run's `tasks`."""
    state = _state_of(
        attempt.phase, attempt.result, attempt.code, attempt.message, is_canceling=run.is_cancel_requested
    )
    return {
        **(_task_settings(job) if job else {"task_key": "unknown"}),
        **state,
        "run_id": attempt.task_run_id,
        "attempt_number": attempt.number,
        "run_page_url": _page_url(run, base_url),
        "start_time": attempt.started_ms,
        "setup_duration": max(0, attempt.executed_ms - attempt.started_ms),
        "execution_duration": max(0, attempt.published_ms - attempt.executed_ms)
        if attempt.executed_ms
        else 0,
        "cleanup_duration": max(0, attempt.ended_ms - attempt.published_ms),
        "end_time": attempt.ended_ms,
    }


def task_run_view(attempt: AttemptRecord, run: RunRecord, job: JobDefinition | None, base_url: str) -> Json:
    """One attempt as a run of its own: runs/get for a task's run id, metadata of runs/get-output."""
    task = task_view(attempt, run, job, base_url)
    own = ("python_wheel_task", "max_retries", "timeout_seconds")
    return {
        **_run_identity(run, job, base_url),
        **{name: value for name, value in task.items() if name not in own},
        "job_run_id": run.run_id,
        "original_attempt_run_id": run.run_id + 1,
        "tasks": [task],
    }


def output_view(metadata: Json, result: Result | None, output: JobOutput) -> Json:
    """The answer of runs/get-output; the error only when the attempt failed."""
    answer: Json = {"metadata": metadata, "logs": output.logs, "logs_truncated": output.is_truncated}
    if result is Result.FAILED:
        answer["error"] = output.error or metadata["state"]["state_message"]
        answer["error_trace"] = output.error_trace
    return answer


def _run_identity(run: RunRecord, job: JobDefinition | None, base_url: str) -> Json:
    return {
        "job_id": run.job_id,
        "run_id": run.run_id,
        "number_in_job": run.run_id,
        "original_attempt_run_id": run.run_id,
        "creator_user_name": run.submitter,
        "run_name": job.name if job else "",
        "run_page_url": _page_url(run, base_url),
        "run_type": "JOB_RUN",
        "trigger": "ONE_TIME",
        "format": "MULTI_TASK",
    }


def _page_url(run: RunRecord, base_url: str) -> str:
    return f"{base_url}/?o={WORKSPACE_ID}#job/{run.job_id}/run/{run.run_id}"


def _task_settings(job: JobDefinition) -> Json:
    task: Json = dict(job.settings["tasks"][0])
    return task


def _parameters_view(run: RunRecord, job: JobDefinition | None) -> list[Json]:
    defaults = job.defaults if job else {}
    return [
        {"name": name, "default": defaults.get(name, ""), "value": value}
        for name, value in run.parameters.items()
    ]


def _message(run: RunRecord) -> str:
    waiting = {
        Phase.QUEUED: _QUEUED_MESSAGE,
        Phase.PENDING: "Waiting for cluster",
        Phase.STAGING: "Staging the lake",
    }
    return run.message or waiting.get(run.phase, "")


def _state_of(
    phase: Phase, result: Result | None, code: str | None, message: str, *, is_canceling: bool
) -> Json:
    life_cycle = _LIFE_CYCLE.get(phase, phase.value)
    if is_canceling and not phase.is_final:
        life_cycle = "TERMINATING"
    state: Json = {
        "life_cycle_state": life_cycle,
        "state_message": message,
        "user_cancelled_or_timedout": result in (Result.CANCELED, Result.TIMEDOUT),
    }
    status: Json = {"state": _STATUS.get(life_cycle, life_cycle)}
    if result:
        state["result_state"] = result.value
        status["termination_details"] = {
            "code": code,
            "type": _TYPES.get(code or "", "INTERNAL_ERROR"),
            "message": message,
        }
    if life_cycle == "QUEUED":
        state["queue_reason"] = message
        status["queue_details"] = {"code": "MAX_CONCURRENT_RUNS_REACHED", "message": message}
    return {"state": state, "status": status}
