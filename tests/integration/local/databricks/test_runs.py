"""Runs of jobs through the unchanged databricks-sdk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, PermissionDenied, ResourceDoesNotExist
from databricks.sdk.service.jobs import RunLifeCycleState, RunResultState

from local.machine.servers import azurite_connection_string, free_port
from tests.integration.local.databricks.server import (
    TOKEN,
    Lake,
    Server,
    command,
    exit_code_and_message,
    is_alive,
    prepare,
    server,
    wait_for,
)

ONCE = "a-token-seen-once"


@pytest.fixture
def jobs(tmp_path: Path, lake: Lake) -> Iterator[Server]:
    """A server with all fake jobs."""
    prepare(tmp_path)
    with server(tmp_path, lake, free_port()) as running:
        yield running


def test_a_successful_run_publishes_its_files(jobs: Server, lake: Lake) -> None:
    """The job sees the raw blobs of its run; its files are uploaded, its tables and inner state stay on disk."""
    lake.put("raw", "tmdb/details/run_id=R1/a.jsonl.gz", "x")
    lake.put("raw", "tmdb/details/run_id=R0/b.jsonl.gz", "x")
    lake.put("control", "bronze/R1.json", '{"raw":[{"prefix":"tmdb/details/run_id=R1/"}]}')
    lake.put("gold", "search/snapshot=OLD/part-0.gz", "old")
    run = jobs.ended(jobs.run("silver"))
    assert run.state and run.state.result_state is RunResultState.SUCCESS
    assert run.state.life_cycle_state is RunLifeCycleState.TERMINATED
    assert lake.names("gold") == [
        "report/R1/index.html",
        "search/_current.json",
        "search/snapshot=R1/part-0.gz",
    ]
    assert lake.names("control") == ["bronze/R1.json", "silver/R1.json", "tables/silver.json"]
    assert lake.names("metrics") == ["R1/silver.json"]
    assert lake.names("intermediate") == []
    assert (jobs.work / "tables/intermediate/movies/_delta_log/0.json").read_text() == "R1"
    assert (jobs.work / "lake/state/inner").read_text() == "state"
    output = jobs.client.jobs.get_run_output(run.tasks[0].run_id)  # type: ignore[index, arg-type]
    assert output.logs == "raw: ['tmdb/details/run_id=R1/a.jsonl.gz']\ncatalog: spark_catalog\ndone\n"
    assert output.error is None


def test_a_failed_run_publishes_its_metrics_only(jobs: Server, lake: Lake) -> None:
    """After a failure nothing that readers follow is changed, and the error can be read."""
    run = jobs.ended(jobs.run("failing"))
    assert run.state and run.state.result_state is RunResultState.FAILED
    assert run.tasks and run.tasks[0].run_id
    output = jobs.client.jobs.get_run_output(run.tasks[0].run_id)
    assert output.error == "LookupError: no table named movies"
    assert output.error_trace and output.error_trace.startswith("Traceback")
    assert (lake.names("gold"), lake.names("control")) == ([], [])
    assert lake.names("metrics") == ["R1/gold.json"]


def test_what_a_failed_job_left_is_gone_for_the_next_one(jobs: Server, lake: Lake) -> None:
    """A later run publishes nothing that an earlier, failed one wrote."""
    jobs.ended(jobs.run("failing"))
    jobs.ended(jobs.run("silver", run_id="R2"))
    assert lake.names("gold") == [
        "report/R2/index.html",
        "search/_current.json",
        "search/snapshot=R2/part-0.gz",
    ]
    assert lake.names("control") == ["silver/R2.json", "tables/silver.json"]


def test_a_token_starts_one_run_even_when_the_server_dies(jobs: Server, lake: Lake) -> None:
    """The same token gives the same run before and after a crash of the server."""
    first = jobs.run("silver", token="t" * 64)
    jobs.ended(first)
    jobs.restart_after_kill()
    assert jobs.run("silver", token="t" * 64, run_id="other") == first
    assert [run.run_id for run in jobs.client.jobs.list_runs(job_id=jobs.job_id("silver"))] == [first]
    with pytest.raises(InvalidParameterValue, match="64"):
        jobs.run("silver", token="t" * 65)


def test_cancel_ends_every_process_of_the_run(jobs: Server, lake: Lake) -> None:
    """A canceled run is CANCELED and nothing of it runs on."""
    run_id = jobs.run("sleeping")
    pids = jobs.pids(run_id)
    run = jobs.client.jobs.cancel_run(run_id).result()
    assert run.state and run.state.result_state is RunResultState.CANCELED
    assert not any(is_alive(pid) for pid in pids)
    jobs.client.jobs.cancel_run(run_id)
    assert jobs.client.jobs.get_run(run_id).as_dict()["state"]["result_state"] == "CANCELED"


def test_one_run_of_a_job_at_a_time(jobs: Server, lake: Lake) -> None:
    """The second run of a job is queued, can be canceled there, and never starts."""
    first, second = jobs.run("sleeping"), jobs.run("sleeping")
    assert jobs.client.jobs.get_run(second).as_dict()["state"]["life_cycle_state"] == "QUEUED"
    jobs.client.jobs.cancel_run(second)
    ended = jobs.ended(second)
    assert ended.state and ended.state.result_state is RunResultState.CANCELED
    assert not ended.tasks
    jobs.client.jobs.cancel_run(first).result()


def test_a_queued_run_starts_when_the_first_is_over(jobs: Server, lake: Lake) -> None:
    """Runs of a job follow one another in the order they were asked for."""
    first, second = jobs.run("silver", run_id="R1"), jobs.run("silver", run_id="R2")
    last = jobs.ended(second)
    assert last.start_time and last.start_time >= (jobs.ended(first).end_time or 0)
    assert '"R2"' in lake.text("gold", "search/_current.json")


def test_an_attempt_that_takes_too_long_times_out(tmp_path: Path, lake: Lake) -> None:
    """A task past its timeout is TIMEDOUT, and its processes are gone."""
    prepare(tmp_path, task={"timeout_seconds": 6, "max_retries": 3})  # a busy machine starts it in three
    with server(tmp_path, lake, free_port()) as jobs:
        run_id = jobs.run("sleeping")
        pids = jobs.pids(run_id)
        run = jobs.ended(run_id)
        assert run.state and run.state.result_state is RunResultState.TIMEDOUT
        assert run.tasks and len(run.tasks) == 1
        assert not any(is_alive(pid) for pid in pids)


def test_a_failed_attempt_is_retried(tmp_path: Path, lake: Lake) -> None:
    """With a retry left the task runs again, and the run tells both attempts."""
    prepare(tmp_path, task={"max_retries": 1})
    with server(tmp_path, lake, free_port(), {"FLAKY_MARK": str(tmp_path / "mark")}) as jobs:
        run = jobs.ended(jobs.run("flaky"))
        results = [task.as_dict()["state"]["result_state"] for task in run.tasks or []]
        assert (results, lake.names("control")) == (["FAILED", "SUCCESS"], ["gold/R1.json"])


def test_a_job_that_lost_its_server_is_retried(tmp_path: Path, lake: Lake) -> None:
    """After kill -9 of the server the orphan is ended, and the same run completes on its next attempt."""
    prepare(tmp_path, task={"max_retries": 1})
    env = {"FLAKY_MARK": str(tmp_path / "mark"), "FLAKY_HANGS": "1"}
    with server(tmp_path, lake, free_port(), env) as jobs:
        run_id = jobs.run("flaky", token=ONCE)
        (orphan,) = jobs.pids(run_id)
        jobs.restart_after_kill()
        run = jobs.ended(run_id)
        codes = [task.as_dict()["status"]["termination_details"]["code"] for task in run.tasks or []]
        assert codes == ["CLUSTER_ERROR", "SUCCESS"]
        assert not is_alive(orphan)
        assert jobs.run("flaky", token=ONCE) == run_id


def test_without_retries_a_lost_job_has_failed(jobs: Server, lake: Lake) -> None:
    """After kill -9 of the server a run without retries is over, with the reason."""
    run_id = jobs.run("sleeping")
    pids = jobs.pids(run_id)
    jobs.restart_after_kill()
    run = jobs.ended(run_id)
    assert run.state and run.state.life_cycle_state is RunLifeCycleState.INTERNAL_ERROR
    assert run.state.result_state is RunResultState.FAILED
    assert "driver is gone" in (run.state.state_message or "")
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


def test_stopping_the_server_ends_the_job(jobs: Server, lake: Lake) -> None:
    """SIGTERM ends the server with code 0, and the running job with it."""
    pids = jobs.pids(jobs.run("sleeping"))
    assert jobs.child.stop() == 0
    assert not any(is_alive(pid) for pid in pids)


def test_a_refusing_storage_fails_the_run(tmp_path: Path, lake: Lake) -> None:
    """A lake that cannot be staged ends the run with STORAGE_ACCESS_ERROR and the storage's reason."""
    prepare(tmp_path)
    refused = Lake(lake.connection_string.replace("Eby8", "AAAA"), lake.service)
    with server(tmp_path, refused, free_port()) as jobs:
        run = jobs.ended(jobs.run("silver")).as_dict()
    assert run["status"]["termination_details"]["code"] == "STORAGE_ACCESS_ERROR"
    assert "Could not stage the lake" in run["state"]["state_message"]


def test_only_the_right_token_gets_in(jobs: Server, lake: Lake) -> None:
    """No token is 401, a wrong one 403, in the API's own words."""
    url = f"{jobs.child.url}/api/2.1/jobs/list"
    missing = requests.get(url, timeout=10)
    assert (missing.status_code, missing.json()["error_code"]) == (401, "UNAUTHENTICATED")
    with pytest.raises(PermissionDenied):
        list(WorkspaceClient(host=jobs.child.url, token=ONCE).jobs.list())
    right = requests.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10)
    assert len(right.json()["jobs"]) == 4


def test_errors_are_those_of_the_api(jobs: Server, lake: Lake) -> None:
    """Unknown ids and unfit parameters raise the SDK's own exceptions."""
    api = jobs.client.jobs
    for ask in (lambda: api.get(999), lambda: api.get_run(1000), lambda: api.run_now(999)):
        with pytest.raises(ResourceDoesNotExist, match="does not exist"):
            ask()
    with pytest.raises(InvalidParameterValue, match="not defined"):
        api.run_now(jobs.job_id("silver"), job_parameters={"x": "y"})
    run_id = jobs.run("silver")
    with pytest.raises(InvalidParameterValue, match="each individual task"):
        api.get_run_output(run_id)
    with pytest.raises(InvalidParameterValue, match="limit"):
        list(api.list_runs(limit=26))


def test_lists_are_paged_and_filtered(jobs: Server, lake: Lake) -> None:
    """The SDK's iterators see every job and run once, by name or state."""
    api = jobs.client.jobs
    assert {job.settings.name for job in api.list(limit=1) if job.settings} == {
        "silver", "failing", "sleeping", "flaky",
    }  # fmt: skip
    assert [job.settings.name for job in api.list(name="SILVER", expand_tasks=True) if job.settings] == [
        "silver"
    ]
    started = [jobs.run("sleeping") for _ in range(3)]
    assert [run.run_id for run in api.list_runs(limit=1, active_only=True)] == started[::-1]
    api.cancel_all_runs(job_id=jobs.job_id("sleeping"))
    for run_id in started:
        jobs.ended(run_id)
    assert not list(api.list_runs(active_only=True))


def test_secrets_stay_with_the_server(jobs: Server, lake: Lake) -> None:
    """Neither a job's environment nor a log holds the token or the storage key."""
    jobs.pids(jobs.run("sleeping"))
    pid = jobs.pids(1000)[0]
    environment = Path(f"/proc/{pid}/environ").read_bytes().decode()
    logs = (jobs.work.parent / "server.log").read_text()
    for secret in (TOKEN, "AccountKey", "sig="):
        assert secret not in environment
        assert secret not in logs


@pytest.mark.parametrize(
    ("options", "env", "complaint"),
    [
        (["--caller", "app"], {}, "--caller app is not NAME=VARIABLE"),
        (["--caller", "app=APP_TOKEN"], {}, "APP_TOKEN"),
        (["--python", "/nowhere/python"], {}, "no program"),
        ([], {"DATABRICKS_TOKEN": ""}, "DATABRICKS_TOKEN"),
        ([], {"STORE": "nonsense"}, "STORE"),
        (["--port", "70000"], {}, "cannot listen"),
    ],
)
def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, options: list[str], env: dict[str, str], complaint: str
) -> None:
    """Bad arguments and settings: one line on stderr and exit code 2."""
    prepare(tmp_path)
    settings = {"DATABRICKS_TOKEN": TOKEN, "STORE": azurite_connection_string("http://127.0.0.1:1"), **env}
    code, message = exit_code_and_message(command(tmp_path, *options), settings)
    assert code == 2
    assert complaint in message
    assert len(message.splitlines()) == 1


def test_port_and_directory_belong_to_one_server(tmp_path: Path, jobs: Server, lake: Lake) -> None:
    """A second server on the same port or directory does not start."""
    env = {"DATABRICKS_TOKEN": TOKEN, "STORE": lake.connection_string}
    same_port = exit_code_and_message(command(tmp_path, "--port", str(jobs.child.port)), env)
    same_work = exit_code_and_message(command(tmp_path), env)
    assert (same_port[0], same_work[0]) == (2, 2)
    assert "in use" in same_port[1]
    assert "another server" in same_work[1]
