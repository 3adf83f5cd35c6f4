"""The jobs of a run are those that were deployed to the workspace, with the rights they have in Azure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import PermissionDenied

from local.bundle.deploying import Deployment
from local.bundle.remote.workspace import Workspace
from local.bundle.this_machine import APP, GOLD, JOBS_IDENTITY, SILVER, TARGET
from local.stack import Stack
from local.wiring import ROOT
from tests.e2e.conftest import Run


@contextmanager
def deployment(stack: Stack, token: str) -> Iterator[Deployment]:
    """The bundle as the owner of a token would deploy it."""
    workspace = Workspace.at(stack.parts["databricks"].url, token)
    try:
        values, folder = stack.wiring.bundle_variables, ROOT / "infrastructure"
        yield Deployment.of(workspace, folder, TARGET, values, wheel_of_the_start(workspace, stack))
    finally:
        workspace.close()


def wheel_of_the_start(workspace: Workspace, stack: Stack) -> Path:
    """The wheel that was deployed, by name: whoever edits the sources meanwhile would have another."""
    job = workspace.call("GET", "2.2/jobs/get", job_id=stack.job_ids[SILVER])
    dependencies = job["settings"]["environments"][0]["spec"]["dependencies"]
    return Path(next(name for name in dependencies if name.endswith(".whl")))


def test_deploying_again_changes_nothing(stack: Stack) -> None:
    """Neither the deployer of the stack nor a second one would change anything."""
    for token in (stack.credentials.databricks_token, stack.credentials.second_databricks_token):
        with deployment(stack, token) as mine:
            assert (mine.plan(), mine.ids()) == ([], dict(stack.job_ids))


def test_the_app_ran_both_jobs_and_may_change_none(stack: Stack, quiet: Run) -> None:
    """The run's jobs were started by the app, under the jobs' identity; to change or delete them is refused."""
    app = WorkspaceClient(host=stack.parts["databricks"].url, token=stack.credentials.app_databricks_token)
    for key in (SILVER, GOLD):
        job_id = int(stack.job_ids[key])
        started = [
            run
            for run in app.jobs.list_runs(job_id=job_id)
            if any((item.name, item.value) == ("run_id", quiet.run_id) for item in run.job_parameters or ())
        ]
        assert [run.creator_user_name for run in started] == [APP]
        assert app.jobs.get(job_id).run_as_user_name == JOBS_IDENTITY
        with pytest.raises(PermissionDenied):
            app.jobs.delete(job_id)
