"""One deployment at a time: a file in the bundle's folder that only one deployer can make."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from local.bundle.errors import BundleError
from local.bundle.remote.workspace import Workspace


@contextmanager
def locked(workspace: Workspace, folder: str, user: str) -> Iterator[None]:
    """Hold the lock of a deployment's state. Raises BundleError while somebody else does."""
    path = f"{folder}/deploy.lock"
    taken = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    mark = {"ID": str(uuid.uuid4()), "AcquisitionTime": taken, "IsForced": False, "User": user}
    content = json.dumps(mark).encode()
    status = workspace.write(path, content, overwrite=False)
    if status == httpx.codes.NOT_FOUND:
        workspace.make_folder(folder)
        status = workspace.write(path, content, overwrite=False)
    if status != httpx.codes.OK or not _is_mine(workspace, path, mark["ID"]):
        raise BundleError(f"deploy lock acquired by {_holder(workspace, path)}: wait, or delete {path}")
    try:
        yield
    finally:
        if workspace.has(path) and _is_mine(workspace, path, mark["ID"]):
            workspace.delete(path)


def _is_mine(workspace: Workspace, path: str, mark: object) -> bool:
    return workspace.has(path) and bool(json.loads(workspace.read(path))["ID"] == mark)


def _holder(workspace: Workspace, path: str) -> str:
    return (
        str(json.loads(workspace.read(path))["User"])
        if workspace.has(path)
        else "somebody who just gave it back"
    )
