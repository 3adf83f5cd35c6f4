"""Changes of a run's state that people hear of: each is written once, then reported."""

from __future__ import annotations

import logging
from collections.abc import Callable

from shared.alerting.alerter import Alerter
from shared.orchestration.reporting import Reporter
from shared.runs.state import RunState, State
from shared.runs.store import RunStore

log = logging.getLogger(__name__)


class Outcome:
    """Moves runs from state to state, and tells telemetry and people."""

    def __init__(self, runs: RunStore, reporter: Reporter, alerter: Alerter) -> None:
        self._runs = runs
        self._reporter = reporter
        self._alerter = alerter

    async def change(self, run_id: str, change: Callable[[RunState], bool]) -> RunState | None:
        """As `RunStore.change`, reported as an event when something changed."""
        state = await self._runs.change(run_id, change)
        if state is not None:
            self._reporter.state(state)
        return state

    async def complete(self, run_id: str) -> RunState | None:
        """End a run well; None when it had ended before."""
        ended = await self._end(run_id, "completed", None)
        # Also when it had ended: whoever ended it may have died before it was remembered.
        state = ended or await self._runs.get(run_id)
        last = await self._runs.last_completed()
        if state.state == "completed" and (last is None or last.run_id < run_id):
            await self._runs.keep_as_last_completed(state)
        return ended

    async def fail(self, run_id: str, reason: str) -> RunState | None:
        """End a run with the reason why it failed; None when it had ended before."""
        log.error("run %s failed: %s", run_id, reason)
        return await self._end(run_id, "failed", reason)

    async def cancel(self, run_id: str, reason: str) -> RunState | None:
        """End a run because somebody wants it; None when it had ended before."""
        return await self._end(run_id, "cancelled", reason)

    def report(self, state: RunState) -> None:
        """Send the event of a run's state."""
        self._reporter.state(state)

    async def _end(self, run_id: str, outcome: State, reason: str | None) -> RunState | None:
        state = await self._runs.end(run_id, outcome, reason)
        if state is not None:
            self._reporter.state(state)
            await self._alerter.check()
        return state
