"""A bundle deployed to the local workspace, again, by others, and destroyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.bundle.deploying import Deployment
from local.bundle.errors import BundleError
from local.bundle.planning import Action, Step
from tests.builders.workspace import ANNA, APP, BEN, ROBOT, LocalWorkspace
from tests.unit.local.bundle.small import TEXT, checkout, deployment


@pytest.fixture
def local(tmp_path: Path) -> LocalWorkspace:
    """An empty workspace."""
    (tmp_path / "work").mkdir()
    return LocalWorkspace(tmp_path / "work")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A checkout."""
    return checkout(tmp_path / "here")


def actions(steps: list[Step]) -> dict[str, str]:
    """Steps in short."""
    return {step.key.removeprefix("resources."): step.action for step in steps}


def test_a_second_deployment_changes_nothing(local: LocalWorkspace, here: Path) -> None:
    """What was sent is what is read, also after a restart, and the ids of jobs stay."""
    first = deployment(local, here).deploy()
    assert {step.action for step in first} == {Action.CREATE} and len(first) == 6
    ids = deployment(local, here).ids()
    local.restart()
    again = deployment(local, here)
    assert (again.plan(), again.deploy(), again.plan(), again.ids()) == ([], [], [], ids)
    job = local.client().get("/api/2.2/jobs/get", params={"job_id": ids["silver"]}).json()
    assert job["run_as_user_name"] == ROBOT
    assert job["settings"]["tags"] == {"application": "small"}
    assert job["settings"]["parameters"] == [{"name": "files", "default": "/Volumes/films/files/{area}"}]
    (wheel,) = job["settings"]["environments"][0]["spec"]["dependencies"]
    assert again.workspace.read(wheel) == b"wheel"


def test_a_service_principal_deploys_from_another_checkout(
    local: LocalWorkspace, here: Path, tmp_path: Path
) -> None:
    """Where the bundle names all deployers, whoever comes next has an empty plan; who is not named may do nothing."""
    named = TEXT.replace(
        "permissions:\n",
        f"permissions:\n        - {{level: CAN_MANAGE, user_name: {ANNA}}}\n"
        f"        - {{level: CAN_MANAGE, user_name: {BEN}}}\n",
    )
    there = checkout(tmp_path / "there", named)
    deployment(local, there).deploy()
    for caller in (BEN, ROBOT, ANNA):
        other = deployment(local, there, caller=caller)
        assert (other.plan(), other.deploy(), other.plan()) == ([], [], [])
    with pytest.raises(BundleError, match="403"):
        deployment(local, there, caller=APP).deploy()


def test_a_deployer_that_is_not_named_changes_the_rights(local: LocalWorkspace, here: Path) -> None:
    """The list holds who deploys, so two that are not named plan to replace one another."""
    deployment(local, here).deploy()
    assert actions(deployment(local, here, caller=ROBOT).plan()) == {"jobs.silver.permissions": "update"}


def test_a_change_is_one_update(local: LocalWorkspace, here: Path, tmp_path: Path) -> None:
    """A setting, a right, a grant, a wheel: each changes its own resource and nothing else."""
    deployment(local, here).deploy()
    wheel = here / "p-1-py3-none-any.whl"
    for old, new, changed in [
        ("name: silver\n", "name: silver\n      description: d\n", "jobs.silver"),
        (
            "permissions:\n",
            f"permissions:\n        - {{level: CAN_VIEW, user_name: {BEN}}}\n",
            "jobs.silver.permissions",
        ),
        ("[USE_SCHEMA]", "[USE_SCHEMA, CREATE_TABLE]", "schemas.files.grants"),
    ]:
        changed_checkout = checkout(tmp_path / changed, TEXT.replace(old, new))
        assert actions(deployment(local, changed_checkout).deploy()) == {changed: "update"}
        assert actions(deployment(local, here).deploy()) == {changed: "update"}
        assert deployment(local, here).plan() == []
    newer = Deployment.of(local.workspace(), here, "prod", {"owner": ROBOT}, wheel.rename(here / "p-2.whl"))
    assert actions(newer.plan()) == {"jobs.silver": "update"}


def test_drift_is_taken_back(local: LocalWorkspace, here: Path) -> None:
    """What somebody changed or deleted by hand, and granted elsewhere, is in the next plan."""
    deployment(local, here).deploy()
    with local.client() as client:
        root = "/api/2.1/unity-catalog"
        changes = [{"principal": "ben", "add": ["USE_SCHEMA"]}]
        client.patch(f"{root}/permissions/schema/films.files", json={"changes": changes})
        client.patch(f"{root}/external-locations/lake", json={"credential_name": "other"})
        client.post("/api/2.2/jobs/delete", json={"job_id": int(deployment(local, here).ids()["silver"])})
    assert actions(deployment(local, here).deploy()) == {
        "schemas.files.grants": "update",
        "external_locations.lake": "update",
        "jobs.silver": "create",
        "jobs.silver.permissions": "create",
    }
    assert deployment(local, here).plan() == []
    with local.client() as client:
        held = client.get(f"{root}/permissions/schema/films.files").json()["privilege_assignments"]
    assert [item["principal"] for item in held] == ["users"]


def test_the_catalog_is_never_lost(local: LocalWorkspace, here: Path, tmp_path: Path) -> None:
    """prevent_destroy: neither destroy nor a change that would recreate it deletes anything."""
    deployment(local, here).deploy()
    moved = checkout(tmp_path / "moved", TEXT.replace("/managed", "/elsewhere"))
    assert actions(deployment(local, moved).plan()) == {"catalogs.films": "recreate"}
    for refused in (deployment(local, here).destroy, deployment(local, moved).deploy):
        with pytest.raises(BundleError, match=r"catalogs\.films would be deleted"):
            refused()
    assert deployment(local, here).plan() == []


def test_destroy_deletes_everything_once(local: LocalWorkspace, tmp_path: Path) -> None:
    """Children before parents, the folder last; a second time there is nothing to do, and a new start is one."""
    here = checkout(tmp_path / "here", TEXT.replace("lifecycle: {prevent_destroy: true}", "comment: c"))
    created = deployment(local, here).deploy()
    assert len(deployment(local, here).destroy()) == len(created)
    assert deployment(local, here).destroy() == []
    with local.client() as client:
        assert client.get("/api/2.2/jobs/list").json()["jobs"] == []
        for path in ("catalogs/films", "schemas/films.files", "external-locations/lake"):
            assert client.get(f"/api/2.1/unity-catalog/{path}").status_code == 404
    assert len(deployment(local, here).plan()) == len(created)


def test_what_left_the_bundle_is_deleted(local: LocalWorkspace, tmp_path: Path) -> None:
    """A resource that is no longer declared goes, and all else stays."""
    extra = "  schemas:\n    more: {name: more, catalog_name: films}\n"
    text = TEXT.replace("  schemas:\n", extra)
    text = text.replace("catalog_name: films", 'catalog_name: "${var.catalog}"')
    deployment(local, checkout(tmp_path / "more", text)).deploy()
    less = deployment(local, checkout(tmp_path / "less"))
    assert actions(less.deploy()) == {"schemas.more": "delete"}
    assert less.plan() == []


def test_one_deployment_at_a_time(local: LocalWorkspace, here: Path) -> None:
    """Who finds the lock taken is told by whom, and leaves it."""
    mine = deployment(local, here)
    mine.deploy()
    lock = f"{mine.bundle.root}/state/deploy.lock"
    mine.workspace.write(lock, b'{"ID": "1", "User": "ben"}')
    with pytest.raises(BundleError, match="acquired by ben"):
        mine.deploy()
    mine.workspace.delete(lock)
    assert mine.deploy() == [] and not mine.workspace.has(lock)


def test_a_deployment_that_fails_half_way_goes_on_next_time(local: LocalWorkspace, here: Path) -> None:
    """What was made is known: the next deployment makes the rest and meets no conflict. The lock is given back."""
    with local.client(BEN) as ben:
        taken = {"name": "films"}
        ben.post("/api/2.1/unity-catalog/catalogs", json=taken).raise_for_status()
        with pytest.raises(BundleError, match="CATALOG_ALREADY_EXISTS"):
            deployment(local, here).deploy()
        ben.delete("/api/2.1/unity-catalog/catalogs/films").raise_for_status()
    rest = deployment(local, here)
    assert "external_locations.lake" not in actions(rest.deploy())
    assert rest.plan() == []


def test_developers_have_copies_of_their_own(local: LocalWorkspace, here: Path) -> None:
    """Mode development: jobs and schemas bear the developer's name, states lie apart, and no lock is taken."""
    with local.client() as client:
        client.post("/api/2.1/unity-catalog/catalogs", json={"name": "films"}).raise_for_status()
    both = [deployment(local, here, "dev", caller) for caller in (ANNA, BEN)]
    for mine in both:
        assert len(mine.deploy()) == 4 and mine.plan() == []
    with local.client(ROBOT) as client:
        jobs = client.get("/api/2.2/jobs/list").json()["jobs"]
        assert [job["settings"]["name"] for job in jobs] == ["[dev anna] silver", "[dev ben] silver"]
        assert client.get("/api/2.1/unity-catalog/schemas/films.dev_ben_files").status_code == 200
    assert len(both[0].destroy()) == 4
    assert both[1].plan() == []


def test_a_second_catalog_of_one_name_is_refused(local: LocalWorkspace, here: Path) -> None:
    """A development target that makes a catalog, which gets no name of its own, fails for the second developer."""
    catalogs = "  catalogs:\n    mine: {name: mine}\n  schemas:\n"
    text = TEXT.replace("  schemas:\n", catalogs, 1).replace(
        "catalog: {default: films}", "catalog: {default: mine}"
    )
    there = checkout(here / "there", text.replace('catalog_name: "${var.catalog}"', "catalog_name: mine"))
    deployment(local, there, "dev").plan()
    with pytest.raises(BundleError, match="CATALOG_ALREADY_EXISTS"):
        for caller in (ANNA, BEN):
            deployment(local, there, "dev", caller).deploy()


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ("      performance_target: STANDARD\n", "jobs.silver"),
        ('environment_version: "4", ', "jobs.silver"),
        (", enable_file_events: false", "external_locations.lake"),
    ],
)
def test_what_databricks_adds_is_never_an_empty_plan(
    local: LocalWorkspace, tmp_path: Path, said: str, changed: str
) -> None:
    """Where the bundle does not say what Databricks fills in, its state says one thing and the workspace another."""
    assert said in TEXT
    there = checkout(tmp_path / "there", TEXT.replace(said, ""))
    deployment(local, there).deploy()
    assert actions(deployment(local, there).plan()) == {changed: "update"}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("run_as:", "permissions: [{level: CAN_RUN, group_name: users}]\nrun_as:", "put them on each job"),
        ("${var.owner}", "${var.nobody}", r"var\.nobody"),
        ("${resources.schemas.files.name}", "${resources.schemas.none.name}", r"schemas\.none"),
        ("${resources.schemas.files.name}", "${resources.schemas.files.size}", r"known of it are"),
    ],
)
def test_a_bundle_that_cannot_be_deployed_is_told(
    local: LocalWorkspace, tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    """Rights at the top, and references that lead nowhere."""
    there = checkout(tmp_path / "there", TEXT.replace(old, new))
    with pytest.raises(BundleError, match=complaint):
        deployment(local, there).deploy()
