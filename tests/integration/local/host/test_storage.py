"""Timer and blob triggers against a real Azurite."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from azure.storage.blob import BlobServiceClient

from tests.integration.local.host.process import KEY, HostApp, azurite, until

TIMER = """
@app.timer_trigger(arg_name="timer", schedule="%SCHEDULE%", run_on_startup={on_start}, use_monitor={monitor})
async def tick(timer: func.TimerRequest) -> None:
    record(second=int(time.time()), past_due=timer.past_due, pid=os.getpid())
"""
BLOB = """
@app.blob_trigger(arg_name="blob", path="control/{name}.json", connection="AzureWebJobsStorage",
                  source=func.BlobSource.LOGS_AND_CONTAINER_SCAN)
def start_silver(blob: func.InputStream) -> None:
    body = blob.read().decode()
    record(name=blob.name, uri=blob.uri, length=blob.length, body=body, pid=os.getpid())
    if body == "wait":
        time.sleep(60)
    if body == "bad":
        raise ValueError("no manifest")
"""
YEARLY = "0 0 0 1 1 *"


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with azurite(tmp_path_factory.mktemp("azurite")) as connection_string:
        yield connection_string


@pytest.fixture(scope="module", autouse=True)
def abandoned(storage: str, tmp_path_factory: pytest.TempPathFactory) -> HostApp:
    """An app whose host was killed while it handled a blob; the blob's lease runs out while other tests run."""
    app = blob_app(tmp_path_factory.mktemp("abandoned"), storage)
    with BlobServiceClient.from_connection_string(storage) as service:
        service.create_container("control")
        put(service, f"{app.root.name}/run.json", "wait")
    with app.running() as host:
        app.until_seen(1)
        host.kill()
    return app


@pytest.fixture
def control(storage: str) -> Iterator[BlobServiceClient]:
    with BlobServiceClient.from_connection_string(storage) as service:
        yield service


def timer_app(
    root: Path, storage: str, schedule: str, on_start: bool = False, monitor: bool = False
) -> HostApp:
    app = HostApp(root, TIMER.format(on_start=on_start, monitor=monitor))
    return app.setting(AzureWebJobsStorage=storage, SCHEDULE=schedule)


def blob_app(root: Path, storage: str) -> HostApp:
    return HostApp(root, BLOB.replace("{name}", root.name + "/{name}")).setting(AzureWebJobsStorage=storage)


def put(control: BlobServiceClient, name: str, body: str) -> None:
    control.get_blob_client("control", name).upload_blob(body, overwrite=True)


def test_one_of_two_hosts_runs_a_timer(tmp_path: Path, storage: str) -> None:
    """However many processes run the app, each second has one run."""
    app = timer_app(tmp_path, storage, "* * * * * *")
    with app.running("first"), app.running("second"):
        runs = app.until_seen(3)
    seconds = [run["second"] for run in runs]
    assert len(set(seconds)) == len(seconds) and len({run["pid"] for run in runs}) == 1


def test_a_timer_runs_at_start_and_when_it_is_asked(tmp_path: Path, storage: str) -> None:
    """run_on_startup and the admin API do not wait for the schedule."""
    app = timer_app(tmp_path, storage, YEARLY, on_start=True)
    with app.running() as host:
        app.until_seen(1)
        answer = httpx.post(f"{host.url}/admin/functions/tick", json={}, headers={"x-functions-key": KEY})
        assert answer.status_code == 202
        assert [run["past_due"] for run in app.until_seen(2)] == [False, False]


def test_a_missed_occurrence_is_made_up_for(tmp_path: Path, storage: str, control: BlobServiceClient) -> None:
    """A monitored timer that should have run while no host did runs at once, past due."""
    app = timer_app(tmp_path, storage, "0 0 * * * *", monitor=True)
    app.setting(AzureFunctionsWebHost__hostid="past-due")
    status = control.get_blob_client("azure-webjobs-hosts", "timers/past-due/tick/status")
    with app.running():
        until(status.exists, "the timer's status")
    status.upload_blob(json.dumps({"LastUpdated": "2026-01-01T00:00:00Z"}), overwrite=True)
    with app.running():
        assert app.until_seen(1)[0]["past_due"] is True


def test_each_version_of_a_blob_is_handled_once(
    tmp_path: Path, storage: str, control: BlobServiceClient
) -> None:
    """Two hosts handle a new blob once, not again after a restart, and again when it is rewritten."""
    app, name = blob_app(tmp_path, storage), f"{tmp_path.name}/run-1.json"
    with app.running("first"), app.running("second"):
        put(control, name, "one")
        put(control, f"{tmp_path.name}/ignored.txt", "x")
        (seen,) = app.until_seen(1)
        assert (seen["name"], seen["length"], seen["body"]) == (f"control/{name}", 3, "one")
        assert seen["uri"].endswith(f"/control/{name}")
    with app.running():
        put(control, f"{tmp_path.name}/run-2.json", "two")
        put(control, name, "three")
        assert sorted(blob["body"] for blob in app.until_seen(3)) == ["one", "three", "two"]


def test_a_blob_that_always_fails_becomes_poison(
    tmp_path: Path, storage: str, control: BlobServiceClient
) -> None:
    """After five failures it is given up with one line and a record."""
    app, name = blob_app(tmp_path, storage), f"{tmp_path.name}/bad.json"
    hosts = control.get_container_client("azure-webjobs-hosts")
    with app.running():
        put(control, name, "bad")
        until(lambda: f"gives up on control/{name}" in app.log(), "giving up")
        until(lambda: any(name in blob.name for blob in hosts.list_blobs("poison/")), "the poison record")
        put(control, f"{tmp_path.name}/good.json", "good")
        bodies = [blob["body"] for blob in app.until_seen(6)]
    assert bodies == ["bad"] * 5 + ["good"]


def test_a_blob_whose_host_was_killed_is_handled_again(abandoned: HostApp) -> None:
    """kill -9 in the handler: when the lease has run out the next host takes the blob."""
    with abandoned.running("next") as host:
        abandoned.until_seen(2)
        host.kill()
