"""Runs that ended, for tests of alerts, notices and retention."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.runs.state import RunState

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def run_at(begun: datetime, state: str = "completed", took_min: float = 30, **values: Any) -> RunState:
    """A run that began then and took so long; an active one has not ended."""
    ended = None if state in ("ingesting", "silver", "gold") else begun + timedelta(minutes=took_min)
    return RunState(
        run_id=f"{begun:%Y%m%dT%H%M%SZ}-0000",
        state=state,  # type: ignore[arg-type]  # names of states
        ingest_date=begun.date(),
        created_at=begun,
        updated_at=ended or begun,
        ended_at=ended,
        **values,
    )


def hours_ago(hours: float, state: str = "completed", **values: Any) -> RunState:
    """A run that began so long before NOW."""
    return run_at(NOW - timedelta(hours=hours), state, **values)
