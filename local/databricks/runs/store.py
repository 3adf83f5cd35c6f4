"""The runs, kept in SQLite so that killing the server at any moment loses none of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from local.databricks.runs.records import ATTEMPTS_PER_RUN, AttemptRecord, Phase, Result, RunRecord

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
  number INTEGER PRIMARY KEY AUTOINCREMENT, job_id INTEGER NOT NULL, token TEXT UNIQUE,
  submitter TEXT NOT NULL DEFAULT '',
  parameters TEXT NOT NULL, phase TEXT NOT NULL, result TEXT, code TEXT, message TEXT NOT NULL DEFAULT '',
  is_cancel_requested INTEGER NOT NULL DEFAULT 0, submitted_ms INTEGER NOT NULL,
  started_ms INTEGER NOT NULL DEFAULT 0, ended_ms INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS attempts (
  run_id INTEGER NOT NULL, number INTEGER NOT NULL, phase TEXT NOT NULL, result TEXT, code TEXT,
  message TEXT NOT NULL DEFAULT '', pid INTEGER, birth TEXT, started_ms INTEGER NOT NULL,
  executed_ms INTEGER NOT NULL DEFAULT 0, published_ms INTEGER NOT NULL DEFAULT 0,
  ended_ms INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (run_id, number));
"""
_RUN_COLUMNS = {item.name for item in fields(RunRecord)}
_ATTEMPT_COLUMNS = {item.name for item in fields(AttemptRecord)}
_OPEN = f"phase NOT IN ('{Phase.TERMINATED}', '{Phase.INTERNAL_ERROR}')"


class RunStore:
    """Runs and attempts by id; every method commits before it returns.

    `clock_ms` gives Unix milliseconds.
    """

    def __init__(self, path: Path, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)
        if "submitter" not in {row["name"] for row in self._db.execute("PRAGMA table_info(runs)")}:
            self._db.execute("ALTER TABLE runs ADD COLUMN submitter TEXT NOT NULL DEFAULT ''")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def submit(
        self, job_id: int, parameters: dict[str, str], token: str | None, submitter: str = ""
    ) -> RunRecord:
        """Record a new run; a token seen before names its run and starts nothing."""
        phase = Phase.QUEUED if self._has_open_run(job_id) else Phase.PENDING
        cursor = self._db.execute(
            "INSERT INTO runs (job_id, token, submitter, parameters, phase, submitted_ms) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (token) DO NOTHING",
            (job_id, token, submitter, json.dumps(parameters), phase, self._clock_ms()),
        )
        if cursor.rowcount == 1:
            return self.run((cursor.lastrowid or 0) * ATTEMPTS_PER_RUN)
        return self._runs("token = ?", token)[0]

    def run(self, run_id: int) -> RunRecord:
        """The run. Raises KeyError when there is none."""
        found = self._runs("number * ? = ?", ATTEMPTS_PER_RUN, run_id)
        if not found:
            raise KeyError(run_id)
        return found[0]

    def runs(self) -> list[RunRecord]:
        """All runs, newest first."""
        return self._runs("TRUE")[::-1]

    def open_runs(self) -> list[RunRecord]:
        """The runs that are not over, oldest first."""
        return self._runs(_OPEN)

    def update_run(self, run_id: int, **changes: Any) -> RunRecord:
        """Change columns of a run and return it as it is now."""
        self._update("runs", changes, _RUN_COLUMNS, f"number * {ATTEMPTS_PER_RUN} = ?", run_id)
        return self.run(run_id)

    def attempts(self, run_id: int) -> list[AttemptRecord]:
        """The attempts of a run, first one first."""
        rows = self._db.execute("SELECT * FROM attempts WHERE run_id = ? ORDER BY number", (run_id,))
        return [_attempt(row) for row in rows]

    def begin_attempt(self, run_id: int) -> AttemptRecord:
        """Record the next attempt of a run, in phase STAGING."""
        number = len(self.attempts(run_id))
        self._db.execute(
            "INSERT INTO attempts (run_id, number, phase, started_ms) VALUES (?, ?, ?, ?)",
            (run_id, number, Phase.STAGING, self._clock_ms()),
        )
        return self.attempts(run_id)[-1]

    def update_attempt(self, attempt: AttemptRecord, **changes: Any) -> AttemptRecord:
        """Change columns of an attempt and return it as it is now."""
        where = "run_id = ? AND number = ?"
        self._update("attempts", changes, _ATTEMPT_COLUMNS, where, attempt.run_id, attempt.number)
        return self.attempts(attempt.run_id)[attempt.number]

    def _has_open_run(self, job_id: int) -> bool:
        return bool(self._runs(f"job_id = ? AND {_OPEN}", job_id))

    def _runs(self, where: str, *values: object) -> list[RunRecord]:
        rows = self._db.execute(f"SELECT * FROM runs WHERE {where} ORDER BY number", values)  # noqa: S608
        return [_run(row) for row in rows]

    def _update(self, table: str, changes: dict[str, Any], known: set[str], where: str, *key: int) -> None:
        if not changes.keys() <= known:
            raise ValueError(f"unknown columns: {sorted(changes.keys() - known)}")
        columns = ", ".join(f"{name} = ?" for name in changes)
        statement = f"UPDATE {table} SET {columns} WHERE {where}"  # noqa: S608 (names checked above)
        self._db.execute(statement, (*changes.values(), *key))


def _run(row: sqlite3.Row) -> RunRecord:
    return RunRecord(
        run_id=row["number"] * ATTEMPTS_PER_RUN,
        job_id=row["job_id"],
        token=row["token"],
        submitter=row["submitter"],
        parameters=json.loads(row["parameters"]),
        phase=Phase(row["phase"]),
        result=Result(row["result"]) if row["result"] else None,
        code=row["code"],
        message=row["message"],
        is_cancel_requested=bool(row["is_cancel_requested"]),
        submitted_ms=row["submitted_ms"],
        started_ms=row["started_ms"],
        ended_ms=row["ended_ms"],
    )


def _attempt(row: sqlite3.Row) -> AttemptRecord:
    values = dict(row)
    values["phase"] = Phase(row["phase"])
    values["result"] = Result(row["result"]) if row["result"] else None
    return AttemptRecord(**values)
