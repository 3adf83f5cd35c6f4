"""The Jobs API's calls that make, change, show and delete jobs."""

from __future__ import annotations

from dataclasses import dataclass

from local.databricks.api import requests
from local.databricks.api.answers import job_view
from local.databricks.api.calls import Call, Endpoints, of_jobs_api
from local.databricks.api.permissions import find_job
from local.databricks.errors import InvalidParameter, NotImplementedHere, UnfitJob
from local.databricks.runs.jobs import parse_job
from local.databricks.runs.runner import Runner
from local.databricks.workspace import rights
from local.databricks.workspace.database import Json
from local.databricks.workspace.jobs import DeployedJobs

_MOST_JOBS = 100
_ELSEWHERE = ("update", "runs/submit", "runs/delete", "runs/repair", "runs/export")


@dataclass(frozen=True)
class JobsService:
    """Each method takes a call, gives JSON, raises ApiError."""

    jobs: DeployedJobs
    runner: Runner

    def endpoints(self) -> Endpoints:
        """What is served, and what is known not to be."""
        found: Endpoints = [
            ("POST", "create", self.create),
            ("GET", "list", self.list),
            ("GET", "get", self.get),
            ("POST", "reset", self.reset),
            ("POST", "delete", self.delete),
            *((method, path, _not_implemented) for path in _ELSEWHERE for method in ("GET", "POST")),
        ]
        return of_jobs_api(found)

    def create(self, call: Call) -> Json:
        """jobs/create: the caller owns the job, unless the list that is sent with it names another."""
        sent = dict(call.document)
        entries = sent.pop("access_control_list", None)
        held = rights.checked(entries) if entries else rights.owned_by(call.caller)
        return {"job_id": self.jobs.create(_fit(sent), call.caller, held)}

    def list(self, call: Call) -> Json:
        """jobs/list: those that the caller may see, by name (exact, case-insensitive) or all."""
        page = requests.page_of(call.query, _MOST_JOBS)
        name = call.query.get("name", "").casefold()
        seen = [job for job in self.jobs.all() if rights.allows("CAN_VIEW", job.rights, call.caller)]
        found = [job for job in seen if not name or job.name.casefold() == name]
        full = requests.flag(call.query, "expand_tasks")
        views = [job_view(job, with_tasks=full) for job in found[page.offset : page.offset + page.limit]]
        return requests.list_view("jobs", views, page.next_token(len(found)))

    def get(self, call: Call) -> Json:
        """jobs/get."""
        return job_view(find_job(self.jobs, requests.integer(call.query, "job_id"), call, "CAN_VIEW"))

    def reset(self, call: Call) -> Json:
        """jobs/reset: other settings in the place of all there were."""
        job = find_job(self.jobs, requests.integer(call.document, "job_id"), call, "CAN_MANAGE")
        self.jobs.reset(job.job_id, _fit(requests.record(call.document, "new_settings")))
        return {}

    def delete(self, call: Call) -> Json:
        """jobs/delete: its open runs are canceled."""
        job = find_job(self.jobs, requests.integer(call.document, "job_id"), call, "CAN_MANAGE")
        self.runner.cancel_all(job.job_id)
        self.jobs.delete(job.job_id)
        return {}


def _fit(settings: Json) -> Json:
    """Settings of a job that can run here. Raises InvalidParameter for others."""
    try:
        parse_job(0, settings)
    except UnfitJob as error:
        raise InvalidParameter(str(error)) from error
    return settings


def _not_implemented(call: Call) -> Json:
    raise NotImplementedHere(f"{call.path['method']} of this part of the Jobs API is not served here")
