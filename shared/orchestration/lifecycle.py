"""The life of a run: the one place where its state changes, and where telemetry and people hear of it.

Each change is written once, by compare-and-swap, and reported afterwards: an event for each new state, figures at the
end of each stage, alerts when the run ends. A change that no longer fits the run is declined, and nothing is reported.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.adapters.databricks import JobRun
from shared.adapters.lake import Lake
from shared.adapters.telemetry import Telemetry
from shared.alerting.alerter import Alerter
from shared.figures.reporting import report_run
from shared.messages.manifests import RawSlice
from shared.orchestration.run_telemetry import (
    report_completeness,
    report_findings,
    report_job_end,
    report_records,
)
from shared.planning.completeness import Completeness
from shared.runs.findings import Findings
from shared.runs.state import RunState, SparkStage, State
from shared.runs.store import RunStore

COUNTING: tuple[State, ...] = ("planning", "bulk", "ingesting")
"""States in which the events of tasks are counted."""
TRIES_APART = timedelta(seconds=30)
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class RunLifecycle:
    """Moves runs from state to state.

    Every method that changes a run returns its state as written, or None when the change no longer fits.
    """

    lake: Lake
    runs: RunStore
    telemetry: Telemetry
    alerter: Alerter
    now: Callable[[], datetime]

    async def active_run(self) -> RunState | None:
        """The active run; None when there is none."""
        return await self.runs.active()

    async def begin(self, state: RunState) -> None:
        """Make a new run the active one.

        Raises:
            RunConflict: another run is active.
        """
        await self.runs.create(state)
        self._report_state(state)

    async def start_ingest(self, run_id: str) -> RunState | None:
        """The first tasks of a run are in the queues."""

        def ingest(run: RunState) -> bool:
            if run.state not in ("planning", "bulk"):
                return False
            run.state = "ingesting"
            run.stages["ingest"].started_at = self.now()
            return True

        return await self._change(run_id, ingest)

    async def end_dump(
        self, run_id: str, raw: Sequence[RawSlice], counts: Mapping[str, int], note: str | None
    ) -> RunState | None:
        """The dump is landed: what it brought is part of the run's bronze."""

        def adopt(run: RunState) -> bool:
            if not run.wants_dump or not run.is_active:
                return False
            run.wants_dump, run.stages["bulk"].ended_at = False, self.now()
            run.inherited_raw = (*run.inherited_raw, *raw)
            run.counts.update(counts)
            run.note = "; ".join(filter(None, (run.note, note))) or None
            return True

        changed = await self.runs.change(run_id, adopt)
        if changed is not None:
            report_job_end(self.telemetry, changed, "bulk", None)
            self._report_stage_end(changed, "bulk")
        return changed

    async def add_note(self, run_id: str, note: str) -> RunState | None:
        """A run turned out other than it began; said once."""

        def add(run: RunState) -> bool:
            if note in (run.note or ""):
                return False
            run.note = f"{run.note}; {note}" if run.note else note
            return True

        return await self.runs.change(run_id, add)

    async def end_ingest(
        self,
        run_id: str,
        counts: Mapping[str, int],
        catalog: Mapping[str, int] | None = None,
        doubt: str | None = None,
        completeness: Mapping[str, Completeness] | None = None,
        unfound: int | None = None,
    ) -> RunState | None:
        """Every task of a run ended.

        Args:
            run_id: the run.
            counts: its records by source.
            catalog: the same of the sources whose whole list it read.
            doubt: why it is not believed to have found what there is.
            completeness: what the sources report against what was found.
            unfound: films of an id export that nobody found.
        """

        def hand_over(run: RunState) -> bool:
            if run.state not in COUNTING:
                return False
            run.state = "silver"
            run.counts.update(counts)
            run.catalog, run.doubt, run.unfound = dict(catalog or {}), doubt, unfound
            run.stages["ingest"].ended_at = self.now()
            return True

        changed = await self._change(run_id, hand_over)
        if changed is not None:
            self._report_stage_end(changed, "ingest")
            report_records(self.telemetry, "bronze", counts)
            report_completeness(self.telemetry, completeness or {})
        return changed

    async def count_refusal(self, run_id: str, stage: SparkStage) -> int:
        """A stage's job cannot be started; how often that was so, tries in quick succession counted once."""

        def count(run: RunState) -> bool:
            found = run.stages[stage]
            if found.refused_at is not None and self.now() - found.refused_at < TRIES_APART:
                return False
            found.refusals, found.refused_at = found.refusals + 1, self.now()
            return run.is_active

        counted = await self.runs.change(run_id, count)
        return 0 if counted is None else counted.stages[stage].refusals

    async def start_job(self, run_id: str, stage: SparkStage, job_run: JobRun) -> RunState | None:
        """The job of a stage (bulk, silver or gold) was started."""

        def started(run: RunState) -> bool:
            entry = run.stages[stage]
            if entry.databricks_run_id == job_run.run_id or not run.is_active:
                return False
            run.state = stage
            entry.started_at = entry.started_at or self.now()
            entry.databricks_run_id, entry.url = job_run.run_id, job_run.url
            entry.ended_at = None  # of the attempt before
            return True

        return await self._change(run_id, started)

    async def end_stage(
        self, run_id: str, stage: SparkStage, counts: Mapping[str, int], findings: Findings
    ) -> RunState | None:
        """A job published: keep its counts and what was found so far. The state stays until the next job starts."""

        def published(run: RunState) -> bool:
            if run.stages[stage].ended_at or not run.is_active:
                return False
            run.stages[stage].ended_at = self.now()
            run.counts.update(counts)
            run.quality, run.fill, run.bands = findings.scores, findings.fill, findings.bands
            return True

        changed = await self.runs.change(run_id, published)
        if changed is not None:
            report_job_end(self.telemetry, changed, stage, None)
            self._report_stage_end(changed, stage)
            report_records(self.telemetry, stage, counts)
            report_findings(self.telemetry, changed, stage)
        return changed

    async def fail_job(
        self, run_id: str, stage: SparkStage, job_run: JobRun, reason: str, findings: Findings
    ) -> RunState | None:
        """End a run because a job failed, or published nothing; the quality it had measured by then is kept."""

        def keep(run: RunState) -> bool:
            run.quality, run.fill = findings.scores, findings.fill
            return run.is_active

        changed = await self.runs.change(run_id, keep)
        if changed is not None:
            report_job_end(self.telemetry, changed, stage, job_run)
        return await self.fail(run_id, reason)

    async def mark_overdue(self, run_id: str) -> RunState | None:
        """The run takes longer than it may."""

        def mark(run: RunState) -> bool:
            run.overdue = True
            return run.is_active

        return await self._change(run_id, mark)

    async def complete(self, run_id: str) -> RunState | None:
        """End a run well; None when it had ended before."""
        ended = await self._end(run_id, "completed", None)
        # Also when it had ended: whoever ended it may have died before it was remembered.
        state = ended or await self.runs.get(run_id)
        last = await self.runs.last_completed()
        if state.state == "completed" and (last is None or last.created_at < state.created_at):
            await self._keep_as_last(state, last)
        return ended

    async def _keep_as_last(self, state: RunState, last: RunState | None) -> None:
        """Changes are read from this run on, unless it is not believed to have found what there is."""
        if state.doubt:
            log.warning("run %s is not read on from: %s", state.run_id, state.doubt)
            return
        known = last.catalog if last else {}
        await self.runs.keep_as_last_completed(state.model_copy(update={"catalog": known | state.catalog}))

    async def fail(self, run_id: str, reason: str) -> RunState | None:
        """End a run with the reason why it failed; None when it had ended before."""
        log.error("run %s failed: %s", run_id, reason)
        return await self._end(run_id, "failed", reason)

    async def cancel(self, run_id: str, reason: str) -> RunState | None:
        """End a run on request; None when it had ended before."""
        return await self._end(run_id, "cancelled", reason)

    async def check_alerts(self) -> None:
        """Open and close alerts, and send what is due."""
        await self.alerter.check()

    def report_open_tasks(self, tasks: int) -> None:
        """Tasks of the active run that are not done."""
        self.telemetry.gauge("crossfade.tasks_outstanding", tasks)

    async def _change(self, run_id: str, change: Callable[[RunState], bool]) -> RunState | None:
        state = await self.runs.change(run_id, change)
        if state is not None:
            self._report_state(state)
        return state

    async def _end(self, run_id: str, outcome: State, reason: str | None) -> RunState | None:
        state = await self.runs.end(run_id, outcome, reason)
        if state is not None:
            await report_run(self.lake, self.telemetry, state)
            self._report_state(state)
            await self.alerter.check()
        return state

    def _report_state(self, state: RunState) -> None:
        """`RunPlanning`, `RunIngesting`, `RunSilver`, `RunGold`, `RunCompleted`, `RunFailed` or `RunCancelled`."""
        self.telemetry.event(
            f"Run{state.state.capitalize()}",
            run_id=state.run_id,
            mode=state.mode,
            trigger=state.trigger,
            reason=state.reason,
            overdue=state.overdue,
            doubt=state.doubt,
            **state.counts,
        )
        if state.ended_at is not None:
            duration_s = (state.ended_at - state.created_at).total_seconds()
            self.telemetry.record("crossfade.stage_duration", duration_s, stage="run")

    def _report_stage_end(self, state: RunState, stage: str) -> None:
        times = state.stages[stage]
        if times.ended_at is not None and (duration_s := times.lasted_s(times.ended_at)) is not None:
            self.telemetry.record("crossfade.stage_duration", duration_s, stage=stage)
