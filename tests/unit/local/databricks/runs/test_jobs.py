"""Job definitions from bundle files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from local.databricks.errors import JobFileError
from local.databricks.runs.jobs import job_id_of, load_jobs, parse_job, reference_values, substitute


def definition(name: str = "crossfade-silver", **task: Any) -> dict[str, Any]:
    """One entry of `resources.jobs`."""
    wheel = {
        "package_name": "p",
        "entry_point": "silver",
        "parameters": ["--run-id", "{{job.parameters.run_id}}"],
    }
    return {
        "name": name,
        "parameters": [{"name": "run_id", "default": ""}],
        "timeout_seconds": 60,
        "tasks": [{"task_key": "silver", "python_wheel_task": wheel, **task}],
    }


def write(directory: Path, file_name: str, *jobs: dict[str, Any]) -> None:
    """Write a bundle file with these jobs."""
    document = {"resources": {"jobs": {f"job{index}": job for index, job in enumerate(jobs)}}}
    (directory / file_name).write_text(yaml.safe_dump(document))


def test_jobs_are_read_with_ids_that_never_change(tmp_path: Path) -> None:
    """A job has the same id wherever and whenever its file is read."""
    write(
        tmp_path,
        "silver.job.yml",
        definition(max_retries=2, timeout_seconds=5, min_retry_interval_millis=1500),
    )
    (job,) = load_jobs(tmp_path).values()
    assert job.job_id == job_id_of("crossfade-silver") == 80312163492359
    assert (job.task.max_retries, job.task.timeout_s, job.task.retry_interval_s) == (2, 5, 1.5)
    assert job.timeout_s == 60


def test_other_resource_files_are_not_jobs(tmp_path: Path) -> None:
    """Only files named *.job.yml define jobs."""
    write(tmp_path, "silver.job.yml", definition())
    (tmp_path / "report.dashboard.yml").write_text("resources: {dashboards: {}}")
    assert len(load_jobs(tmp_path)) == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("resources: [", "not YAML"),
        ("resources: {}", "not a job definition"),
        ("[]", "not a job definition"),
    ],
)
def test_an_unusable_file_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    """The error says which file cannot be used and why, in one line."""
    (tmp_path / "broken.job.yml").write_text(text)
    with pytest.raises(JobFileError, match=rf"broken\.job\.yml: {complaint}") as caught:
        load_jobs(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_missing_or_empty_directory_is_an_error(tmp_path: Path) -> None:
    """A server without jobs does not start."""
    with pytest.raises(JobFileError, match="does not exist"):
        load_jobs(tmp_path / "nowhere")
    with pytest.raises(JobFileError, match="no job in"):
        load_jobs(tmp_path)


def test_two_jobs_of_one_name_are_an_error(tmp_path: Path) -> None:
    """A name stands for one job."""
    write(tmp_path, "a.job.yml", definition(), definition())
    with pytest.raises(JobFileError, match="exists already"):
        load_jobs(tmp_path)


def test_what_cannot_run_here_is_refused() -> None:
    """Jobs of several tasks or of other task types are refused, not run halfway."""
    two = definition()
    two["tasks"] *= 2
    with pytest.raises(JobFileError, match="2 tasks"):
        parse_job(two)
    notebook = definition()
    del notebook["tasks"][0]["python_wheel_task"]
    with pytest.raises(JobFileError, match="no python_wheel_task"):
        parse_job(notebook)


def test_an_unknown_reference_is_found_at_start() -> None:
    """A task's parameter that names no job parameter is an error before any run."""
    job = definition()
    job["tasks"][0]["python_wheel_task"]["parameters"] = ["{{job.parameters.runid}}"]
    with pytest.raises(JobFileError, match="runid"):
        parse_job(job)


def test_references_are_replaced_once() -> None:
    """Values that look like references are left as they are."""
    job = parse_job(definition())
    values = reference_values(job, 7000, {"run_id": "{{job.id}}"})
    assert (
        substitute("{{ job.parameters.run_id }}/{{job.run_id}}/{container}", values)
        == "{{job.id}}/7000/{container}"
    )
