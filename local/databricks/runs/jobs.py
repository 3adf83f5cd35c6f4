"""Job definitions: the Databricks bundle's `*.job.yml` files, read once at start.

A job here has exactly one task, a Python wheel task; that is what the bundle holds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.databricks.errors import JobFileError

_REFERENCE = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")
_OF_BUNDLE = re.compile(
    r"\$\{[^{}]+\}"
)  # a variable or a resource of the bundle, of which there are none here


@dataclass(frozen=True)
class WheelTask:
    """The one task of a job: an entry point with parameters and its rules for failure."""

    key: str
    entry_point: str
    parameters: tuple[str, ...]
    timeout_s: int = 0
    max_retries: int = 0
    retry_interval_s: float = 0.0
    retry_on_timeout: bool = False


@dataclass(frozen=True)
class JobDefinition:
    """A job: `settings` as the API answers them, the rest as the runner needs it. Timeout 0: none."""

    job_id: int
    name: str
    settings: Mapping[str, Any]
    defaults: Mapping[str, str]
    task: WheelTask
    timeout_s: int = 0


def load_jobs(directory: Path) -> dict[int, JobDefinition]:
    """All jobs of the directory's `*.job.yml` files by id. Raises JobFileError naming the file."""
    if not directory.is_dir():
        raise JobFileError(f"job directory {directory} does not exist")
    jobs: dict[int, JobDefinition] = {}
    for path in sorted(directory.glob("*.job.yml")):
        for job in _jobs_of_file(path):
            if job.job_id in jobs:
                raise JobFileError(f"{path}: a job named {job.name!r} exists already")
            jobs[job.job_id] = job
    if not jobs:
        raise JobFileError(f"no job in {directory}: expected files named *.job.yml")
    return jobs


def job_id_of(name: str) -> int:
    """The id of a job: the same for the same name, on every machine."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:12], 16)


def substitute(text: str, values: Mapping[str, str]) -> str:
    """The text with `{{reference}}` replaced. Raises KeyError for an unknown reference."""
    return _REFERENCE.sub(lambda match: values[match.group(1)], text)


def reference_values(job: JobDefinition, run_id: int, parameters: Mapping[str, str]) -> dict[str, str]:
    """What `{{…}}` may name in a task's parameters."""
    values = {f"job.parameters.{name}": value for name, value in parameters.items()}
    return values | {"job.id": str(job.job_id), "job.name": job.name, "job.run_id": str(run_id)}


def _jobs_of_file(path: Path) -> list[JobDefinition]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = document["resources"]["jobs"]
        return [parse_job(entry) for entry in entries.values()]
    except yaml.YAMLError as error:
        raise JobFileError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    except JobFileError as error:
        raise JobFileError(f"{path}: {error}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise JobFileError(f"{path}: not a job definition: {type(error).__name__} {error}") from error


def parse_job(entry: Mapping[str, Any]) -> JobDefinition:
    """One entry of `resources.jobs`. Raises JobFileError, KeyError, TypeError or ValueError."""
    tasks = entry["tasks"]
    if len(tasks) != 1:
        raise JobFileError(f"job {entry['name']!r} has {len(tasks)} tasks; the local server runs jobs of one")
    job = JobDefinition(
        job_id=job_id_of(entry["name"]),
        name=entry["name"],
        settings=_settings(entry),
        defaults={item["name"]: _bare(item["default"]) for item in entry.get("parameters", [])},
        task=_parse_task(tasks[0]),
        timeout_s=int(entry.get("timeout_seconds", 0)),
    )
    _check_references(job)
    return job


def _settings(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A job's settings; its clusters are the bundle's to resolve, and there are none here."""
    kept = {name: value for name, value in entry.items() if name != "job_clusters"}
    return {**kept, "format": "MULTI_TASK", "max_concurrent_runs": 1, "queue": {"enabled": True}}


def _parse_task(task: Mapping[str, Any]) -> WheelTask:
    if "python_wheel_task" not in task:
        raise JobFileError(f"task {task['task_key']!r} is no python_wheel_task, which alone runs here")
    wheel = task["python_wheel_task"]
    return WheelTask(
        key=task["task_key"],
        entry_point=wheel["entry_point"],
        parameters=tuple(_bare(item) for item in wheel.get("parameters", [])),
        timeout_s=int(task.get("timeout_seconds", 0)),
        max_retries=int(task.get("max_retries", 0)),
        retry_interval_s=int(task.get("min_retry_interval_millis", 0)) / 1000,
        retry_on_timeout=bool(task.get("retry_on_timeout", False)),
    )


def _bare(value: Any) -> str:
    return _OF_BUNDLE.sub("", str(value))


def _check_references(job: JobDefinition) -> None:
    values = reference_values(job, 0, job.defaults)
    for parameter in job.task.parameters:
        try:
            substitute(parameter, values)
        except KeyError as error:
            raise JobFileError(f"job {job.name!r}: {parameter!r} names the unknown {error}") from error
