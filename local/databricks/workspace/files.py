"""Workspace files and folders by path. `/Workspace/Users/me/x` and `/Users/me/x` are the same file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from local.databricks.errors import AlreadyExists, DoesNotExist, InvalidParameter
from local.databricks.workspace.database import Json

_PREFIX = "/Workspace"


class WorkspaceFiles:
    """Files, and folders for them, which exist only when they were made. `clock_ms` gives Unix milliseconds."""

    def __init__(
        self, database: sqlite3.Connection, clock_ms: Callable[[], int], callers: Iterable[str]
    ) -> None:
        self._db, self._clock_ms = database, clock_ms
        for folder in ("/", "/Shared", *(f"/Users/{caller}" for caller in callers)):
            self.make_folders(folder)

    def status(self, path: str) -> Json:
        """What there is at a path. Raises DoesNotExist."""
        row = self._row(path)
        kind = "DIRECTORY" if row["content"] is None else "FILE"
        status: Json = {"object_type": kind, "path": _shown(path), "object_id": row["object_id"]}
        if kind == "FILE":
            size = len(row["content"])
            status |= {"size": size, "created_at": row["modified_ms"], "modified_at": row["modified_ms"]}
        return status

    def read(self, path: str) -> bytes:
        """The bytes of a file. Raises DoesNotExist, or InvalidParameter for a folder."""
        content: bytes | None = self._row(path)["content"]
        if content is None:
            raise InvalidParameter(f"{_shown(path)} is a directory")
        return content

    def write(self, path: str, content: bytes, *, overwrite: bool) -> None:
        """Keep a file. Raises DoesNotExist without its folder, AlreadyExists where it may not replace one."""
        name = _normal(path)
        parent = self._find(str(PurePosixPath(name).parent))
        if parent is None or parent["content"] is not None:
            raise DoesNotExist(
                f"The parent folder ({_shown(str(PurePosixPath(name).parent))}) does not exist."
            )
        present = self._find(name)
        if present is not None and (present["content"] is None or not overwrite):
            raise AlreadyExists(f"Path ({_shown(name)}) already exists.")
        self._insert(name, content)

    def make_folders(self, path: str) -> None:
        """Make a folder and those above it. Raises AlreadyExists where one of them is a file."""
        name = PurePosixPath(_normal(path))
        for folder in map(str, [*reversed(name.parents), name]):
            row = self._find(folder)
            if row is None:
                self._insert(folder, None)
            elif row["content"] is not None:
                raise AlreadyExists(f"Path ({_shown(folder)}) already exists.")

    def delete(self, path: str, *, recursive: bool) -> None:
        """Forget a file or folder. Raises DoesNotExist, or InvalidParameter for a full folder unless `recursive`."""
        self._row(path)
        name = _normal(path)
        pattern = (name.rstrip("/") + "/").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        below = r"path LIKE ? ESCAPE '\' AND path <> '/'"
        found = self._db.execute(f"SELECT 1 FROM files WHERE {below}", (pattern,)).fetchone()  # noqa: S608
        if found and not recursive:
            raise InvalidParameter(f"Folder ({_shown(path)}) is not empty", "DIRECTORY_NOT_EMPTY")
        self._db.execute(f"DELETE FROM files WHERE path = ? OR {below}", (name, pattern))  # noqa: S608

    def _row(self, path: str) -> sqlite3.Row:
        row = self._find(_normal(path))
        if row is None:
            raise DoesNotExist(f"Path ({_shown(path)}) doesn't exist.")
        return row

    def _find(self, name: str) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._db.execute("SELECT * FROM files WHERE path = ?", (name,)).fetchone()
        return found

    def _insert(self, name: str, content: bytes | None) -> None:
        self._db.execute(
            "INSERT INTO files (path, content, modified_ms) VALUES (?, ?, ?) "
            "ON CONFLICT (path) DO UPDATE SET content = excluded.content, modified_ms = excluded.modified_ms",
            (name, content, self._clock_ms()),
        )


def _normal(path: str) -> str:
    """The path from the root of the workspace. Raises InvalidParameter for one that is none."""
    name = "/" + path.strip("/")
    if name == _PREFIX or name.startswith(f"{_PREFIX}/"):
        name = name.removeprefix(_PREFIX) or "/"
    if not path or any(part in ("", ".", "..") for part in name.split("/")[1:] if name != "/"):
        raise InvalidParameter(f"Path ({path}) is no absolute path of the workspace")
    return name


def _shown(path: str) -> str:
    return f"{_PREFIX}{_normal(path)}".rstrip("/")
