"""Manifests: what a stage wrote for the next one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

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


class TableSnapshot(BaseModel):
    """One published table of a stage."""

    model_config = ConfigDict(frozen=True, extra="allow")

    snapshot: str
    path: str
    rows: int


class StageManifest(Message):
    """What a Spark job published; written by the job, last."""

    model_config = ConfigDict(frozen=True, extra="allow")

    stage: Literal["silver", "gold"]
    run_id: str
    created_at: datetime
    seconds: float
    tables: Mapping[str, TableSnapshot]
    counts: Mapping[str, int]
    metrics: Mapping[str, Any] = Field(default_factory=dict)
