"""What the deployer sent, through the unchanged databricks-sdk, a client that nobody here wrote."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import (
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceConflict,
    ResourceDoesNotExist,
)
from databricks.sdk.service.catalog import PermissionsChange, Privilege, VolumeType
from databricks.sdk.service.jobs import JobAccessControlRequest, JobPermissionLevel
from databricks.sdk.service.workspace import ImportFormat, ObjectType

from local.bundle.remote.workspace import Workspace
from local.machine.servers import Child, azurite_connection_string
from tests.builders.bundle import bundle
from tests.builders.workspace import ANNA, APP, BEN, ROBOT
from tests.integration.local.databricks.server import command

CALLERS = {ANNA: "ANNA_TOKEN", BEN: "BEN_TOKEN", ROBOT: "ROBOT_TOKEN", APP: "APP_TOKEN"}
HOME = f"/Workspace/Users/{ANNA}"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A workspace that Anna has deployed the bundle to."""
    place = tmp_path_factory.mktemp("deployed")
    named = [part for name, variable in CALLERS.items() for part in ("--caller", f"{name}={variable}")]
    env = {variable: f"token-of-{name}" for name, variable in CALLERS.items()}
    env |= {"DATABRICKS_TOKEN": "token-of-local", "STORE": azurite_connection_string("http://127.0.0.1:1")}
    with Child("databricks", command(place, *named), env, place / "server.log").start() as child:
        child.wait_ready()
        deploy(child.url, place)
        yield child.url


def deploy(url: str, place: Path) -> None:
    """Deploy with something in the place of the wheel, which is not run here; a second time nothing is to do."""
    wheel = place / "crossfade_spark-0.1.0.post1-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    workspace = Workspace.at(url, f"token-of-{ANNA}")
    assert bundle(workspace, wheel).deploy()
    assert bundle(workspace, wheel).plan() == []
    workspace.close()


@pytest.fixture
def anna(url: str) -> WorkspaceClient:
    """The SDK as Anna."""
    return WorkspaceClient(host=url, token=f"token-of-{ANNA}")


def job_id(client: WorkspaceClient) -> int:
    """The silver job's id."""
    (job,) = client.jobs.list(name="crossfade-silver")
    assert job.job_id is not None
    return job.job_id


def test_jobs_are_read_whole(anna: WorkspaceClient) -> None:
    """The SDK reads identity, environment, parameters and the path of the wheel, which is a file of the workspace."""
    job = anna.jobs.get(job_id(anna))
    assert job.run_as_user_name == ROBOT and job.creator_user_name == ANNA
    assert job.settings and job.settings.environments and job.settings.tasks
    spec = job.settings.environments[0].spec
    assert spec and spec.dependencies and job.settings.tasks[0].environment_key == "crossfade"
    (wheel,) = (name for name in spec.dependencies if name.endswith(".whl"))
    with anna.workspace.download(wheel) as content:
        assert content.read() == b"wheel"
    with pytest.raises(ResourceDoesNotExist):
        anna.jobs.get(999)


def test_rights_are_read_and_replaced(url: str, anna: WorkspaceClient) -> None:
    """The app may run the job and not change it; a list without owner is refused."""
    rights = anna.permissions.get("jobs", str(job_id(anna)))
    found = {
        item.user_name or item.service_principal_name: item.all_permissions[0].permission_level
        for item in rights.access_control_list or []
        if item.all_permissions
    }
    assert {name: level.value for name, level in found.items() if level} == {
        ROBOT: "IS_OWNER",
        ANNA: "CAN_MANAGE",
        BEN: "CAN_MANAGE",
        APP: "CAN_MANAGE_RUN",
    }
    app = WorkspaceClient(host=url, token=f"token-of-{APP}")
    assert app.jobs.get(job_id(app)).job_id == job_id(anna)
    with pytest.raises(PermissionDenied):
        app.jobs.delete(job_id(anna))
    own = JobAccessControlRequest(user_name=ANNA, permission_level=JobPermissionLevel.CAN_MANAGE)
    with pytest.raises(InvalidParameterValue, match="exactly one owner"):
        anna.jobs.set_permissions(str(job_id(anna)), access_control_list=[own])
    seen = JobAccessControlRequest(group_name="users", permission_level=JobPermissionLevel.CAN_VIEW)
    assert (
        len(
            anna.jobs.update_permissions(str(job_id(anna)), access_control_list=[seen]).access_control_list
            or ()
        )
        == 5
    )


def test_the_catalog_is_read_whole(anna: WorkspaceClient) -> None:
    """Catalog, schemas, volumes and locations have what the bundle says, and names that are taken are refused."""
    assert anna.catalogs.get("films").owner == ANNA
    volume = anna.volumes.read("films.files.search")
    assert volume.volume_type is VolumeType.EXTERNAL
    location = anna.external_locations.get("films-gold")
    assert (volume.storage_location or "").startswith(location.url or "?")
    assert location.enable_file_events is False
    with pytest.raises((ResourceAlreadyExists, ResourceConflict)):
        anna.schemas.create("files", "films")
    with pytest.raises(NotFound):
        anna.volumes.read("films.files.none")


def test_grants_are_read_and_changed(anna: WorkspaceClient) -> None:
    """The jobs' identity has what it needs; a change is answered as it then is."""
    held = anna.grants.get("volume", "films.files.raw").privilege_assignments or []
    assert [(item.principal, item.privileges) for item in held] == [
        (ROBOT, [Privilege.READ_VOLUME, Privilege.WRITE_VOLUME])
    ]
    for change in (
        PermissionsChange(principal="x", add=[Privilege.USE_SCHEMA]),
        PermissionsChange(principal="x"),
    ):
        anna.grants.update("schema", "films.files", changes=[change])
    removed = PermissionsChange(principal="x", remove=[Privilege.USE_SCHEMA])
    answer = anna.grants.update("schema", "films.files", changes=[removed])
    assert [item.principal for item in answer.privilege_assignments or []] == [ROBOT]


def test_files_go_up_and_down(anna: WorkspaceClient) -> None:
    """Both forms of the SDK's upload, status, download and deletion; who calls is known."""
    assert anna.current_user.me().user_name == ANNA
    anna.workspace.mkdirs(f"{HOME}/a/b")
    anna.workspace.upload(f"{HOME}/a/b/c.bin", io.BytesIO(b"\x00\xff"), format=ImportFormat.AUTO)
    anna.workspace.import_(f"{HOME}/a/d", content="ZA==", format=ImportFormat.AUTO, overwrite=True)
    assert anna.workspace.get_status(f"{HOME}/a/b").object_type is ObjectType.DIRECTORY
    assert anna.workspace.download(f"/Users/{ANNA}/a/b/c.bin").read() == b"\x00\xff"
    assert anna.workspace.export(f"{HOME}/a/d").content == "ZA=="
    with pytest.raises((ResourceAlreadyExists, ResourceConflict)):
        anna.workspace.upload(f"{HOME}/a/d", io.BytesIO(b""), format=ImportFormat.AUTO)
    anna.workspace.delete(f"{HOME}/a", recursive=True)
    with pytest.raises(ResourceDoesNotExist):
        anna.workspace.get_status(f"{HOME}/a/b/c.bin")
