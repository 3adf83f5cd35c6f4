"""Manifests: what a stage wrote for the next one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.messages.base import Message, Mode, Source


class RawSlice(BaseModel):
    """What one kind of task landed in a run."""

    model_config = ConfigDict(frozen=True)

    source: Source
    kind: str
    prefix: str
    blobs: int
    records: int
    bytes: int


class TaskFailure(BaseModel):
    """A task that ended without landing."""

    model_config = ConfigDict(frozen=True)

    task_id: str
    source: Source
    kind: str
    reason: str


class RunManifest(Message):
    """What a run landed in bronze; the input of the silver job."""

    stage: Literal["bronze"] = "bronze"
    run_id: str
    mode: Mode
    created_at: datetime
    ingest_date: date
    raw: tuple[RawSlice, ...]
    counts: Mapping[str, int]
    tasks: int
    failed: int
    failures: tuple[TaskFailure, ...] = ()


class DumpManifest(Message):
    """What the bulk job landed of Discogs' dump; nothing where a run before it has read the same file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stage: Literal["bulk"] = "bulk"
    run_id: str
    raw: tuple[RawSlice, ...]
    counts: Mapping[str, int]
    note: str | None = None


class TableVersion(BaseModel):
    """One published table of a stage: its name and the Delta version that the stage left."""

    model_config = ConfigDict(frozen=True, extra="allow")

    table: str = Field(description="Schema and name, such as silver.movies")
    version: int | None = Field(description="Delta version; null for runs before tables were Delta tables")
    rows: int


class StageManifest(Message):
    """What a Spark job published; written by the job, last."""

    model_config = ConfigDict(frozen=True, extra="allow")

    stage: Literal["silver", "gold"]
    run_id: str
    created_at: datetime
    seconds: float
    tables: Mapping[str, TableVersion]
    counts: Mapping[str, int]
    metrics: Mapping[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _name_tables(cls, value: Any) -> Any:
        """Manifests of runs before tables were Delta tables name a snapshot of each, and no version."""
        if not isinstance(value, dict) or not isinstance(value.get("tables"), dict):
            return value
        tables = {
            name: {"table": f"{value.get('stage')}.{name}", "version": None, **entry}
            if isinstance(entry, dict) and "snapshot" in entry
            else entry
            for name, entry in value["tables"].items()
        }
        return {**value, "tables": tables}


class TableSet(Message):
    """The tables of a stage that are current, as one run left them (`control/tables/STAGE.json`): whose they are."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    run_id: str
    previous: TableSet | None = None

    @property
    def run_ids(self) -> tuple[str, ...]:
        """The run that published the set, and the one before it."""
        return (self.run_id, *((self.previous.run_id,) if self.previous else ()))
