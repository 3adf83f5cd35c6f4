"""The objective of scheduled runs, and its error budget."""

from __future__ import annotations

from datetime import timedelta

from shared.alerting.objective import objective
from shared.runs.state import RunState
from tests.builders.runs import NOW, hours_ago

LIMIT, FRESHNESS = timedelta(hours=2), timedelta(hours=6)


def scheduled(hours: float, state: str = "completed", **values: object) -> RunState:
    """A run of the timer."""
    return hours_ago(hours, state, trigger="timer", **values)  # type: ignore[arg-type]


def test_all_in_time_leaves_the_whole_budget() -> None:
    """Of 200 runs one may fail; none did, and the tables are fresh for six hours from the last end."""
    found = objective([scheduled(n) for n in range(200, 0, -1)], NOW, LIMIT, FRESHNESS)
    assert (found.runs, found.kept, found.share) == (200, 200, 1.0)
    assert (found.budget_runs, found.budget_left) == (1.0, 1.0)
    assert found.is_fresh and found.fresh_until is not None and found.fresh_until > NOW


def test_a_failed_and_a_late_run_spend_the_budget() -> None:
    """Late is beyond the limit; what people started or cancelled counts for nothing."""
    runs = [scheduled(n) for n in range(200, 2, -1)]
    late = scheduled(9, took_min=121)
    found = objective([*runs, late], NOW, LIMIT, FRESHNESS)
    assert (found.runs, found.kept) == (199, 198)
    assert found.budget_left is not None and -0.01 < found.budget_left < 0
    others = [hours_ago(2, "failed", trigger="http"), scheduled(1, "cancelled")]
    assert objective([*runs, *others], NOW, LIMIT, FRESHNESS).budget_left == 1.0
    assert objective([*runs, late, scheduled(1, "failed")], NOW, LIMIT, FRESHNESS).kept == 198


def test_without_runs_nothing_is_said() -> None:
    """No share, no budget, and tables that are not there are not fresh; old ones are not either."""
    found = objective([], NOW, LIMIT, FRESHNESS)
    assert (found.share, found.budget_left, found.fresh_until, found.is_fresh) == (None, None, None, False)
    assert not objective([scheduled(9)], NOW, LIMIT, FRESHNESS).is_fresh
