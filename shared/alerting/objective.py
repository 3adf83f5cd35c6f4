"""The objective of scheduled runs, and how much of its error budget is spent: pure figures over the history.

99.5 % of the scheduled runs complete in time. What may fail of so many runs is the budget; a run that did not complete,
or took too long, spends one of it. A run that somebody cancelled, and one that somebody started, say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.runs.state import RunState

TARGET = 0.995
SCHEDULED = "timer"


@dataclass(frozen=True)
class Objective:
    """How the scheduled runs of the history did.

    Attributes:
        runs: scheduled runs that count.
        kept: those of them that completed in time.
        share: kept by runs; None without runs.
        budget_runs: how many of so many runs may fail.
        budget_left: share of the budget that is left, under 0 when it is overspent; None without runs.
        fresh_until: when the tables become too old; None when no run ever completed.
        is_fresh: whether they are young enough.
    """

    runs: int
    kept: int
    share: float | None
    budget_runs: float
    budget_left: float | None
    fresh_until: datetime | None
    is_fresh: bool


def objective(
    ended: Sequence[RunState], now: datetime, run_limit: timedelta, freshness: timedelta
) -> Objective:
    """The objective over runs that ended, oldest first.

    Args:
        ended: the history.
        now: the time, in UTC.
        run_limit: how long a run may take.
        freshness: how old the newest tables may be.
    """
    counted = [run for run in ended if run.trigger == SCHEDULED and run.state != "cancelled"]
    kept = sum(_is_in_time(run, run_limit) for run in counted)
    budget = (1 - TARGET) * len(counted)
    completed = [run.ended_at for run in ended if run.state == "completed" and run.ended_at]
    fresh_until = max(completed) + freshness if completed else None
    return Objective(
        runs=len(counted),
        kept=kept,
        share=kept / len(counted) if counted else None,
        budget_runs=round(budget, 3),
        budget_left=round(1 - (len(counted) - kept) / budget, 3) if counted else None,
        fresh_until=fresh_until,
        is_fresh=fresh_until is not None and now <= fresh_until,
    )


def _is_in_time(run: RunState, limit: timedelta) -> bool:
    return run.state == "completed" and (run.ended_at or run.updated_at) - run.created_at <= limit
