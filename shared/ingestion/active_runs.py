"""The runs this process works for; looked up every few seconds, so that work stops soon after its run does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from shared.errors import RunEnded
from shared.runs.state import RunState
from shared.runs.store import RunStore

RUN_CHECK_S = 5.0


class ActiveRuns:
    """States of runs, at most some seconds old: a message costs no look into the lake."""

    def __init__(self, runs: RunStore, clock: Callable[[], float]) -> None:
        self._runs = runs
        self._clock = clock
        self._known: dict[str, RunState | None] = {}
        self._due_s = 0.0
        self._looking = asyncio.Lock()

    async def get(self, run_id: str) -> RunState:
        """A run's state.

        Raises:
            RunEnded: it has ended, or there is no such run.
        """
        if self._is_stale(run_id):
            async with self._looking:
                if self._is_stale(run_id):
                    await self._look(run_id)
        state = self._known[run_id]
        if state is None or not state.is_active:
            raise RunEnded(run_id)
        return state

    def _is_stale(self, run_id: str) -> bool:
        return run_id not in self._known or self._clock() >= self._due_s

    async def _look(self, run_id: str) -> None:
        state = await self._runs.find(run_id)
        if self._clock() >= self._due_s:
            self._known.clear()
            self._due_s = self._clock() + RUN_CHECK_S
        self._known[run_id] = state
