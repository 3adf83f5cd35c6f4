"""What a deployment would change: each resource as it is sent, against what was sent before and what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any

from local.bundle.errors import BundleError
from local.bundle.remote.resources import HANDLERS, canonical, object_id
from local.bundle.remote.state import State
from local.bundle.remote.workspace import Workspace
from local.bundle.source.loading import Json
from local.bundle.source.references import resolve
from local.bundle.source.rendering import Resource

# What a workspace adds to an object and no plan minds; nor does one mind what is empty or false.
_NO_DIFFERENCE = frozenset(
    {
        "catalog_type",
        "created_at",
        "created_by",
        "full_name",
        "isolation_mode",
        "owner",
        "updated_at",
        "updated_by",
    }
)


class Action(StrEnum):
    """What is done with a resource."""

    CREATE = "create"
    UPDATE = "update"
    RECREATE = "recreate"
    DELETE = "delete"
    SKIP = "skip"


@dataclass(frozen=True)
class Step:
    """One resource and what is done with it."""

    key: str
    action: Action


def in_order(resources: Mapping[str, Resource]) -> list[Resource]:
    """Resources, each after those it needs. Raises BundleError where they need one another."""
    graph = {key: resource.needs & resources.keys() for key, resource in resources.items()}
    try:
        return [resources[key] for key in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise BundleError(f"resources need one another: {' -> '.join(error.args[1])}") from error


def plan(workspace: Workspace, resources: Mapping[str, Resource], state: State) -> list[Step]:
    """What a deployment would do: first what was deployed and is no longer in the bundle, then all that is in it."""
    steps = [Step(key, Action.DELETE) for key in reversed(list(state.deployed)) if key not in resources]
    return [*steps, *(Step(item.key, _action(workspace, item, state)) for item in in_order(resources))]


def changes(steps: Iterable[Step]) -> list[Step]:
    """The steps that change something."""
    return [step for step in steps if step.action is not Action.SKIP]


def body_of(resource: Resource, state: State) -> Json:
    """A resource as it is sent, with references to others resolved. Raises BundleError where one is not deployed."""
    body: Json = resolve(resource.body, lambda name: _deployed_value(name, state), ("resources",))
    if resource.kind in ("permissions", "grants"):
        parent = resource.key.rpartition(".")[0]
        body = {**body, "object_id": object_id(parent.split(".")[1], state.deployed[parent].id_)}
    return canonical(body)


def _action(workspace: Workspace, resource: Resource, state: State) -> Action:
    known = state.deployed.get(resource.key)
    if known is None or not all(need in state.deployed for need in resource.needs):
        return Action.CREATE
    handler = HANDLERS[resource.kind]
    present = handler.read(workspace, known.id_)
    if present is None:
        return Action.CREATE
    body = body_of(resource, state)
    if handler.needs_new(body, present):
        return Action.RECREATE
    return Action.SKIP if body == known.body and is_as_sent(body, present) else Action.UPDATE


def is_as_sent(sent: Any, present: Any) -> bool:
    """Whether what is there is what was sent, and nothing else but what the CLI does not take for a difference."""
    if isinstance(sent, Mapping) and isinstance(present, Mapping):
        added = (value for name, value in present.items() if name not in sent and name not in _NO_DIFFERENCE)
        same = (name in present and is_as_sent(value, present[name]) for name, value in sent.items())
        return all(same) and not any(added)
    if isinstance(sent, list) and isinstance(present, list):
        return len(sent) == len(present) and all(map(is_as_sent, sent, present))
    return bool(sent == present)


def _deployed_value(name: str, state: State) -> Any:
    """A field of a deployed resource: `resources.KIND.KEY.FIELD`."""
    parts = name.split(".")
    known = state.deployed.get(".".join(parts[:3]))
    if known is None:
        raise BundleError(f"${{{name}}} leads nowhere: no such resource is deployed before it")
    fields = {"id": known.id_, **known.body}
    if len(parts) != 4 or parts[3] not in fields:
        raise BundleError(f"${{{name}}} leads nowhere: known of it are {', '.join(fields)}")
    return fields[parts[3]]


def deletions(state: State) -> Iterator[str]:
    """Keys of what is deployed, each before what it needs."""
    graph = {
        key: [need for need in item.needs if need in state.deployed] for key, item in state.deployed.items()
    }
    yield from reversed(list(TopologicalSorter(graph).static_order()))
