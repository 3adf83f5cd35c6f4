"""The project's bundle: what was sent is what is read, so that a second plan is empty, whoever makes it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bundle.deploying import Deployment
from local.bundle.errors import BundleError
from local.bundle.planning import body_of, is_as_sent
from local.bundle.remote.resources import HANDLERS, canonical
from local.bundle.remote.state import State, read_state
from tests.builders.bundle import FOLDER, bundle
from tests.builders.workspace import ANNA, APP, BEN, ROBOT, LocalWorkspace

JOBS = [f"resources.jobs.crossfade_{name}" for name in ("bulk", "gold", "silver")]
TARGETS = ("dev", "test", "prod", "dev-classic", "test-classic", "prod-classic")
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)
PRIVILEGES = st.lists(
    st.sampled_from(["USE_SCHEMA", "READ_VOLUME", "BROWSE", "SELECT"]), min_size=1, unique=True
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in the place of the wheel, which no job of these tests runs."""
    path = tmp_path_factory.mktemp("dist") / "crossfade_spark-0.1.0.post1-py3-none-any.whl"
    path.write_bytes(b"wheel")
    return path


@pytest.mark.parametrize("target", TARGETS)
def test_a_second_deployment_changes_nothing(tmp_path: Path, wheel: Path, target: str) -> None:
    """Each target deploys from nothing; after a restart and for all who deploy, from any checkout, nothing is to do."""
    local = LocalWorkspace(tmp_path)
    assert len(bundle(local, wheel, target).deploy()) > 20
    ids = bundle(local, wheel, target).ids()
    assert ids.keys() == {"crossfade_silver", "crossfade_gold", "crossfade_bulk"}
    local.restart()
    there = shutil.copytree(FOLDER, tmp_path / "there" / "infrastructure")
    for caller, folder in ((ANNA, FOLDER), (BEN, there), (ROBOT, there)):
        again = bundle(local, wheel, target, caller, folder)
        assert (again.plan(), again.deploy(), again.ids()) == ([], [], ids)


def test_the_other_compute_is_an_update_of_the_same_jobs(tmp_path: Path, wheel: Path) -> None:
    """Both targets of a stage have one root: what was deployed serverless goes on on clusters, and back."""
    local = LocalWorkspace(tmp_path)
    bundle(local, wheel, "dev").deploy()
    ids = bundle(local, wheel, "dev").ids()
    for target in ("dev-classic", "dev"):
        keys = {step.key for step in bundle(local, wheel, target).deploy()}
        assert keys == set(JOBS)
        assert bundle(local, wheel, target).ids() == ids


def test_another_wheel_is_an_update_of_the_jobs_alone(tmp_path: Path, wheel: Path) -> None:
    """Changed code has another name, which both jobs' environments hold."""
    local = LocalWorkspace(tmp_path)
    bundle(local, wheel).deploy()
    newer = shutil.copy(wheel, tmp_path / "crossfade_spark-0.1.0.post2-py3-none-any.whl")
    assert {step.key for step in bundle(local, newer).deploy()} == set(JOBS)
    assert bundle(local, newer).plan() == []


def test_production_keeps_its_catalog(tmp_path: Path, wheel: Path) -> None:
    """In prod destroy deletes nothing; in dev it deletes all, and leaves a workspace for a new start."""
    local = LocalWorkspace(tmp_path)
    bundle(local, wheel, "prod").deploy()
    with pytest.raises(BundleError, match="crossfade_catalog would be deleted"):
        bundle(local, wheel, "prod").destroy()
    assert bundle(local, wheel, "prod").plan() == []
    other = LocalWorkspace(made(tmp_path / "other"))
    created = bundle(other, wheel).deploy()
    assert len(bundle(other, wheel).destroy()) == len(created) == len(bundle(other, wheel).plan())


def made(folder: Path) -> Path:
    """An empty folder."""
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> tuple[Deployment, State]:
    """The bundle in a workspace, and the state of it."""
    deployment = bundle(LocalWorkspace(tmp_path_factory.mktemp("work")), wheel)
    deployment.deploy()
    state = read_state(deployment.workspace, f"{deployment.bundle.root}/state")
    assert state is not None
    return deployment, state


def edited(draw: st.DrawFn, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """A body of this kind with other values where a bundle may have any."""
    if kind == "permissions":
        levels = st.sampled_from(["CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE"])
        entries = [
            entry if entry["permission_level"] == "IS_OWNER" or ANNA in entry.values()
            else {**entry, "permission_level": draw(levels)}
            for entry in draw(st.permutations(body["access_control_list"]))
        ]  # fmt: skip
        return {**body, "access_control_list": entries}
    if kind == "grants":
        principals = draw(st.lists(st.sampled_from([ROBOT, APP, BEN, "users"]), unique=True))
        return {
            **body,
            "grants": [{"principal": name, "privileges": draw(PRIVILEGES)} for name in principals],
        }
    if kind == "jobs":
        parameters = [{**item, "default": draw(TEXT)} for item in body["parameters"]]
        tags = draw(st.dictionaries(TEXT, TEXT, max_size=3))
        return {**body, "description": draw(TEXT), "tags": tags, "parameters": parameters}
    return {**body, "comment": draw(TEXT)}


@given(st.data())
def test_what_was_sent_is_what_is_read(deployed: tuple[Deployment, State], data: st.DataObject) -> None:
    """Whatever a bundle says of any of its resources, the workspace answers just that."""
    deployment, state = deployed
    key = data.draw(st.sampled_from(sorted(deployment.bundle.resources)))
    resource = deployment.bundle.resources[key]
    handler, id_ = HANDLERS[resource.kind], state.deployed[key].id_
    sent = canonical(edited(data.draw, resource.kind, body_of(resource, state)))
    handler.update(deployment.workspace, id_, sent)
    present = handler.read(deployment.workspace, id_)
    assert present is not None and is_as_sent(sent, present)
    assert not handler.needs_new(sent, present)
