"""What a deployment made, kept in the bundle's folder of the workspace, so that any checkout can go on from there."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field

from local.bundle.remote.workspace import Workspace
from local.bundle.source.loading import Json

_VERSION = 2
_TOOL = "crossfade-local"


@dataclass
class Deployed:
    """A resource that was made: its id, what was sent, and the keys of what it needs."""

    id_: str
    body: Json
    needs: list[str]


@dataclass
class State:
    """Deployed resources by key; `serial` counts deployments of one `lineage`."""

    lineage: str = field(default_factory=lambda: str(uuid.uuid4()))
    serial: int = 0
    deployed: dict[str, Deployed] = field(default_factory=dict)


def read_state(workspace: Workspace, folder: str) -> State | None:
    """The state in a folder, None if nothing was deployed from it."""
    found = [name for name in _names(folder) if workspace.has(name)]
    content = {name: workspace.read(name) for name in found}
    kept = content.get(f"{folder}/resources.json")
    return _parsed(json.loads(kept)) if kept else None


def write_state(workspace: Workspace, folder: str, state: State) -> None:
    """Keep the state after a deployment."""
    state.serial += 1
    entries = {
        key: {"__id__": item.id_, "state": item.body, "depends_on": [{"node": name} for name in item.needs]}
        for key, item in sorted(state.deployed.items())
    }
    head = {"state_version": _VERSION, "cli_version": _TOOL, "lineage": state.lineage, "serial": state.serial}
    workspace.write(f"{folder}/resources.json", json.dumps({**head, "state": entries}, indent=1).encode())


def write_note(workspace: Workspace, folder: str, name: str, note: Json) -> None:
    """Keep what others may read of a deployment: that it took place, and from which version of this."""
    workspace.write(f"{folder}/{name}", json.dumps({"version": 1, "cli_version": _TOOL, **note}).encode())


def _names(folder: str) -> list[str]:
    """Each file that may say what was deployed, today and in releases of the CLI before."""
    return [f"{folder}/{name}" for name in ("resources.json", "terraform.tfstate", "deployment.json")]


def _parsed(document: Json) -> State:
    deployed = {
        key: Deployed(item["__id__"], item["state"], [need["node"] for need in item.get("depends_on") or ()])
        for key, item in document["state"].items()
    }
    return State(document["lineage"], document["serial"], deployed)
