"""What the mirror knows of each file: the blob's etag, and the file's size and time when it was equal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """CREATE TABLE IF NOT EXISTS files (
  area TEXT NOT NULL, name TEXT NOT NULL, etag TEXT NOT NULL, size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL, PRIMARY KEY (area, name)) WITHOUT ROWID"""


@dataclass(frozen=True)
class IndexEntry:
    """A file that was equal to its blob."""

    etag: str
    size_bytes: int
    mtime_ns: int

    def matches(self, file: Path) -> bool:
        """Whether the file is there and was not written since."""
        try:
            stat = file.stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return (stat.st_size, stat.st_mtime_ns) == (self.size_bytes, self.mtime_ns)

    @classmethod
    def of(cls, file: Path, etag: str) -> IndexEntry:
        """The entry of a file that now equals the blob with this etag."""
        stat = file.stat()
        return cls(etag, stat.st_size, stat.st_mtime_ns)


class MirrorIndex:
    """Index entries by area and name within it, in SQLite. Each method commits."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def entries(self, area: str) -> dict[str, IndexEntry]:
        """All entries of an area by name."""
        query = "SELECT name, etag, size_bytes, mtime_ns FROM files WHERE area = ?"
        return {name: IndexEntry(*rest) for name, *rest in self._db.execute(query, (area,))}

    def put(self, area: str, entries: Iterable[tuple[str, IndexEntry]]) -> None:
        """Add or replace entries in one transaction."""
        rows = [(area, name, item.etag, item.size_bytes, item.mtime_ns) for name, item in entries]
        self._write("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", rows)

    def drop(self, area: str, names: Iterable[str]) -> None:
        """Remove entries in one transaction."""
        rows = [(area, name) for name in names]
        self._write("DELETE FROM files WHERE area = ? AND name = ?", rows)

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(statement, rows)
        self._db.execute("COMMIT")
