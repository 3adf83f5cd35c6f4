"""Where the time of a run went, from the timer to its report. Pure."""

from __future__ import annotations

from itertools import pairwise

from shared.runs.state import RunState

PARTS = ("plan", "ingest", "silver_trigger", "silver", "gold_trigger", "gold", "finish")
"""One after another, together the whole run. A trigger: from a stage's manifest to the start of the next job."""


def latency_s(state: RunState) -> dict[str, float]:
    """Seconds of each part that is over, in order; a run that ended early has fewer."""
    ingest, silver, gold = (state.stages[name] for name in ("ingest", "silver", "gold"))
    moments = [
        state.created_at,
        *(ingest.started_at, ingest.ended_at),
        *(silver.started_at, silver.ended_at),
        *(gold.started_at, gold.ended_at),
        state.ended_at,
    ]
    found: dict[str, float] = {}
    for part, (begun, ended) in zip(PARTS, pairwise(moments), strict=True):
        if begun is None or ended is None:
            break
        found[part] = max(0.0, (ended - begun).total_seconds())
    return found
