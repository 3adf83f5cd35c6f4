"""What the endpoints do, in terms of jobs, runs and the runner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.databricks.api import requests
from local.databricks.api.answers import Json, job_view, output_view, run_view, task_run_view
from local.databricks.errors import DoesNotExist, InvalidParameter
from local.databricks.runs.attempt import AttemptRunner
from local.databricks.runs.jobs import JobDefinition
from local.databricks.runs.output import read_output
from local.databricks.runs.records import ATTEMPTS_PER_RUN, AttemptRecord, RunRecord
from local.databricks.runs.runner import Runner
from local.databricks.runs.store import RunStore

_MOST_JOBS = 100
_MOST_RUNS = 25
_NO_PARENT_OUTPUT = (
    "Retrieving the output of runs with multiple tasks is not supported. "
    "Please retrieve the output of each individual task run instead."
)


@dataclass(frozen=True)
class JobsService:
    """The Jobs API without HTTP: each method takes query or body, gives JSON, raises ApiError."""

    jobs: Mapping[int, JobDefinition]
    store: RunStore
    runner: Runner
    attempts: AttemptRunner
    base_url: str
    created_ms: int

    def list_jobs(self, query: Mapping[str, str]) -> Json:
        """jobs/list: by name (exact, case-insensitive) or all."""
        page = requests.page_of(query, _MOST_JOBS)
        name = query.get("name", "").casefold()
        found = [job for job in self.jobs.values() if not name or job.name.casefold() == name]
        full = requests.flag(query, "expand_tasks")
        shown = found[page.offset : page.offset + page.limit]
        views = [job_view(job, self.created_ms, with_tasks=full) for job in shown]
        return _list_view("jobs", views, page.next_token(len(found)))

    def get_job(self, query: Mapping[str, str]) -> Json:
        """jobs/get."""
        return job_view(self._job(requests.integer(query, "job_id")), self.created_ms)

    def run_now(self, body: Mapping[str, Any]) -> Json:
        """jobs/run-now: a run, or the one that the idempotency token has started before."""
        job = self._job(requests.integer(body, "job_id"))
        parameters = requests.job_parameters(body, job)
        run = self.store.submit(job.job_id, parameters, requests.idempotency_token(body))
        self.runner.wake()
        return {"run_id": run.run_id, "number_in_job": run.run_id}

    def get_run(self, query: Mapping[str, str]) -> Json:
        """jobs/runs/get, for a job's run or a task's."""
        run, attempt = self._run(requests.integer(query, "run_id"))
        job = self.jobs.get(run.job_id)
        if attempt:
            return task_run_view(attempt, run, job, self.base_url)
        return run_view(run, job, self.store.attempts(run.run_id), self.base_url)

    def get_run_output(self, query: Mapping[str, str]) -> Json:
        """jobs/runs/get-output; as in the real API only for the run id of a task."""
        run, attempt = self._run(requests.integer(query, "run_id"))
        if attempt is None:
            raise InvalidParameter(_NO_PARENT_OUTPUT)
        metadata = task_run_view(attempt, run, self.jobs.get(run.job_id), self.base_url)
        output = read_output(self.attempts.directory_of(attempt))
        return output_view(metadata, attempt.result, output)

    def list_runs(self, query: Mapping[str, str]) -> Json:
        """jobs/runs/list, newest first."""
        page = requests.page_of(query, _MOST_RUNS)
        found = [run for run in self.store.runs() if _is_asked_for(run, query)]
        shown = found[page.offset : page.offset + page.limit]
        return _list_view("runs", [self._listed(run, query) for run in shown], page.next_token(len(found)))

    def cancel_run(self, body: Mapping[str, Any]) -> Json:
        """jobs/runs/cancel: a run that is over already stays as it is."""
        run, _ = self._run(requests.integer(body, "run_id"))
        self.runner.cancel(run.run_id)
        return {}

    def cancel_all_runs(self, body: Mapping[str, Any]) -> Json:
        """jobs/runs/cancel-all, of one job."""
        job = self._job(requests.integer(body, "job_id"))
        for run in self.store.open_runs():
            if run.job_id == job.job_id:
                self.runner.cancel(run.run_id)
        return {}

    def _job(self, job_id: int) -> JobDefinition:
        if job_id not in self.jobs:
            raise DoesNotExist(f"Job {job_id} does not exist.")
        return self.jobs[job_id]

    def _run(self, run_id: int) -> tuple[RunRecord, AttemptRecord | None]:
        """A job's run by its id, or by the id of an attempt of its task."""
        number = run_id % ATTEMPTS_PER_RUN
        try:
            run = self.store.run(run_id - number)
            return run, self.store.attempts(run.run_id)[number - 1] if number else None
        except (KeyError, IndexError) as error:
            raise DoesNotExist(f"Run {run_id} does not exist.") from error

    def _listed(self, run: RunRecord, query: Mapping[str, str]) -> Json:
        view = run_view(run, self.jobs.get(run.job_id), self.store.attempts(run.run_id), self.base_url)
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


def _list_view(name: str, items: list[Json], next_token: str | None) -> Json:
    view: Json = {name: items, "has_more": next_token is not None}
    return view if next_token is None else {**view, "next_page_token": next_token}
