"""Unity Catalog: catalogs, schemas, volumes and external locations, as strict as a metastore of Databricks.

A child needs its parent, an address needs an external location above it, two addresses may not overlap, and slashes
at the end of an address are not kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.databricks.errors import AlreadyExists, DoesNotExist, InvalidParameter
from local.databricks.workspace.database import Documents, Json


@dataclass(frozen=True)
class Kind:
    """A kind of object: its word in errors, its required fields, the one that holds an address, what it lies in.

    `parents` are the fields that name, from the outside in, what the object lies in.
    """

    word: str
    required: tuple[str, ...]
    address: str
    parents: tuple[str, ...] = ()
    defaults: tuple[tuple[str, Any], ...] = ()

    def full_name(self, body: Mapping[str, Any]) -> str:
        """The object's name with those of its parents before it."""
        return ".".join(str(body[name]) for name in (*self.parents, "name"))


KINDS = {
    "catalogs": Kind(
        "CATALOG", ("name",), "storage_root",
        defaults=(("catalog_type", "MANAGED_CATALOG"), ("isolation_mode", "OPEN")),
    ),
    "schemas": Kind("SCHEMA", ("name", "catalog_name"), "storage_root", ("catalog_name",)),
    "volumes": Kind(
        "VOLUME", ("name", "catalog_name", "schema_name", "volume_type"), "storage_location",
        ("catalog_name", "schema_name"),
    ),
    # A metastore turns file events on unless it is told not to.
    "external-locations": Kind(
        "EXTERNAL_LOCATION", ("name", "url", "credential_name"), "url",
        defaults=(("read_only", False), ("fallback", False), ("enable_file_events", True)),
    ),
}  # fmt: skip
SECURABLES = {
    "catalog": "catalogs",
    "schema": "schemas",
    "volume": "volumes",
    "external_location": "external-locations",
}
_NOT_KEPT = ("skip_validation", "force", "new_name")


class Metastore:
    """The objects by kind and full name. `clock_ms` gives Unix milliseconds."""

    def __init__(self, database: sqlite3.Connection, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._objects = {kind: Documents(database, kind) for kind in KINDS}
        self._grants = Documents(database, "grants")

    def create(self, kind: str, sent: Mapping[str, Any], caller: str) -> Json:
        """Keep a new object and return it. Raises InvalidParameter, DoesNotExist, AlreadyExists."""
        rules = KINDS[kind]
        missing = [name for name in rules.required if not isinstance(sent.get(name), str) or not sent[name]]
        if missing:
            raise InvalidParameter(f"{rules.word} needs {', '.join(missing)}")
        body = _kept(rules, sent)
        name = rules.full_name(body)
        self._check_parents(rules, body)
        if self._objects[kind].get(name) is not None:
            raise AlreadyExists(f"{rules.word} '{name}' already exists", f"{rules.word}_ALREADY_EXISTS")
        self._check_address(kind, name, body)
        now_ms = self._clock_ms()
        made = {"owner": caller, "created_by": caller, "created_at": now_ms, "full_name": name}
        found = {**dict(rules.defaults), **made, **body, "updated_by": caller, "updated_at": now_ms}
        self._objects[kind].put(name, found)
        return found

    def get(self, kind: str, name: str) -> Json:
        """An object. Raises DoesNotExist."""
        found = self._objects[kind].get(name)
        if found is None:
            word = KINDS[kind].word
            raise DoesNotExist(f"{word} '{name}' does not exist.", f"{word}_DOES_NOT_EXIST")
        return found

    def update(self, kind: str, name: str, sent: Mapping[str, Any], caller: str) -> Json:
        """Change fields of an object and return it. Its name and what it lies in stay; InvalidParameter otherwise."""
        rules, present = KINDS[kind], self.get(kind, name)
        changed = _kept(rules, sent)
        fixed = [
            item for item in ("name", *rules.parents) if changed.get(item, present[item]) != present[item]
        ]
        if sent.get("new_name") not in (None, "", present["name"]):
            fixed.append("name")
        if fixed:
            raise InvalidParameter(f"{rules.word} '{name}' keeps its {', '.join(fixed)} here")
        body = {**present, **changed}
        self._check_address(kind, name, body)
        found = {**body, "updated_by": caller, "updated_at": self._clock_ms()}
        self._objects[kind].put(name, found)
        return found

    def delete(self, kind: str, name: str, *, force: bool) -> None:
        """Forget an object and its grants; with `force` all that lies in it too. InvalidParameter for a full one."""
        self.get(kind, name)
        inside = list(self._inside(kind, name))
        if inside and not force:
            word = KINDS[kind].word
            raise InvalidParameter(f"{word} '{name}' is not empty: {', '.join(full for _, full in inside)}")
        lost = inside if kind != "external-locations" else []
        for each_kind, each_name in [*lost, (kind, name)]:
            self._objects[each_kind].delete(each_name)
            self._grants.delete(f"{each_kind} {each_name}")

    def grants(self, kind: str, name: str) -> Json:
        """What is granted on an object, by principal. Raises DoesNotExist."""
        self.get(kind, name)
        held = self._grants.get(f"{kind} {name}") or {}
        return {
            "privilege_assignments": [
                {"principal": principal, "privileges": privileges} for principal, privileges in held.items()
            ]
        }

    def grant(self, kind: str, name: str, changes: Any) -> Json:
        """Add and remove privileges, and return what is granted then. Raises DoesNotExist, InvalidParameter.

        To remove ALL_PRIVILEGES removes every one that the principal has; what is added with it stays.
        """
        self.get(kind, name)
        held: dict[str, set[str]] = {
            key: set(value) for key, value in (self._grants.get(f"{kind} {name}") or {}).items()
        }
        for change in changes if isinstance(changes, list) else []:
            if not isinstance(change, Mapping) or not change.get("principal"):
                raise InvalidParameter("each of changes needs a principal")
            removed = {*(change.get("remove") or ())}
            before: set[str] = (
                set() if "ALL_PRIVILEGES" in removed else held.get(change["principal"], set()) - removed
            )
            held[change["principal"]] = before | {*(change.get("add") or ())}
        kept = {principal: sorted(privileges) for principal, privileges in held.items() if privileges}
        self._grants.put(f"{kind} {name}", kept)
        return self.grants(kind, name)

    def _check_parents(self, rules: Kind, body: Mapping[str, Any]) -> None:
        for depth, kind in enumerate(("catalogs", "schemas")[: len(rules.parents)], 1):
            self.get(kind, ".".join(str(body[name]) for name in rules.parents[:depth]))

    def _check_address(self, kind: str, name: str, body: Mapping[str, Any]) -> None:
        address = body.get(KINDS[kind].address)
        if not address:
            return
        for other_kind, other, taken in self._addresses():
            if (other_kind, other) != (kind, name) and _collide(kind, other_kind, str(address), taken):
                message = f"Input path {address} overlaps with {KINDS[other_kind].word} '{other}' at {taken}"
                raise InvalidParameter(message)
        locations = [
            taken for other_kind, _, taken in self._addresses() if other_kind == "external-locations"
        ]
        if kind != "external-locations" and not any(_lies_in(str(address), taken) for taken in locations):
            raise InvalidParameter(f"No external location is above {address}")

    def _addresses(self) -> Iterator[tuple[str, str, str]]:
        """Kind, full name and address of every object that has one."""
        for kind, rules in KINDS.items():
            for name, body in self._objects[kind].items():
                if body.get(rules.address):
                    yield kind, name, body[rules.address]

    def _inside(self, kind: str, name: str) -> Iterator[tuple[str, str]]:
        """What cannot be without an object: what lies in it, or at an address below that of a location."""
        if kind == "external-locations":
            url = self.get(kind, name)["url"]
            yield from (
                (other, full)
                for other, full, taken in self._addresses()
                if other != kind and _lies_in(taken, url)
            )
            return
        for other in KINDS if kind in ("catalogs", "schemas") else ():
            yield from (
                (other, full) for full, _ in self._objects[other].items() if full.startswith(f"{name}.")
            )


def _kept(rules: Kind, sent: Mapping[str, Any]) -> Json:
    """The fields of an object as the metastore keeps them."""
    body = {name: value for name, value in sent.items() if name not in _NOT_KEPT}
    if isinstance(body.get(rules.address), str):
        body[rules.address] = body[rules.address].rstrip("/")
    return body


def _lies_in(address: str, above: str) -> bool:
    return f"{address}/".startswith(f"{above}/")


def _collide(kind: str, other: str, address: str, taken: str) -> bool:
    """Whether two addresses may not be: locations in one another, or a volume in one another or in managed storage."""
    locations = [kind, other].count("external-locations")
    if locations == 1 or (locations == 0 and "volumes" not in (kind, other)):
        return False
    return _lies_in(address, taken) or _lies_in(taken, address)
