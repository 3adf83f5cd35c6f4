"""The calls that the Databricks CLI makes, in its order and form, by a plain HTTP client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.builders.workspace import ANNA, APP, BEN, ROBOT, LocalWorkspace
from tests.unit.local.databricks.runs.test_jobs import definition

ROOT = f"/Workspace/Users/{ANNA}/.bundle/crossfade/prod"
STATE, ARTIFACTS, FILES = f"{ROOT}/state", f"{ROOT}/artifacts/.internal", f"{ROOT}/files"
WHEEL = f"{ARTIFACTS}/crossfade_spark-0.1.0.post1-py3-none-any.whl"
CATALOG = "/api/2.1/unity-catalog"
LAKE = "abfss://gold@lake.dfs.core.windows.net"
LOCATION = {"name": "films-gold", "url": f"{LAKE}/data", "credential_name": "c", "enable_file_events": False}
OBJECTS: list[tuple[str, str, dict[str, Any]]] = [
    ("external-locations", "films-gold", LOCATION),
    ("catalogs", "films", {"name": "films", "storage_root": f"{LAKE}/data/managed", "comment": "c"}),
    ("schemas", "films.files", {"name": "files", "catalog_name": "films"}),
    (
        "volumes",
        "films.files.search",
        {
            "name": "search",
            "catalog_name": "films",
            "schema_name": "files",
            "volume_type": "EXTERNAL",
            "storage_location": f"{LAKE}/data/search",
        },
    ),
]
TYPES = {
    "external-locations": "external_location",
    "catalogs": "catalog",
    "schemas": "schema",
    "volumes": "volume",
}
RIGHTS = [
    {"service_principal_name": ROBOT, "permission_level": "IS_OWNER"},
    {"user_name": ANNA, "permission_level": "CAN_MANAGE"},
    {"service_principal_name": APP, "permission_level": "CAN_MANAGE_RUN"},
]


@pytest.fixture
def local(tmp_path: Path) -> LocalWorkspace:
    """An empty workspace."""
    return LocalWorkspace(tmp_path)


@pytest.fixture
def http(local: LocalWorkspace) -> Iterator[httpx.Client]:
    """Anna's client."""
    with local.client() as client:
        yield client


def settings(**more: Any) -> dict[str, Any]:
    """A serverless job as the CLI sends it."""
    spec = {"environment_version": "4", "dependencies": [WHEEL, "azure-identity==1.27.0"]}
    return {
        **definition(environment_key="crossfade"),
        "environments": [{"environment_key": "crossfade", "spec": spec}],
        "performance_target": "STANDARD",
        "deployment": {"kind": "BUNDLE", "metadata_file_path": f"{STATE}/metadata.json"},
        "edit_mode": "UI_LOCKED",
        "format": "MULTI_TASK",
        "max_concurrent_runs": 1,
        "queue": {"enabled": True},
        **more,
    }


def status(client: httpx.Client, path: str) -> int:
    """Whether there is a file or folder, as the CLI asks it."""
    query = {"path": path, "return_export_info": "true"}
    return client.get("/api/2.0/workspace/get-status", params=query).status_code


def upload(client: httpx.Client, path: str, content: bytes, *, overwrite: bool = True) -> int:
    """Send a file as the CLI does: slashes of the path are %2F, an @ is bare."""
    name = quote(path.lstrip("/"), safe="@")
    url = f"/api/2.0/workspace-files/import-file/{name}?overwrite={str(overwrite).lower()}"
    return client.post(url, content=content).status_code


def download(client: httpx.Client, path: str) -> bytes:
    """Read a file as the CLI does since 1.13."""
    answer = client.get("/api/2.0/workspace/export", params={"direct_download": "true", "path": path})
    return answer.raise_for_status().content


def post(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A call that must succeed."""
    found: dict[str, Any] = client.post(path, json=body).raise_for_status().json()
    return found


def sign_in(client: httpx.Client) -> None:
    """The first two calls of every command; a GET may carry an empty query."""
    config = client.get("/.well-known/databricks-config?").raise_for_status().json()
    assert int(config["workspace_id"]) and config["oidc_endpoint"].startswith("http")
    me = client.get("/api/2.0/preview/scim/v2/Me?excludedAttributes=entitlements").raise_for_status()
    assert me.headers["X-Databricks-Org-Id"] == config["workspace_id"]
    assert me.json()["userName"] == ANNA


def first_uploads(client: httpx.Client) -> None:
    """A first deployment up to its changes: lock, wheel, notes; each folder is asked for before it is made."""
    assert [status(client, f"{STATE}/{name}") for name in ("resources.json", "terraform.tfstate")] == [
        404,
        404,
    ]
    assert upload(client, f"{STATE}/deploy.lock", b"anna", overwrite=False) == 404
    post(client, "/api/2.0/workspace/mkdirs", {"path": STATE})
    assert upload(client, f"{STATE}/deploy.lock", b"anna", overwrite=False) == 200
    assert (status(client, f"{STATE}/deploy.lock"), download(client, f"{STATE}/deploy.lock")) == (
        200,
        b"anna",
    )
    gone = client.post("/api/2.0/workspace/delete", json={"path": ARTIFACTS, "recursive": True})
    assert (gone.status_code, gone.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    post(client, "/api/2.0/workspace/mkdirs", {"path": ARTIFACTS})
    assert upload(client, WHEEL, b"wheel") == 200
    assert status(client, FILES) == 404
    post(client, "/api/2.0/workspace/mkdirs", {"path": FILES})
    assert upload(client, f"{STATE}/deployment.json", b"{}") == 200


def create_all(client: httpx.Client) -> int:
    """The changes of a first deployment, each after what it needs; the id of its job."""
    for kind, name, body in OBJECTS:
        made = post(client, f"{CATALOG}/{kind}", body)
        assert body.items() <= made.items()
        assert made.get("full_name", name) == name
        changes = [{"principal": ROBOT, "add": ["BROWSE"], "remove": []}]
        grants = client.patch(f"{CATALOG}/permissions/{TYPES[kind]}/{name}", json={"changes": changes})
        assert grants.json() == {"privilege_assignments": [{"principal": ROBOT, "privileges": ["BROWSE"]}]}
    job_id = post(client, "/api/2.2/jobs/create", settings())["job_id"]
    assert isinstance(job_id, int)
    rights = client.put(f"/api/2.0/permissions/jobs/{job_id}", json={"access_control_list": RIGHTS})
    assert levels(rights.raise_for_status().json()) == RIGHTS
    return job_id


def levels(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """An answer of the permissions API in the form of what is sent."""
    return [
        {
            **{
                name: value
                for name, value in entry.items()
                if name in ("user_name", "service_principal_name")
            },
            "permission_level": entry["all_permissions"][0]["permission_level"],
        }
        for entry in answer["access_control_list"]
    ]


def finish(client: httpx.Client, state: bytes) -> None:
    """The end of a deployment: state, metadata, and the lock given back."""
    assert upload(client, f"{STATE}/resources.json", state) == 200
    assert upload(client, f"{STATE}/metadata.json", b"{}") == 200
    assert status(client, f"{STATE}/deploy.lock") == 200
    post(client, "/api/2.0/workspace/delete", {"path": f"{STATE}/deploy.lock", "recursive": False})
    assert status(client, f"{STATE}/deploy.lock") == 404


def assert_all_is_there(client: httpx.Client, job_id: int) -> None:
    """The reads of a second plan: what was sent is what is read."""
    for kind, name, body in OBJECTS:
        assert body.items() <= client.get(f"{CATALOG}/{kind}/{name}?").raise_for_status().json().items()
        held = client.get(f"{CATALOG}/permissions/{TYPES[kind]}/{name}").raise_for_status().json()
        assert held == {"privilege_assignments": [{"principal": ROBOT, "privileges": ["BROWSE"]}]}
    job = client.get("/api/2.2/jobs/get", params={"job_id": job_id}).raise_for_status().json()
    assert job["job_id"] == job_id and settings().items() <= job["settings"].items()
    assert levels(client.get(f"/api/2.0/permissions/jobs/{job_id}").json()) == RIGHTS


def test_deploy_plan_update_destroy(local: LocalWorkspace, http: httpx.Client) -> None:
    """A deployment, a plan after a restart, a change, and a destruction, call by call; everything is kept meanwhile."""
    sign_in(http)
    first_uploads(http)
    job_id = create_all(http)
    finish(http, b"state")
    local.restart()
    with local.client() as again:
        sign_in(again)
        assert download(again, f"{STATE}/resources.json") == b"state"
        assert again.get(f"/api/2.0/workspace-files/{STATE.lstrip('/')}/resources.json").content == b"state"
        assert_all_is_there(again, job_id)
        update(again, job_id)
        destroy(again, job_id)


def update(client: httpx.Client, job_id: int) -> None:
    """A changed bundle: reset puts other settings in the place of all there were."""
    changed = {name: value for name, value in settings(description="new").items() if name != "edit_mode"}
    post(client, "/api/2.2/jobs/reset", {"job_id": job_id, "new_settings": changed})
    found = client.get("/api/2.2/jobs/get", params={"job_id": job_id}).json()["settings"]
    assert found["description"] == "new" and "edit_mode" not in found
    answer = client.patch(f"{CATALOG}/catalogs/films", json={"comment": "d"}).raise_for_status().json()
    assert answer["comment"] == "d" and answer["storage_root"] == f"{LAKE}/data/managed"


def test_grants_are_replaced_whole(http: httpx.Client) -> None:
    """The CLI removes ALL_PRIVILEGES of a principal and adds what the bundle says: nothing else is left of it."""
    create_all(http)
    url = f"{CATALOG}/permissions/volume/films.files.search"
    for add, remove, left in (
        (["READ_VOLUME", "WRITE_VOLUME"], ["BROWSE"], ["READ_VOLUME", "WRITE_VOLUME"]),
        (["READ_VOLUME"], ["ALL_PRIVILEGES"], ["READ_VOLUME"]),
    ):
        changes = [{"principal": ROBOT, "add": add, "remove": remove}]
        answer = http.patch(url, json={"changes": changes}).raise_for_status().json()
        assert answer == {"privilege_assignments": [{"principal": ROBOT, "privileges": left}]}
    gone = http.patch(
        url, json={"changes": [{"principal": ROBOT, "remove": ["ALL_PRIVILEGES"], "add": None}]}
    )
    assert gone.json() == {"privilege_assignments": []}


def test_names_and_parents_stay(http: httpx.Client) -> None:
    """A PATCH may repeat them and change none; an empty new name is none."""
    create_all(http)
    url = f"{CATALOG}/schemas/films.files"
    kept = {"name": "files", "catalog_name": "films", "new_name": "", "comment": "c"}
    answer = http.patch(url, json=kept).raise_for_status().json()
    assert (answer["comment"], "new_name" in answer) == ("c", False)
    for changed in ({"new_name": "other"}, {"catalog_name": "other"}):
        assert http.patch(url, json=changed).status_code == 400


def destroy(client: httpx.Client, job_id: int) -> None:
    """Jobs, volumes, schemas, catalogs, locations, the folder; then each is gone and may be asked for."""
    assert status(client, ROOT) == 200
    post(client, "/api/2.2/jobs/delete", {"job_id": job_id})
    for kind, name, _ in reversed(OBJECTS):
        force = "" if kind == "volumes" else "?force=true"
        assert client.delete(f"{CATALOG}/{kind}/{name}{force}").status_code == 200
        assert client.get(f"{CATALOG}/{kind}/{name}").status_code == 404
    post(client, "/api/2.0/workspace/delete", {"path": ROOT, "recursive": True})
    assert status(client, f"{STATE}/deploy.lock") == 404
    gone = client.get("/api/2.2/jobs/get", params={"job_id": job_id})
    assert (gone.status_code, gone.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_lock_is_made_once(local: LocalWorkspace, http: httpx.Client) -> None:
    """A second deployer meets 409 and reads who was first."""
    post(http, "/api/2.0/workspace/mkdirs", {"path": STATE})
    assert upload(http, f"{STATE}/deploy.lock", b"anna", overwrite=False) == 200
    with local.client(BEN) as ben:
        assert upload(ben, f"{STATE}/deploy.lock", b"ben", overwrite=False) == 409
        assert download(ben, f"{STATE}/deploy.lock") == b"anna"


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("schemas", {"name": "s", "catalog_name": "none"}, 404),
        ("schemas", {"name": "files", "catalog_name": "films"}, 409),
        ("catalogs", {"name": "films"}, 409),
        ("catalogs", {"name": "other", "storage_root": f"{LAKE}/elsewhere"}, 400),
        ("external-locations", {**LOCATION, "name": "b", "url": f"{LAKE}/data/below"}, 400),
        ("external-locations", {"name": "b", "url": f"{LAKE}/b"}, 400),
        ("volumes", {**OBJECTS[3][2], "name": "b", "storage_location": f"{LAKE}/data/search/b"}, 400),
        ("volumes", {**OBJECTS[3][2], "name": "b", "storage_location": f"{LAKE}/data/managed/b"}, 400),
    ],
)
def test_a_metastore_refuses(http: httpx.Client, kind: str, body: dict[str, Any], code: int) -> None:
    """A child without parent, a name twice, an address outside of every location, addresses in one another."""
    create_all(http)
    assert http.post(f"{CATALOG}/{kind}", json=body).status_code == code


def test_addresses_lose_their_slash_and_full_objects_stay(http: httpx.Client) -> None:
    """What was sent with a slash at its end is read without; only force deletes what holds something."""
    url = f"{LAKE}/data"
    made = post(
        http, f"{CATALOG}/external-locations", {"name": "a", "url": f"{url}/", "credential_name": "c"}
    )
    assert (made["url"], made["enable_file_events"]) == (url, True)
    post(http, f"{CATALOG}/catalogs", {"name": "films", "storage_root": f"{url}/managed/"})
    post(http, f"{CATALOG}/schemas", {"name": "files", "catalog_name": "films"})
    assert http.delete(f"{CATALOG}/catalogs/films").status_code == 400
    assert http.delete(f"{CATALOG}/external-locations/a").status_code == 400
    assert http.delete(f"{CATALOG}/catalogs/films?force=true").status_code == 200
    assert http.get(f"{CATALOG}/schemas/films.files").status_code == 404


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [{"user_name": ANNA, "permission_level": "CAN_MANAGE"}],
        [*RIGHTS, {"user_name": BEN, "permission_level": "IS_OWNER"}],
        [{"group_name": "admins", "permission_level": "IS_OWNER"}],
        [*RIGHTS, RIGHTS[1]],
        [*RIGHTS, {"user_name": BEN, "permission_level": "CAN_RUN"}],
        [*RIGHTS, {"permission_level": "CAN_VIEW"}],
    ],
)
def test_a_job_has_exactly_one_owner(http: httpx.Client, entries: list[dict[str, Any]]) -> None:
    """A list without owner, with two, with a group as owner, or with an entry that is none, is refused."""
    job_id = create_all(http)
    answer = http.put(f"/api/2.0/permissions/jobs/{job_id}", json={"access_control_list": entries})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert levels(http.get(f"/api/2.0/permissions/jobs/{job_id}").json()) == RIGHTS


def test_rights_are_held_to(local: LocalWorkspace, http: httpx.Client) -> None:
    """The app may see and run the job and nothing else; whoever is not named sees no job."""
    job_id = create_all(http)
    with local.client(APP) as app, local.client(BEN) as ben, local.client(ROBOT) as robot:
        assert app.get(f"/api/2.2/jobs/get?job_id={job_id}").status_code == 200
        assert post(app, "/api/2.2/jobs/run-now", {"job_id": job_id})["run_id"]
        for path in ("jobs/reset", "jobs/delete"):
            refused = app.post(f"/api/2.2/{path}", json={"job_id": job_id, "new_settings": settings()})
            assert (refused.status_code, refused.json()["error_code"]) == (403, "PERMISSION_DENIED")
        assert app.put(f"/api/2.0/permissions/jobs/{job_id}", json={}).status_code == 403
        assert ben.get(f"/api/2.2/jobs/get?job_id={job_id}").status_code == 403
        assert ben.post("/api/2.2/jobs/run-now", json={"job_id": job_id}).status_code == 403
        assert ben.get("/api/2.2/jobs/list").json()["jobs"] == []
        assert robot.post("/api/2.2/jobs/delete", json={"job_id": job_id}).status_code == 200


def test_what_does_not_exist_is_404_and_what_cannot_run_is_refused(http: httpx.Client) -> None:
    """Another path, a kind without rights, a job without a wheel task."""
    for path in ("/api/2.0/secrets/scopes/list", f"{CATALOG}/tables/a.b.c", f"{CATALOG}/permissions/table/a"):
        assert http.get(path).status_code == 404
    refused = http.post("/api/2.2/jobs/create", json={"name": "n", "tasks": [{"task_key": "t"}]})
    assert (refused.status_code, refused.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert http.post("/telemetry-ext", json={"protoLogs": ["{}"]}).json()["numProtoSuccess"] == 1
