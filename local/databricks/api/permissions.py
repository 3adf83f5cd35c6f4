"""The permissions API over the access control lists of jobs."""

from __future__ import annotations

from local.databricks.api import requests
from local.databricks.api.calls import Call, Endpoints
from local.databricks.errors import DoesNotExist
from local.databricks.workspace import rights
from local.databricks.workspace.database import Json
from local.databricks.workspace.jobs import DeployedJob, DeployedJobs


def find_job(jobs: DeployedJobs, job_id: int, call: Call, level: str) -> DeployedJob:
    """A job that the caller has this right to. Raises DoesNotExist, PermissionDenied."""
    job = jobs.get(job_id)
    if job is None:
        raise DoesNotExist(f"Job {job_id} does not exist.")
    rights.require(level, job.rights, call.caller, f"job {job_id}")
    return job


def endpoints(jobs: DeployedJobs) -> Endpoints:
    """Read, replace and extend the list of a job."""

    def get(call: Call) -> Json:
        job = find_job(jobs, requests.integer(call.path, "job_id"), call, "CAN_VIEW")
        return rights.view(job.job_id, job.rights)

    def replace(call: Call) -> Json:
        job = find_job(jobs, requests.integer(call.path, "job_id"), call, "CAN_MANAGE")
        return keep(job, call.document.get("access_control_list"))

    def extend(call: Call) -> Json:
        job = find_job(jobs, requests.integer(call.path, "job_id"), call, "CAN_MANAGE")
        return keep(job, rights.merged(job.rights, call.document.get("access_control_list") or ()))

    def keep(job: DeployedJob, sent: object) -> Json:
        entries = rights.checked(sent)
        jobs.set_rights(job.job_id, entries)
        return rights.view(job.job_id, entries)

    path = "2.0/permissions/jobs/{job_id}"
    return [("GET", path, get), ("PUT", path, replace), ("PATCH", path, extend)]
