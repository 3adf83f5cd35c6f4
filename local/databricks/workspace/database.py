"""The one SQLite file of all that was deployed; every statement commits before it returns."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
  job_id INTEGER PRIMARY KEY AUTOINCREMENT, creator TEXT NOT NULL, created_ms INTEGER NOT NULL,
  settings TEXT NOT NULL, rights TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
  kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, name));
CREATE TABLE IF NOT EXISTS files (
  object_id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, content BLOB,
  modified_ms INTEGER NOT NULL);
"""


def open_database(path: Path) -> sqlite3.Connection:
    """The database at `path`, made if it is not there."""
    database = sqlite3.connect(path, isolation_level=None)
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA journal_mode=WAL")
    database.execute(
        "PRAGMA synchronous=NORMAL"
    )  # kept when the process dies; only the machine may lose the last
    database.executescript(_SCHEMA)
    return database


class Documents:
    """JSON objects of one kind by name."""

    def __init__(self, database: sqlite3.Connection, kind: str) -> None:
        self._db, self._kind = database, kind

    def get(self, name: str) -> Json | None:
        """The object of this name, None if there is none."""
        query = "SELECT body FROM documents WHERE kind = ? AND name = ?"
        row = self._db.execute(query, (self._kind, name)).fetchone()
        found: Json | None = json.loads(row["body"]) if row else None
        return found

    def put(self, name: str, body: Json) -> None:
        """Keep an object, in the place of one of this name."""
        statement = "INSERT OR REPLACE INTO documents (kind, name, body) VALUES (?, ?, ?)"
        self._db.execute(statement, (self._kind, name, json.dumps(body)))

    def delete(self, name: str) -> None:
        """Forget an object."""
        self._db.execute("DELETE FROM documents WHERE kind = ? AND name = ?", (self._kind, name))

    def items(self) -> Iterator[tuple[str, Json]]:
        """All objects by name, in the order of names."""
        query = "SELECT name, body FROM documents WHERE kind = ? ORDER BY name"
        for row in self._db.execute(query, (self._kind,)).fetchall():
            yield row["name"], json.loads(row["body"])
