"""A run's state, kept in the control container; changed only by compare-and-swap.

`control/active.json` names the one active run. `control/runs/RUN/state.json` is small and of fixed size; what grows
with a run lives in the journal (`shared.runs.journal`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from shared.adapters.lake import CONTROL, Lake, Versioned
from shared.errors import BlobExists, RunConflict, RunNotFound, StaleWrite
from shared.runs.history import add_to_history
from shared.runs.state import RunPlan, RunState, State

ACTIVE = "active.json"
LAST_COMPLETED = "last_completed.json"


def new_run_id(now: datetime) -> str:
    """A run id such as 20261120T063000Z-7f3a; ids sort by time."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


class RunStore:
    """Reads and changes runs.

    Args:
        lake: where they are kept.
        now: the clock, in UTC.
    """

    def __init__(self, lake: Lake, now: Callable[[], datetime]) -> None:
        self._lake = lake
        self._now = now

    async def create(self, state: RunState) -> None:
        """Make a run the active one.

        Raises:
            RunConflict: another run is active.
        """
        try:
            await self._lake.create(CONTROL, ACTIVE, state.model_dump_json().encode())
        except BlobExists:
            active = await self.active()
            if active is None:
                return await self.create(state)
            raise RunConflict(active.run_id) from None
        await self._lake.create(CONTROL, _path(state.run_id, "state.json"), _bytes(state))

    async def active(self) -> RunState | None:
        """The active run; a lock whose run has ended or was never written is repaired on the way."""
        lock = await self._lake.read_versioned(CONTROL, ACTIVE)
        if lock is None:
            return None
        begun = RunState.model_validate_json(lock.data)
        state = await self.find(begun.run_id)
        if state is None:
            await self._lake.put(CONTROL, _path(begun.run_id, "state.json"), lock.data)
            return begun
        if state.is_active:
            return state
        await add_to_history(self._lake, state)
        await self._remove_lock(lock)
        return None

    async def find(self, run_id: str) -> RunState | None:
        """A run's state; None when there is no such run."""
        data = await self._lake.read(CONTROL, _path(run_id, "state.json"))
        return None if data is None else RunState.model_validate_json(data)

    async def get(self, run_id: str) -> RunState:
        """A run's state.

        Raises:
            RunNotFound: there is no such run.
        """
        state = await self.find(run_id)
        if state is None:
            raise RunNotFound(run_id)
        return state

    async def change(self, run_id: str, change: Callable[[RunState], bool]) -> RunState | None:
        """Change a run's state by compare-and-swap.

        Args:
            run_id: the run.
            change: edits the state in place; False leaves everything as it was. May be called again.

        Returns:
            The state as written; None when `change` declined.

        Raises:
            RunNotFound: there is no such run.
            StaleWrite: the state was contended more than 20 times in a row.
        """

        def step(data: bytes | None) -> tuple[bytes | None, RunState | None]:
            if data is None:
                raise RunNotFound(run_id)
            state = RunState.model_validate_json(data)
            if not change(state):
                return None, None
            state.updated_at = self._now()
            return _bytes(state), state

        return await self._lake.change(CONTROL, _path(run_id, "state.json"), step)

    async def end(self, run_id: str, outcome: State, reason: str | None = None) -> RunState | None:
        """End an active run and let the next one start; None when it had ended before."""

        def finish(state: RunState) -> bool:
            if not state.is_active:
                return False
            state.state, state.reason, state.ended_at = outcome, reason, self._now()
            for stage in state.stages.values():
                if stage.started_at and not stage.ended_at:
                    stage.ended_at = state.ended_at
                    stage.attempt += 1
            return True

        ended = await self.change(run_id, finish)
        await self._release(run_id)
        return ended

    async def save_plan(self, run_id: str, plan: RunPlan) -> None:
        """Keep what the run begins with."""
        await self._lake.put(CONTROL, _path(run_id, "plan.json"), plan.model_dump_json().encode())

    async def plan(self, run_id: str) -> RunPlan | None:
        """What the run began with; None before it is planned."""
        data = await self._lake.read(CONTROL, _path(run_id, "plan.json"))
        return None if data is None else RunPlan.model_validate_json(data)

    async def run_ids(self) -> list[str]:
        """All runs, newest first."""
        return sorted(await self._lake.folders(CONTROL, "runs/"), reverse=True)

    async def last_completed(self) -> RunState | None:
        """The newest run that completed."""
        data = await self._lake.read(CONTROL, LAST_COMPLETED)
        return None if data is None else RunState.model_validate_json(data)

    async def keep_as_last_completed(self, state: RunState) -> None:
        """Remember a run as the newest completed one."""
        await self._lake.put(CONTROL, LAST_COMPLETED, _bytes(state))

    async def _remove_lock(self, lock: Versioned) -> None:
        with suppress(StaleWrite):  # somebody else removed it just now
            await self._lake.delete(CONTROL, ACTIVE, lock.etag)

    async def _release(self, run_id: str) -> None:
        lock = await self._lake.read_versioned(CONTROL, ACTIVE)
        if lock is None or RunState.model_validate_json(lock.data).run_id != run_id:
            return
        await add_to_history(self._lake, await self.get(run_id))
        await self._remove_lock(lock)


def _path(run_id: str, name: str) -> str:
    return f"runs/{run_id}/{name}"


def _bytes(state: RunState) -> bytes:
    return state.model_dump_json().encode()
