"""Who may do what with a job: the access control list of the permissions API. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from local.databricks.errors import InvalidParameter, PermissionDenied
from local.databricks.workspace.database import Json

LEVELS = ("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER")
PRINCIPALS = ("user_name", "service_principal_name", "group_name")


def principal_entry(caller: str) -> Json:
    """The caller as an entry of a list names it: a user by an address, a service principal by its application id."""
    return {"user_name" if "@" in caller else "service_principal_name": caller}


def owned_by(caller: str) -> list[Json]:
    """The list of a job that the caller has just made."""
    return [{**principal_entry(caller), "permission_level": "IS_OWNER"}]


def checked(entries: Any) -> list[Json]:
    """A list as it was sent. Raises InvalidParameter unless it names principals, levels, and exactly one owner."""
    if not isinstance(entries, list):
        raise InvalidParameter("access_control_list must be a list")
    found = [_checked_entry(entry) for entry in entries]
    names = [(principal_of(entry)) for entry in found]
    if len(set(names)) < len(names):
        raise InvalidParameter("access_control_list names a principal twice")
    owners = [entry for entry in found if entry["permission_level"] == "IS_OWNER"]
    if len(owners) != 1:
        raise InvalidParameter("The job must have exactly one owner.")
    if "group_name" in owners[0]:
        raise InvalidParameter("A group cannot be the owner of a job.")
    return found


def _checked_entry(entry: Any) -> Json:
    if not isinstance(entry, Mapping) or sum(name in entry for name in PRINCIPALS) != 1:
        raise InvalidParameter(f"an entry of access_control_list must have one of {', '.join(PRINCIPALS)}")
    if entry.get("permission_level") not in LEVELS:
        raise InvalidParameter(f"permission_level must be one of {', '.join(LEVELS)}")
    name = next(name for name in PRINCIPALS if name in entry)
    return {name: entry[name], "permission_level": entry["permission_level"]}


def principal_of(entry: Mapping[str, Any]) -> tuple[str, str]:
    """The kind and name of the principal that an entry is for."""
    return next((name, str(entry[name])) for name in PRINCIPALS if name in entry)


def merged(present: Iterable[Json], changed: Iterable[Json]) -> list[Json]:
    """The list after a PATCH: an entry that was sent replaces that of its principal."""
    entries = {principal_of(entry): entry for entry in present}
    return list((entries | {principal_of(entry): entry for entry in changed}).values())


def require(level: str, rights: Iterable[Json], caller: str, what: str) -> None:
    """Raises PermissionDenied unless the caller has this level or a higher one."""
    if not allows(level, rights, caller):
        raise PermissionDenied(f"User {caller} does not have {level} permissions on {what}.")


def allows(level: str, rights: Iterable[Json], caller: str) -> bool:
    """Whether the caller has this level or a higher one; everybody is in the group users."""
    mine = {*principal_entry(caller).items(), ("group_name", "users")}
    held = [LEVELS.index(entry["permission_level"]) for entry in rights if principal_of(entry) in mine]
    return bool(held) and max(held) >= LEVELS.index(level)


def view(job_id: int, rights: Iterable[Json]) -> Json:
    """The list as the permissions API answers it."""
    return {
        "object_id": f"/jobs/{job_id}",
        "object_type": "job",
        "access_control_list": [_entry_view(entry) for entry in rights],
    }


def _entry_view(entry: Json) -> Json:
    kind, name = principal_of(entry)
    level = {"permission_level": entry["permission_level"], "inherited": False}
    return {kind: name, "display_name": name, "all_permissions": [level]}
