"""The resources of a bundle for one target and one deployer, as they are sent. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.bundle.errors import BundleError
from local.bundle.source.loading import Json, merged
from local.bundle.source.references import Values, references_in, resolve

_EARLY = ("var", "bundle", "workspace")
_DETAILS = ("permissions", "grants", "lifecycle")


@dataclass(frozen=True)
class Resource:
    """One thing to deploy: `resources.jobs.silver`, or what hangs on one: `resources.jobs.silver.permissions`.

    `body` may hold references to other resources, which are known once those are deployed; `needs` are their keys.
    """

    key: str
    kind: str
    body: Json
    needs: frozenset[str]
    is_kept: bool = False


@dataclass(frozen=True)
class Bundle:
    """A rendered bundle; `root` is its folder in the workspace."""

    name: str
    target: str
    is_development: bool
    root: str
    resources: Mapping[str, Resource]

    @property
    def artifacts(self) -> str:
        """The folder of what is built."""
        return f"{self.root}/artifacts/.internal"


def render(document: Mapping[str, Any], target: str, given: Mapping[str, Any], user: str) -> Bundle:
    """A loaded document as `user` deploys it; `given` are values of variables. Raises BundleError."""
    if document.get("permissions"):
        raise BundleError("permissions at the top of a bundle are not rendered here: put them on each job")
    name = document["bundle"]["name"]
    short_name = re.sub(r"\W+", "_", user.partition("@")[0])
    values = Values(_values(document, target, given, {"userName": user, "short_name": short_name}))
    prefix = short_name if document.get("mode") == "development" else ""
    settings = resolve(_without_unused(document), values, _EARLY)
    root = values("workspace.root_path")
    return Bundle(name, target, bool(prefix), root, dict(_resources(settings, root, prefix, user)))


def _values(document: Mapping[str, Any], target: str, given: Mapping[str, Any], user: Json) -> Json:
    variables = document.get("variables") or {}
    unknown = sorted(given.keys() - variables.keys())
    if unknown:
        raise BundleError(f"the bundle has no variable {', '.join(unknown)}")
    defaults = {name: item["default"] for name, item in variables.items() if "default" in item}
    home = f"/Workspace/Users/{user['userName']}"
    root = (document.get("workspace") or {}).get("root_path", "~/.bundle/${bundle.name}/${bundle.target}")
    root = home + root.removeprefix("~") if root.startswith("~/") else root
    return {
        "var": {**defaults, **given},
        "bundle": {**document["bundle"], "target": target},
        "workspace": {"root_path": root, "current_user": user},
    }


def _without_unused(document: Mapping[str, Any]) -> Json:
    return {name: document[name] for name in ("resources", "presets", "run_as") if name in document}


def _resources(settings: Json, root: str, prefix: str, user: str) -> Iterator[tuple[str, Resource]]:
    for kind, entries in (settings.get("resources") or {}).items():
        for key, entry in entries.items():
            yield from _resource(settings, kind, f"resources.{kind}.{key}", entry, (root, prefix, user))


def _resource(
    settings: Json, kind: str, key: str, entry: Json, place: tuple[str, str, str]
) -> Iterator[tuple[str, Resource]]:
    root, prefix, user = place
    body = {name: value for name, value in entry.items() if name not in _DETAILS}
    if kind == "jobs":
        body = _job(settings, body, root, prefix)
    elif kind == "schemas" and prefix:
        body = {**body, "name": f"dev_{prefix}_{body['name']}"}
    is_kept = bool((entry.get("lifecycle") or {}).get("prevent_destroy"))
    yield key, Resource(key, kind, body, _needs(body), is_kept)
    if entry.get("permissions"):
        entries = {"access_control_list": _access_control_list(entry["permissions"], user)}
        yield f"{key}.permissions", Resource(f"{key}.permissions", "permissions", entries, frozenset({key}))
    if entry.get("grants"):
        grants = {"grants": entry["grants"]}
        yield f"{key}.grants", Resource(f"{key}.grants", "grants", grants, _needs(grants) | {key})


def _needs(body: Json) -> frozenset[str]:
    found = (name for name in references_in(body) if name.startswith("resources."))
    return frozenset(".".join(name.split(".")[:3]) for name in found)


def _job(settings: Json, body: Json, root: str, prefix: str) -> Json:
    """A job with what the CLI adds to it."""
    presets = settings.get("presets") or {}
    tags = {**(presets.get("tags") or {}), **({"dev": prefix} if prefix else {})}
    added: Json = {
        "deployment": {"kind": "BUNDLE", "metadata_file_path": f"{root}/state/metadata.json"},
        "edit_mode": "UI_LOCKED",
        "format": "MULTI_TASK",
        "max_concurrent_runs": 1,
        "queue": {"enabled": True},
    }
    if settings.get("run_as"):
        added["run_as"] = settings["run_as"]
    job: Json = merged(added, body)
    if tags:
        job["tags"] = {**tags, **(job.get("tags") or {})}
    return {**job, "name": f"[dev {prefix}] {job['name']}"} if prefix else job


def _access_control_list(permissions: list[Json], user: str) -> list[Json]:
    """The list of a job, with the deployer in it: as its owner, unless it names another."""
    entries = [
        {
            "permission_level": item["level"],
            **{name: value for name, value in item.items() if name != "level"},
        }
        for item in permissions
    ]
    me = {"user_name" if "@" in user else "service_principal_name": user}
    has_owner = any(entry["permission_level"] == "IS_OWNER" for entry in entries)
    is_listed = any(me.items() <= entry.items() for entry in entries)
    if is_listed and has_owner:
        return entries
    others = [entry for entry in entries if not me.items() <= entry.items()]
    return [*others, {"permission_level": "CAN_MANAGE" if has_owner else "IS_OWNER", **me}]
