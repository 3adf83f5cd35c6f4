"""Jobs as they were deployed, by id; an id is never given twice."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from local.databricks.workspace.database import Json


@dataclass(frozen=True)
class DeployedJob:
    """A job: its settings as they were sent, who made it when, and its access control list."""

    job_id: int
    creator: str
    created_ms: int
    settings: Json
    rights: list[Json]

    @property
    def name(self) -> str:
        """The job's name; others may have the same."""
        return str(self.settings.get("name") or "Untitled")


class DeployedJobs:
    """The jobs of a workspace. `clock_ms` gives Unix milliseconds."""

    def __init__(self, database: sqlite3.Connection, clock_ms: Callable[[], int]) -> None:
        self._db, self._clock_ms = database, clock_ms

    def create(self, settings: Json, creator: str, rights: list[Json]) -> int:
        """Keep a new job and return its id."""
        cursor = self._db.execute(
            "INSERT INTO jobs (creator, created_ms, settings, rights) VALUES (?, ?, ?, ?)",
            (creator, self._clock_ms(), json.dumps(settings), json.dumps(rights)),
        )
        return int(cursor.lastrowid or 0)

    def get(self, job_id: int) -> DeployedJob | None:
        """The job with this id, None if there is none."""
        row = self._db.execute("SELECT * FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
        return _job(row) if row else None

    def all(self) -> list[DeployedJob]:
        """All jobs, oldest first."""
        return [_job(row) for row in self._db.execute("SELECT * FROM jobs ORDER BY job_id").fetchall()]

    def reset(self, job_id: int, settings: Json) -> None:
        """Put other settings in the place of a job's."""
        self._db.execute("UPDATE jobs SET settings = ? WHERE job_id = ?", (json.dumps(settings), job_id))

    def set_rights(self, job_id: int, rights: list[Json]) -> None:
        """Put another access control list in the place of a job's."""
        self._db.execute("UPDATE jobs SET rights = ? WHERE job_id = ?", (json.dumps(rights), job_id))

    def delete(self, job_id: int) -> None:
        """Forget a job."""
        self._db.execute("DELETE FROM jobs WHERE job_id = ?", (job_id,))


def _job(row: sqlite3.Row) -> DeployedJob:
    values = {**dict(row), "settings": json.loads(row["settings"]), "rights": json.loads(row["rights"])}
    return DeployedJob(**values)
