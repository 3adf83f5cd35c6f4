"""Plan, deploy and destroy, in the order of calls of the Databricks CLI."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local.bundle.errors import BundleError
from local.bundle.planning import Action, Step, body_of, changes, deletions, plan
from local.bundle.remote.lock import locked
from local.bundle.remote.resources import HANDLERS
from local.bundle.remote.state import Deployed, State, read_state, write_note, write_state
from local.bundle.remote.workspace import Workspace
from local.bundle.source.loading import Json, load
from local.bundle.source.rendering import Bundle, Resource, render


@dataclass(frozen=True)
class Deployment:
    """A bundle with its wheel, and the workspace and user that it is deployed to and by."""

    workspace: Workspace
    bundle: Bundle
    user: str
    wheel: Path

    @classmethod
    def of(
        cls, workspace: Workspace, folder: Path, target: str, variables: Mapping[str, Any], wheel: Path
    ) -> Deployment:
        """The bundle of a folder, rendered for the workspace's caller. Raises BundleError."""
        user = workspace.user()
        rendered = render(load(folder, target), target, variables, user)
        uploaded = f"{rendered.artifacts}/{wheel.name}"
        resources = {key: _with_wheel(item, uploaded) for key, item in rendered.resources.items()}
        return cls(workspace, replace(rendered, resources=resources), user, wheel)

    @property
    def _state(self) -> str:
        return f"{self.bundle.root}/state"

    def plan(self) -> list[Step]:
        """What a deployment would change; takes no lock and writes nothing."""
        state = read_state(self.workspace, self._state) or State()
        return changes(plan(self.workspace, self.bundle.resources, state))

    def deploy(self) -> list[Step]:
        """Bring the workspace to what the bundle says and return what was changed. Raises BundleError."""
        state = read_state(self.workspace, self._state) or State()
        with self._lock():
            self._upload()
            write_note(self.workspace, self._state, "deployment.json", {"seq": state.serial + 1, "files": []})
            steps = changes(plan(self.workspace, self.bundle.resources, state))
            self._refuse_loss(steps)
            try:
                for step in steps:
                    self._carry_out(step, state)
            finally:  # what was made before an error is known to the next deployment
                write_state(self.workspace, self._state, state)
            write_note(self.workspace, self._state, "metadata.json", {"config": {"bundle": self.bundle.name}})
        return steps

    def ids(self) -> dict[str, str]:
        """The ids of deployed jobs by their keys in the bundle."""
        state = read_state(self.workspace, self._state) or State()
        prefix = "resources.jobs."
        return {
            key.removeprefix(prefix): item.id_
            for key, item in state.deployed.items()
            if key.startswith(prefix) and not key.endswith(".permissions")
        }

    def destroy(self) -> list[Step]:
        """Delete what was deployed and the bundle's folder; nothing at all where something is to be kept."""
        state = read_state(self.workspace, self._state)
        if state is None or not self.workspace.has(self.bundle.root):
            return []
        steps = [Step(key, Action.DELETE) for key in deletions(state)]
        self._refuse_loss(steps)
        with self._lock():
            for step in steps:
                self._carry_out(step, state)
            self.workspace.delete(self.bundle.root, recursive=True)
        return steps

    def _lock(self) -> AbstractContextManager[None]:
        if not self.bundle.is_development:
            return locked(self.workspace, self._state, self.user)
        self.workspace.make_folder(self._state)
        return nullcontext()

    def _upload(self) -> None:
        self.workspace.delete(self.bundle.artifacts, recursive=True)
        self.workspace.make_folder(self.bundle.artifacts)
        self.workspace.write(f"{self.bundle.artifacts}/{self.wheel.name}", self.wheel.read_bytes())
        files = f"{self.bundle.root}/files"
        if not self.workspace.has(files):
            self.workspace.make_folder(files)

    def _refuse_loss(self, steps: list[Step]) -> None:
        kept = {key for key, item in self.bundle.resources.items() if item.is_kept}
        lost = [
            step.key for step in steps if step.key in kept and step.action in (Action.DELETE, Action.RECREATE)
        ]
        if lost:
            raise BundleError(
                f"{', '.join(lost)} would be deleted: take lifecycle.prevent_destroy away first"
            )

    def _carry_out(self, step: Step, state: State) -> None:
        known = state.deployed.get(step.key)
        if known and step.action in (Action.DELETE, Action.RECREATE):
            HANDLERS[_kind(step.key)].delete(self.workspace, known.id_)
            del state.deployed[step.key]
        if step.action is Action.DELETE:
            return
        resource = self.bundle.resources[step.key]
        body, handler = body_of(resource, state), HANDLERS[resource.kind]
        if known and step.action is Action.UPDATE:
            handler.update(self.workspace, known.id_, body)
            id_ = known.id_
        else:
            id_ = handler.create(self.workspace, body)
        state.deployed[step.key] = Deployed(id_, body, sorted(resource.needs))


def _kind(key: str) -> str:
    """The kind of a resource by its key."""
    parts = key.split(".")
    return parts[3] if len(parts) > 3 else parts[1]


def _with_wheel(resource: Resource, uploaded: str) -> Resource:
    """A job with the uploaded wheel in the place of what was built."""
    if resource.kind != "jobs":
        return resource
    body: Json = _replaced(resource.body, uploaded)
    return replace(resource, body=body)


def _replaced(value: Any, uploaded: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _replaced(item, uploaded) for name, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, uploaded) for item in value]
    return uploaded if isinstance(value, str) and value.endswith("/dist/*.whl") else value
