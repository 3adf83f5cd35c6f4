"""Statuses of a run, as `GET /api/runs/{run_id}` gives them."""

from __future__ import annotations

from typing import Any

RUN_ID = "20261120T063000Z-7f3a"


def progress(**counts: int) -> dict[str, int]:
    """Counts of a source, 0 where not given."""
    names = (
        "tasks", "done", "failed", "records", "listed", "requests", "retries", "throttled", "size_bytes",
        "saved_requests",
    )  # fmt: skip
    return {**dict.fromkeys(names, 0), **counts}


def status(state: str, **changes: Any) -> dict[str, Any]:
    """A run in `state` that has just been planned, but for `changes`."""
    return {
        "run_id": RUN_ID,
        "state": state,
        "mode": "full",
        "trigger": "http",
        "created_at": "2026-11-20T06:30:00Z",
        "updated_at": "2026-11-20T06:30:00Z",
        "ended_at": None,
        "reason": None,
        "overdue": False,
        "progress": {"tmdb": progress(), "discogs": progress()},
        "stages": {"ingest": {"started_at": "2026-11-20T06:30:00Z", "ended_at": None}},
        "counts": {},
        "failures": [],
        **changes,
    }


def ingesting() -> dict[str, Any]:
    """A run in the middle of ingestion."""
    tmdb = progress(tasks=400, done=210, failed=2, records=3796, listed=3800, requests=4000, retries=3)
    discogs = progress(tasks=12, done=5, records=500, requests=5)
    return status("ingesting", progress={"tmdb": tmdb, "discogs": discogs})


def completed() -> dict[str, Any]:
    """A run that went well, but for one task."""
    tmdb = progress(tasks=400, done=399, failed=1, records=3796, requests=4000, retries=3, throttled=2)
    discogs = progress(tasks=12, done=12, records=1167, requests=13, retries=1)
    stages = {
        "ingest": {"started_at": "2026-11-20T06:30:00Z", "ended_at": "2026-11-20T06:31:40.5Z"},
        "silver": {"started_at": "2026-11-20T06:31:41Z", "ended_at": "2026-11-20T06:31:59+00:00"},
        "gold": {"started_at": "2026-11-20T06:32:00Z", "ended_at": "2026-11-20T06:32:20Z"},
    }
    counts = {
        "bronze_tmdb": 3796, "bronze_discogs": 1167, "silver_movies": 3796, "silver_releases": 1167,
        "quarantined": 0, "candidates": 9000, "matches": 700,
    }  # fmt: skip
    return status("completed", progress={"tmdb": tmdb, "discogs": discogs}, stages=stages, counts=counts)
