"""What the lake held, night by night, and how much a run adds. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.runs.state import RunState

KEPT = 60
"""Nights that are remembered."""


class Measurement(BaseModel):
    """Bytes by area: raw, control, metrics, gold_files, silver_tables, gold_tables."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    at: datetime
    areas: dict[str, int]

    @property
    def total_bytes(self) -> int:
        """All of it."""
        return sum(self.areas.values())


class StorageBook(BaseModel):
    """What `control/storage.json` holds, the oldest night first; and the bytes of each day's raw folder."""

    model_config = ConfigDict(extra="ignore")

    measured: tuple[Measurement, ...] = ()
    raw_days: dict[str, int] = {}

    @property
    def newest(self) -> Measurement | None:
        """What was measured last."""
        return self.measured[-1] if self.measured else None


def growth_per_run(book: StorageBook, ended: Iterable[RunState]) -> float | None:
    """Bytes that a run added on the whole, between the last two nights; None without both, or without a run."""
    if len(book.measured) < 2:
        return None
    before, after = book.measured[-2:]
    runs = sum(1 for run in ended if run.ended_at and before.at < run.ended_at <= after.at)
    return (after.total_bytes - before.total_bytes) / runs if runs else None
