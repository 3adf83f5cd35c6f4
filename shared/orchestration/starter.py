"""Starting a run: become the active one, keep the plan, send the first tasks."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from shared.adapters.bus import Bus
from shared.adapters.telemetry import current_traceparent
from shared.adapters.vault import Secrets
from shared.errors import InvalidSettings, JobRefused, RunConflict, SourceError, WorkspaceUnavailable
from shared.messages.manifests import RawSlice
from shared.messages.tasks import FetchTask, TaskParams
from shared.orchestration.film_steps import FilmSteps
from shared.orchestration.lifecycle import RunLifecycle
from shared.orchestration.stages import Stages
from shared.planning.roots import RunRequest, plan_roots
from shared.runs.journal import known_sources
from shared.runs.state import RunPlan, RunState, stages_of
from shared.runs.store import RunStore, new_run_id

FULL_INSTEAD = "full instead of incremental: no run has completed yet"
GAP_TOO_LONG = "full instead of incremental: the last completed run is more than {days} days ago"
NOTHING_KNOWN = "full instead of incremental: nothing of {sources} is known"
MAX_GAP_DAYS = 90
OLD_CHANGES = "changes of films before {since} are not asked for: a full run has them"
Roots = Callable[[], Awaitable[Sequence[TaskParams]]]
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class RunStarter:
    """Begins runs.

    Attributes:
        discogs_type: what the Discogs search returns: release or master.
        film_steps: what a bulk run asks TMDB for.
    """

    bus: Bus
    runs: RunStore
    lifecycle: RunLifecycle
    secrets: Secrets
    stages: Stages
    film_steps: FilmSteps
    now: Callable[[], datetime]
    discogs_type: str

    async def begin(self, request: RunRequest, trigger: str) -> RunState:
        """Begin a run; one that is killed at any point is continued by `resume`.

        Raises:
            RunConflict: another run is active.
        """
        last = await self.runs.last_completed()
        mode, note = await self._mode(request, last)
        state = self._new_state(
            mode=mode, note=note, trigger=trigger, sources=request.sources, wants_dump=_wants_dump(request)
        )
        wanted = replace(request, mode=mode)
        return await self._begin(state, _as_json(request), lambda: self._roots(state, wanted, last))

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
            wants_dump=ended.wants_dump,
        )

        async def roots() -> Sequence[TaskParams]:
            return tasks

        return await self._begin(state, {"replays": ended.run_id}, roots)

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

    async def continue_after_dump(self, run_id: str) -> None:
        """Discogs' dump is landed: go on with what the APIs have besides."""
        state, plan = await self.runs.find(run_id), await self.runs.plan(run_id)
        if state is None or plan is None or state.state not in ("planning", "bulk"):
            log.info("run %s waits for no dump", run_id)
            return
        await self.stages.adopt_dump(run_id)
        await self._send(run_id, plan)

    async def _mode(self, request: RunRequest, last: RunState | None) -> tuple[Any, str | None]:
        """The mode a run can have, and why it differs from the one asked for."""
        if request.mode in ("full", "bulk") or request.film_ids:
            return request.mode, None
        if last is None:
            return "full", FULL_INSTEAD
        if (self.now() - last.created_at).days > MAX_GAP_DAYS:
            return "full", GAP_TOO_LONG.format(days=MAX_GAP_DAYS)
        unknown = set(request.sources) - await known_sources(self.lifecycle.lake, last.run_id)
        if unknown:
            return "full", NOTHING_KNOWN.format(sources=" and ".join(sorted(unknown)))
        return "incremental", None

    async def _roots(
        self, state: RunState, request: RunRequest, last: RunState | None
    ) -> Sequence[TaskParams]:
        """The first tasks of a new run.

        Raises:
            SourceError: a bulk run cannot read TMDB's id export.
        """
        day = last.created_at.date() if last else None
        films: Sequence[int] = ()
        if request.mode == "bulk" and "tmdb" in request.sources and not request.film_ids:
            step = await self.film_steps.next(last)
            await self.lifecycle.add_note(state.run_id, step.note)
            films, day = step.film_ids, await self._changes_from(state, day)
        return plan_roots(request, state.ingest_date, day, self.discogs_type, films)

    async def _changes_from(self, state: RunState, day: date | None) -> date | None:
        """From when on changes are asked for: what is long ago costs more than it brings."""
        earliest = state.ingest_date - timedelta(days=MAX_GAP_DAYS)
        if day is None or day >= earliest:
            return day
        await self.lifecycle.add_note(state.run_id, OLD_CHANGES.format(since=earliest))
        return earliest

    def _new_state(self, wants_dump: bool = False, **fields: Any) -> RunState:
        now = self.now()
        return RunState(
            run_id=new_run_id(now),
            ingest_date=now.date(),
            created_at=now,
            updated_at=now,
            traceparent=current_traceparent(),
            wants_dump=wants_dump,
            stages=stages_of(wants_dump=wants_dump),
            **fields,
        )

    async def _begin(self, state: RunState, request: dict[str, Any], roots: Roots) -> RunState:
        await self.lifecycle.begin(state)
        try:
            asked = await roots()
        except SourceError as error:
            return await self.lifecycle.fail(state.run_id, str(error)) or state
        tasks = (FetchTask.create(state.run_id, state.ingest_date, params) for params in asked)
        last = await self.runs.last_completed()
        plan = RunPlan(request=request, roots=tuple(tasks), compares_with=last.run_id if last else None)
        await self.runs.save_plan(state.run_id, plan)
        return await self._launch(state, plan)

    async def _launch(self, state: RunState, plan: RunPlan) -> RunState:
        missing = await self._missing_token(state)
        if missing:
            return await self.lifecycle.fail(state.run_id, missing) or state
        if state.wants_dump:
            return await self._start_dump(state)
        return await self._send(state.run_id, plan) or state

    async def _send(self, run_id: str, plan: RunPlan) -> RunState | None:
        # Tasks before the state: a run that says "ingesting" has all its first tasks in the queues.
        await self.bus.send_tasks(plan.roots)
        return await self.lifecycle.start_ingest(run_id)

    async def _start_dump(self, state: RunState) -> RunState:
        """Read Discogs' dump first; a job that does not start now is started again by `resume`."""
        try:
            await self.stages.start_dump(state.run_id)
        except InvalidSettings as error:
            return await self.lifecycle.fail(state.run_id, str(error)) or state
        except (JobRefused, WorkspaceUnavailable) as error:
            log.warning("the bulk job of run %s does not start yet: %s", state.run_id, error)
        return await self.runs.get(state.run_id)

    async def _missing_token(self, state: RunState) -> str | None:
        """Why a source has no token; None when all have one."""
        for source in state.sources:
            try:
                await self.secrets.get(f"{source.upper()}_TOKEN")
            except InvalidSettings as error:
                return str(error)
        return None


def _wants_dump(request: RunRequest) -> bool:
    return request.mode == "bulk" and "discogs" in request.sources and not request.film_ids


def _as_json(request: RunRequest) -> dict[str, Any]:
    return {name: str(v) if isinstance(v, date) else v for name, v in vars(request).items() if v}
