"""The Jobs API's calls that start, show and cancel runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from local.databricks.api import requests
from local.databricks.api.answers import output_view, run_view, task_run_view
from local.databricks.api.calls import Call, Endpoints, of_jobs_api
from local.databricks.api.permissions import find_job
from local.databricks.errors import DoesNotExist, InvalidParameter, PermissionDenied
from local.databricks.runs.attempt import AttemptRunner
from local.databricks.runs.jobs import JobDefinition, JobDefinitions, parse_job
from local.databricks.runs.output import read_output
from local.databricks.runs.records import ATTEMPTS_PER_RUN, AttemptRecord, RunRecord
from local.databricks.runs.runner import Runner
from local.databricks.runs.store import RunStore
from local.databricks.workspace import rights
from local.databricks.workspace.database import Json
from local.databricks.workspace.jobs import DeployedJobs

_MOST_RUNS = 25
_NO_PARENT_OUTPUT = (
    "Retrieving the output of runs with multiple tasks is not supported. "
    "Please retrieve the output of each individual task run instead."
)


@dataclass(frozen=True)
class RunsService:
    """Each method takes a call, gives JSON, raises ApiError. A run may be seen and canceled by whom its job may."""

    jobs: DeployedJobs
    store: RunStore
    runner: Runner
    attempts: AttemptRunner
    base_url: str

    def endpoints(self) -> Endpoints:
        """What is served of runs."""
        found: Endpoints = [
            ("POST", "run-now", self.run_now),
            ("GET", "runs/get", self.get_run),
            ("GET", "runs/get-output", self.get_run_output),
            ("GET", "runs/list", self.list_runs),
            ("POST", "runs/cancel", self.cancel_run),
            ("POST", "runs/cancel-all", self.cancel_all_runs),
        ]
        return of_jobs_api(found)

    def run_now(self, call: Call) -> Json:
        """jobs/run-now: a run, or the one that the idempotency token has started before."""
        body = call.document
        job = find_job(self.jobs, requests.integer(body, "job_id"), call, "CAN_MANAGE_RUN")
        parameters = requests.job_parameters(body, parse_job(job.job_id, job.settings))
        run = self.store.submit(job.job_id, parameters, requests.idempotency_token(body), call.caller)
        self.runner.wake()
        return {"run_id": run.run_id, "number_in_job": run.run_id}

    def get_run(self, call: Call) -> Json:
        """jobs/runs/get, for a job's run or a task's."""
        run, attempt = self._run(requests.integer(call.query, "run_id"), call)
        job = self._definition(run)
        if attempt:
            return task_run_view(attempt, run, job, self.base_url)
        return run_view(run, job, self.store.attempts(run.run_id), self.base_url)

    def get_run_output(self, call: Call) -> Json:
        """jobs/runs/get-output; as in the real API only for the run id of a task."""
        run, attempt = self._run(requests.integer(call.query, "run_id"), call)
        if attempt is None:
            raise InvalidParameter(_NO_PARENT_OUTPUT)
        metadata = task_run_view(attempt, run, self._definition(run), self.base_url)
        output = read_output(self.attempts.directory_of(attempt))
        return output_view(metadata, attempt.result, output)

    def list_runs(self, call: Call) -> Json:
        """jobs/runs/list, newest first."""
        page = requests.page_of(call.query, _MOST_RUNS)
        seen = [run for run in self.store.runs() if self._allows("CAN_VIEW", run, call)]
        found = [run for run in seen if _is_asked_for(run, call.query)]
        views = [self._listed(run, call.query) for run in found[page.offset : page.offset + page.limit]]
        return requests.list_view("runs", views, page.next_token(len(found)))

    def cancel_run(self, call: Call) -> Json:
        """jobs/runs/cancel: a run that is over already stays as it is."""
        run, _ = self._run(requests.integer(call.document, "run_id"), call, "CAN_MANAGE_RUN")
        self.runner.cancel(run.run_id)
        return {}

    def cancel_all_runs(self, call: Call) -> Json:
        """jobs/runs/cancel-all, of one job."""
        job = find_job(self.jobs, requests.integer(call.document, "job_id"), call, "CAN_MANAGE_RUN")
        self.runner.cancel_all(job.job_id)
        return {}

    def _definition(self, run: RunRecord) -> JobDefinition | None:
        return JobDefinitions(self.jobs).get(run.job_id)

    def _allows(self, level: str, run: RunRecord, call: Call) -> bool:
        """Whether the caller has a right to a run; that of a deleted job belongs to whom asked for it."""
        job = self.jobs.get(run.job_id)
        return rights.allows(level, job.rights, call.caller) if job else run.submitter == call.caller

    def _run(
        self, run_id: int, call: Call, level: str = "CAN_VIEW"
    ) -> tuple[RunRecord, AttemptRecord | None]:
        """A job's run by its id, or by the id of an attempt of its task."""
        number = run_id % ATTEMPTS_PER_RUN
        try:
            run = self.store.run(run_id - number)
            attempt = self.store.attempts(run.run_id)[number - 1] if number else None
        except (KeyError, IndexError) as error:
            raise DoesNotExist(f"Run {run_id} does not exist.") from error
        if not self._allows(level, run, call):
            raise PermissionDenied(f"User {call.caller} does not have {level} permissions on run {run_id}.")
        return run, attempt

    def _listed(self, run: RunRecord, query: Mapping[str, str]) -> Json:
        view = run_view(run, self._definition(run), self.store.attempts(run.run_id), self.base_url)
        if not requests.flag(query, "expand_tasks"):
            del view["tasks"]
        return view


def _is_asked_for(run: RunRecord, query: Mapping[str, str]) -> bool:
    active, completed = requests.flag(query, "active_only"), requests.flag(query, "completed_only")
    if active and completed:
        raise InvalidParameter("active_only and completed_only cannot both be true")
    started_ms = run.started_ms or run.submitted_ms
    conditions = [
        requests.optional_integer(query, "job_id") in (None, run.job_id),
        not (active and run.phase.is_final),
        not (completed and not run.phase.is_final),
        started_ms >= (requests.optional_integer(query, "start_time_from") or 0),
        started_ms <= (requests.optional_integer(query, "start_time_to") or started_ms),
        query.get("run_type", "JOB_RUN") == "JOB_RUN",
    ]
    return all(conditions)
