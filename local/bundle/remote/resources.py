"""How each kind of resource is made, read, changed and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from local.bundle.remote.workspace import Workspace
from local.bundle.source.loading import Json

_CATALOG = "2.1/unity-catalog"
_JOBS = "2.2/jobs"


class Handler(Protocol):
    """The calls of one kind; `id_` is what `create` gave."""

    def create(self, workspace: Workspace, body: Json) -> str:
        """Make it and return its id."""
        ...

    def read(self, workspace: Workspace, id_: str) -> Json | None:
        """What the workspace has, in the form of a body; None if it has nothing."""
        ...

    def update(self, workspace: Workspace, id_: str, body: Json) -> None:
        """Change it to what `body` says."""
        ...

    def delete(self, workspace: Workspace, id_: str) -> None:
        """Delete it, if it is there."""
        ...

    def needs_new(self, body: Json, present: Json) -> bool:
        """Whether it cannot be changed to `body` but must be made anew."""
        ...


class JobHandler:
    """Jobs by id."""

    def create(self, workspace: Workspace, body: Json) -> str:
        """jobs/create, and a read of what was made."""
        job_id = str(workspace.call("POST", f"{_JOBS}/create", body)["job_id"])
        workspace.call("GET", f"{_JOBS}/get", job_id=job_id)
        return job_id

    def read(self, workspace: Workspace, id_: str) -> Json | None:
        """jobs/get."""
        found = workspace.ask("GET", f"{_JOBS}/get", job_id=id_)
        settings: Json | None = found["settings"] if found else None
        return settings

    def update(self, workspace: Workspace, id_: str, body: Json) -> None:
        """jobs/reset."""
        workspace.call("POST", f"{_JOBS}/reset", {"job_id": int(id_), "new_settings": body})

    def delete(self, workspace: Workspace, id_: str) -> None:
        """jobs/delete."""
        workspace.ask("POST", f"{_JOBS}/delete", {"job_id": int(id_)})

    def needs_new(self, body: Json, present: Json) -> bool:
        """Never."""
        return False


@dataclass(frozen=True)
class CatalogHandler:
    """Objects of Unity Catalog by full name; `fixed` are the fields that cannot be changed."""

    path: str
    fixed: tuple[str, ...]
    is_forced: bool = True

    def create(self, workspace: Workspace, body: Json) -> str:
        """POST."""
        made = workspace.call("POST", f"{_CATALOG}/{self.path}", body)
        return str(made.get("full_name") or made["name"])

    def read(self, workspace: Workspace, id_: str) -> Json | None:
        """GET."""
        return workspace.ask("GET", f"{_CATALOG}/{self.path}/{id_}")

    def update(self, workspace: Workspace, id_: str, body: Json) -> None:
        """PATCH."""
        changed = {name: value for name, value in body.items() if name not in self.fixed}
        workspace.call("PATCH", f"{_CATALOG}/{self.path}/{id_}", changed)

    def delete(self, workspace: Workspace, id_: str) -> None:
        """DELETE, with all that is in it."""
        force = {"force": "true"} if self.is_forced else {}
        workspace.ask("DELETE", f"{_CATALOG}/{self.path}/{id_}", None, **force)

    def needs_new(self, body: Json, present: Json) -> bool:
        """Where a field differs that cannot be changed."""
        return any(body.get(name, present.get(name)) != present.get(name) for name in self.fixed)


class PermissionsHandler:
    """The access control list of a job."""

    def create(self, workspace: Workspace, body: Json) -> str:
        """PUT."""
        return self._put(workspace, body["object_id"], body)

    def read(self, workspace: Workspace, id_: str) -> Json | None:
        """GET, as a list of one level a principal."""
        found = workspace.ask("GET", f"2.0/permissions{id_}")
        if found is None:
            return None
        return _by_principal(
            [_entry(item) for item in found["access_control_list"]], "access_control_list", object_id=id_
        )

    def update(self, workspace: Workspace, id_: str, body: Json) -> None:
        """PUT."""
        self._put(workspace, id_, body)

    def delete(self, workspace: Workspace, id_: str) -> None:
        """Nothing: it goes with its job."""

    def needs_new(self, body: Json, present: Json) -> bool:
        """When the job is another one."""
        return bool(body["object_id"] != present["object_id"])

    def _put(self, workspace: Workspace, id_: str, body: Json) -> str:
        sent = {"access_control_list": body["access_control_list"]}
        workspace.call("PUT", f"2.0/permissions{id_}", sent)
        return id_


class GrantsHandler:
    """What is granted on an object of Unity Catalog; whoever is not named has nothing."""

    def create(self, workspace: Workspace, body: Json) -> str:
        """PATCH."""
        self.update(workspace, body["object_id"], body)
        return str(body["object_id"])

    def read(self, workspace: Workspace, id_: str) -> Json | None:
        """GET, in the form of a bundle."""
        found = workspace.ask("GET", f"{_CATALOG}/permissions/{id_}")
        if found is None:
            return None
        return _by_principal(found.get("privilege_assignments", []), "grants", object_id=id_)

    def update(self, workspace: Workspace, id_: str, body: Json) -> None:
        """PATCH: what is named is added, all else is taken away."""
        present = self.read(workspace, id_) or {"grants": []}
        wanted = {item["principal"]: set(item["privileges"]) for item in body["grants"]}
        held = {item["principal"]: set(item["privileges"]) for item in present["grants"]}
        changes = [
            {
                "principal": principal,
                "add": sorted(wanted.get(principal, set()) - held.get(principal, set())),
                "remove": sorted(held.get(principal, set()) - wanted.get(principal, set())),
            }
            for principal in sorted(wanted.keys() | held.keys())
        ]
        workspace.call("PATCH", f"{_CATALOG}/permissions/{id_}", {"changes": changes})

    def delete(self, workspace: Workspace, id_: str) -> None:
        """Nothing: they go with their object."""

    def needs_new(self, body: Json, present: Json) -> bool:
        """When the object is another one."""
        return bool(body["object_id"] != present["object_id"])


HANDLERS: Mapping[str, Handler] = {
    "jobs": JobHandler(),
    "external_locations": CatalogHandler("external-locations", ("name",)),
    "catalogs": CatalogHandler("catalogs", ("name", "storage_root")),
    "schemas": CatalogHandler("schemas", ("name", "catalog_name", "storage_root")),
    "volumes": CatalogHandler(
        "volumes", ("name", "catalog_name", "schema_name", "volume_type", "storage_location"), is_forced=False
    ),
    "permissions": PermissionsHandler(),
    "grants": GrantsHandler(),
}
SECURABLES = {
    "catalogs": "catalog",
    "schemas": "schema",
    "volumes": "volume",
    "external_locations": "external_location",
}


def object_id(kind: str, id_: str) -> str:
    """What permissions or grants of a resource hang on, as their calls name it."""
    return f"/jobs/{id_}" if kind == "jobs" else f"{SECURABLES[kind]}/{id_}"


def canonical(body: Json) -> Json:
    """A body in an order of its own where order means nothing: entries by principal, privileges by name."""
    for name in ("access_control_list", "grants"):
        if name in body:
            return _by_principal(body[name], name, object_id=body.get("object_id"))
    return body


def _by_principal(entries: list[Json], name: str, **more: Any) -> Json:
    ordered = [
        {**entry, "privileges": sorted(entry["privileges"])} if "privileges" in entry else entry
        for entry in entries
    ]
    return {name: sorted(ordered, key=lambda entry: sorted(map(str, entry.items()))), **more}


def _entry(item: Json) -> Json:
    own = [level["permission_level"] for level in item["all_permissions"] if not level.get("inherited")]
    principal = {
        name: value for name, value in item.items() if name.endswith("_name") and name != "display_name"
    }
    return {**principal, "permission_level": own[0]}
