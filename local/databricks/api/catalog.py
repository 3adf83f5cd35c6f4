"""The API of Unity Catalog over the metastore."""

from __future__ import annotations

from local.databricks.api import requests
from local.databricks.api.calls import Action, Call, Endpoints
from local.databricks.errors import DoesNotExist
from local.databricks.workspace.database import Json
from local.databricks.workspace.metastore import KINDS, SECURABLES, Metastore

_ROOT = "2.1/unity-catalog"


def endpoints(metastore: Metastore) -> Endpoints:
    """Create, read, change and delete objects of each kind; read and change what is granted on them."""
    found = [item for kind in KINDS for item in _of_kind(metastore, kind)]
    path = f"{_ROOT}/permissions/{{type}}/{{name}}"
    return [*found, ("GET", path, _grants(metastore)), ("PATCH", path, _grant(metastore))]


def _of_kind(metastore: Metastore, kind: str) -> Endpoints:
    def create(call: Call) -> Json:
        return metastore.create(kind, call.document, call.caller)

    def get(call: Call) -> Json:
        return metastore.get(kind, call.path["name"])

    def update(call: Call) -> Json:
        return metastore.update(kind, call.path["name"], call.document, call.caller)

    def delete(call: Call) -> Json:
        metastore.delete(kind, call.path["name"], force=requests.flag(call.query, "force"))
        return {}

    one = f"{_ROOT}/{kind}/{{name}}"
    return [
        ("POST", f"{_ROOT}/{kind}", create),
        ("GET", one, get),
        ("PATCH", one, update),
        ("DELETE", one, delete),
    ]


def _grants(metastore: Metastore) -> Action:
    return lambda call: metastore.grants(_kind(call), call.path["name"])


def _grant(metastore: Metastore) -> Action:
    return lambda call: metastore.grant(_kind(call), call.path["name"], call.document.get("changes"))


def _kind(call: Call) -> str:
    """The kind of object that a type of securable stands for."""
    word = call.path["type"].lower()
    if word not in SECURABLES:
        raise DoesNotExist(f"securable type {word} is none of {', '.join(SECURABLES)}")
    return SECURABLES[word]
