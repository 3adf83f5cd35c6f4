"""Starting a run: become the active one, keep the plan, send the first tasks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from shared.adapters.bus import Bus
from shared.adapters.telemetry import current_traceparent
from shared.adapters.vault import Secrets
from shared.errors import InvalidSettings, RunConflict
from shared.messages.manifests import RawSlice
from shared.messages.tasks import FetchTask, TaskParams
from shared.orchestration.lifecycle import RunLifecycle
from shared.planning.roots import RunRequest, plan_roots
from shared.runs.state import RunPlan, RunState
from shared.runs.store import RunStore, new_run_id

FULL_INSTEAD = "full instead of incremental: no run has completed yet"
GAP_TOO_LONG = "full instead of incremental: the last completed run is more than {days} days ago"
MAX_GAP_DAYS = 90
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class RunStarter:
    """Begins runs.

    Attributes:
        discogs_type: what the Discogs search returns: release or master.
    """

    bus: Bus
    runs: RunStore
    lifecycle: RunLifecycle
    secrets: Secrets
    now: Callable[[], datetime]
    discogs_type: str

    async def begin(self, request: RunRequest, trigger: str) -> RunState:
        """Begin a run; one that is killed at any point is continued by `resume`.

        Raises:
            RunConflict: another run is active.
        """
        last = await self.runs.last_completed()
        mode, note = _mode(request, last, self.now())
        state = self._new_state(mode=mode, note=note, trigger=trigger, sources=request.sources)
        wanted = replace(request, mode=mode)
        day = last.created_at.date() if last else None
        roots = plan_roots(wanted, state.ingest_date, day, self.discogs_type)
        return await self._begin(state, _as_json(request), roots)

    async def begin_replay(
        self, ended: RunState, tasks: Sequence[TaskParams], inherited: tuple[RawSlice, ...]
    ) -> RunState:
        """Begin a run of the tasks another one left.

        Args:
            ended: the run that left them.
            tasks: what they ask.
            inherited: what the other run landed and no silver job has read.

        Raises:
            RunConflict: another run is active.
        """
        state = self._new_state(
            mode=ended.mode,
            trigger="replay",
            sources=ended.sources,
            replays=ended.run_id,
            inherited_raw=inherited,
        )
        return await self._begin(state, {"replays": ended.run_id}, tasks)

    async def begin_unless_active(self, request: RunRequest, trigger: str) -> RunState | None:
        """Begin a run; None, and a line in the log, when one is active."""
        try:
            return await self.begin(request, trigger)
        except RunConflict as conflict:
            log.warning("this tick is skipped: %s", conflict)
            return None

    async def resume(self, state: RunState) -> None:
        """Continue a run whose planning was cut off."""
        plan = await self.runs.plan(state.run_id)
        if plan is None:
            await self.lifecycle.fail(state.run_id, "planning was cut off before the plan was kept")
            return
        await self._launch(state, plan)

    def _new_state(self, **fields: Any) -> RunState:
        now = self.now()
        return RunState(
            run_id=new_run_id(now),
            ingest_date=now.date(),
            created_at=now,
            updated_at=now,
            traceparent=current_traceparent(),
            **fields,
        )

    async def _begin(self, state: RunState, request: dict[str, Any], roots: Sequence[TaskParams]) -> RunState:
        await self.lifecycle.begin(state)
        tasks = (FetchTask.create(state.run_id, state.ingest_date, params) for params in roots)
        last = await self.runs.last_completed()
        plan = RunPlan(request=request, roots=tuple(tasks), compares_with=last.run_id if last else None)
        await self.runs.save_plan(state.run_id, plan)
        return await self._launch(state, plan)

    async def _launch(self, state: RunState, plan: RunPlan) -> RunState:
        missing = await self._missing_token(state)
        if missing:
            return await self.lifecycle.fail(state.run_id, missing) or state

        # Tasks before the state: a run that says "ingesting" has all its first tasks in the queues.
        await self.bus.send_tasks(plan.roots)
        return await self.lifecycle.start_ingest(state.run_id) or state

    async def _missing_token(self, state: RunState) -> str | None:
        """Why a source has no token; None when all have one."""
        for source in state.sources:
            try:
                await self.secrets.get(f"{source.upper()}_TOKEN")
            except InvalidSettings as error:
                return str(error)
        return None


def _mode(request: RunRequest, last: RunState | None, now: datetime) -> tuple[Any, str | None]:
    """The mode a run can have, and why it differs from the one asked for."""
    if request.mode == "full" or request.film_ids:
        return request.mode, None
    if last is None:
        return "full", FULL_INSTEAD
    if (now - last.created_at).days > MAX_GAP_DAYS:
        return "full", GAP_TOO_LONG.format(days=MAX_GAP_DAYS)
    return "incremental", None


def _as_json(request: RunRequest) -> dict[str, Any]:
    return {name: str(v) if isinstance(v, date) else v for name, v in vars(request).items() if v}
