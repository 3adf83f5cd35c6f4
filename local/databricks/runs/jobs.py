"""What the runner needs of a deployed job: one Python wheel task, its parameters and the wheels it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.databricks.errors import UnfitJob
from local.databricks.workspace.jobs import DeployedJobs

_REFERENCE = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")


@dataclass(frozen=True)
class WheelTask:
    """The one task of a job: an entry point of a package with parameters, and its rules for failure.

    `wheels` are the paths of workspace files that the task's environment, or its libraries, name.
    """

    key: str
    package: str
    entry_point: str
    parameters: tuple[str, ...]
    wheels: tuple[str, ...] = ()
    timeout_s: int = 0
    max_retries: int = 0
    retry_interval_s: float = 0.0
    retry_on_timeout: bool = False


@dataclass(frozen=True)
class JobDefinition:
    """A job: `settings` as they were sent, the rest as the runner needs it. Timeout 0: none."""

    job_id: int
    name: str
    settings: Mapping[str, Any]
    defaults: Mapping[str, str]
    task: WheelTask
    timeout_s: int = 0


class JobDefinitions:
    """The definitions of the jobs that are deployed at the moment."""

    def __init__(self, jobs: DeployedJobs) -> None:
        self._jobs = jobs

    def get(self, job_id: int) -> JobDefinition | None:
        """The definition of a job, None if it is not there (any more)."""
        job = self._jobs.get(job_id)
        return parse_job(job_id, job.settings) if job else None


def substitute(text: str, values: Mapping[str, str]) -> str:
    """The text with `{{reference}}` replaced. Raises KeyError for an unknown reference."""
    return _REFERENCE.sub(lambda match: values[match.group(1)], text)


def reference_values(job: JobDefinition, run_id: int, parameters: Mapping[str, str]) -> dict[str, str]:
    """What `{{…}}` may name in a task's parameters."""
    values = {f"job.parameters.{name}": value for name, value in parameters.items()}
    return values | {"job.id": str(job.job_id), "job.name": job.name, "job.run_id": str(run_id)}


def parse_job(job_id: int, settings: Mapping[str, Any]) -> JobDefinition:
    """The definition in a job's settings. Raises UnfitJob for what is no job, or none that runs here."""
    try:
        job = _parse_job(job_id, settings)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnfitJob(f"not the settings of a job: {type(error).__name__} {error}") from error
    _check_references(job)
    return job


def _parse_job(job_id: int, settings: Mapping[str, Any]) -> JobDefinition:
    tasks = settings["tasks"]
    if len(tasks) != 1:
        raise UnfitJob(f"job {settings['name']!r} has {len(tasks)} tasks; only jobs of one run here")
    return JobDefinition(
        job_id=job_id,
        name=settings["name"],
        settings=settings,
        defaults={item["name"]: str(item["default"]) for item in settings.get("parameters", [])},
        task=_parse_task(tasks[0], settings),
        timeout_s=int(settings.get("timeout_seconds", 0)),
    )


def _parse_task(task: Mapping[str, Any], settings: Mapping[str, Any]) -> WheelTask:
    if "python_wheel_task" not in task:
        raise UnfitJob(f"task {task['task_key']!r} is no python_wheel_task, which alone runs here")
    wheel = task["python_wheel_task"]
    return WheelTask(
        key=task["task_key"],
        package=wheel["package_name"],
        entry_point=wheel["entry_point"],
        parameters=tuple(str(item) for item in wheel.get("parameters", [])),
        wheels=tuple(_wheels(task, settings)),
        timeout_s=int(task.get("timeout_seconds", 0)),
        max_retries=int(task.get("max_retries", 0)),
        retry_interval_s=int(task.get("min_retry_interval_millis", 0)) / 1000,
        retry_on_timeout=bool(task.get("retry_on_timeout", False)),
    )


def _wheels(task: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[str]:
    """Wheels among the dependencies of a task's environment (serverless) or its libraries (job clusters)."""
    environments = {item["environment_key"]: item["spec"] for item in settings.get("environments", [])}
    key = task.get("environment_key")
    if key is not None and key not in environments:
        raise UnfitJob(f"task {task['task_key']!r} names the unknown environment {key!r}")
    dependencies = environments[key].get("dependencies", []) if key is not None else []
    libraries = [item["whl"] for item in task.get("libraries", []) if "whl" in item]
    yield from (
        name for name in [*dependencies, *libraries] if name.startswith("/") and name.endswith(".whl")
    )


def _check_references(job: JobDefinition) -> None:
    values = reference_values(job, 0, job.defaults)
    for parameter in job.task.parameters:
        try:
            substitute(parameter, values)
        except KeyError as error:
            raise UnfitJob(f"job {job.name!r}: {parameter!r} names the unknown {error}") from error
