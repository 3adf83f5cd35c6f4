"""Job definitions from settings that were deployed."""

from __future__ import annotations

from typing import Any

import pytest

from local.databricks.errors import UnfitJob
from local.databricks.runs.jobs import parse_job, reference_values, substitute


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


def test_a_definition_is_what_the_runner_needs() -> None:
    """Rules for failure, defaults of parameters, and the wheels of the task's environment or of its libraries."""
    wheel = "/Workspace/Users/me/w.whl"
    spec = {"environment_version": "4", "dependencies": ["azure-identity==1.27.0", wheel]}
    settings = {
        **definition(max_retries=2, timeout_seconds=5, min_retry_interval_millis=1500, environment_key="e")
    }
    settings["environments"] = [{"environment_key": "e", "spec": spec}]
    job = parse_job(7, settings)
    assert (job.task.max_retries, job.task.timeout_s, job.task.retry_interval_s) == (2, 5, 1.5)
    assert (job.job_id, job.timeout_s, job.defaults, job.task.wheels) == (7, 60, {"run_id": ""}, (wheel,))
    classic = parse_job(8, definition(libraries=[{"whl": wheel}, {"pypi": {"package": "x"}}]))
    assert classic.task.wheels == (wheel,)


@pytest.mark.parametrize(
    "settings", [{}, {"tasks": 7}, {"tasks": [{}]}, {"tasks": [{"python_wheel_task": {}}]}]
)
def test_what_is_no_job_is_refused(settings: dict[str, Any]) -> None:
    """Settings without what makes a job are an error in one line."""
    with pytest.raises(UnfitJob, match="not the settings of a job") as caught:
        parse_job(7, settings)
    assert "\n" not in str(caught.value)


def test_an_environment_must_be_there() -> None:
    """A task that names an environment the job has not is refused before any run."""
    with pytest.raises(UnfitJob, match="environment 'e'"):
        parse_job(7, definition(environment_key="e"))


def test_what_cannot_run_here_is_refused() -> None:
    """Jobs of several tasks or of other task types are refused, not run halfway."""
    two = definition()
    two["tasks"] *= 2
    with pytest.raises(UnfitJob, match="2 tasks"):
        parse_job(7, two)
    notebook = definition()
    del notebook["tasks"][0]["python_wheel_task"]
    with pytest.raises(UnfitJob, match="no python_wheel_task"):
        parse_job(7, notebook)


def test_an_unknown_reference_is_found_at_once() -> None:
    """A task's parameter that names no job parameter is an error before any run."""
    job = definition()
    job["tasks"][0]["python_wheel_task"]["parameters"] = ["{{job.parameters.runid}}"]
    with pytest.raises(UnfitJob, match="runid"):
        parse_job(7, job)


def test_references_are_replaced_once() -> None:
    """Values that look like references are left as they are."""
    job = parse_job(7, definition())
    values = reference_values(job, 7000, {"run_id": "{{job.id}}"})
    assert (
        substitute("{{ job.parameters.run_id }}/{{job.run_id}}/{container}", values)
        == "{{job.id}}/7000/{container}"
    )
