"""What telemetry hears of a run: an event for each change of its state, and figures at the end of each stage."""

from __future__ import annotations

from collections.abc import Mapping

from shared.adapters.databricks import JobRun
from shared.adapters.telemetry import Telemetry
from shared.runs.state import RunState


class Reporter:
    """Turns what happens to runs into events and metrics."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def state(self, state: RunState) -> None:
        """`RunPlanning`, `RunIngesting`, `RunSilver`, `RunGold`, `RunCompleted`, `RunFailed` or `RunCancelled`."""
        self._telemetry.event(
            f"Run{state.state.capitalize()}",
            run_id=state.run_id,
            mode=state.mode,
            trigger=state.trigger,
            reason=state.reason,
            overdue=state.overdue,
            **state.counts,
        )
        if state.ended_at is not None:
            duration_s = (state.ended_at - state.created_at).total_seconds()
            self._telemetry.record("crossfade.stage_duration", duration_s, stage="run")

    def outstanding(self, tasks: int) -> None:
        """Tasks of the active run that are not done."""
        self._telemetry.gauge("crossfade.tasks_outstanding", tasks)

    def stage_ended(self, state: RunState, stage: str) -> None:
        """How long a stage of a run took."""
        times = state.stages[stage]
        if times.ended_at is not None and (duration_s := times.lasted_s(times.ended_at)) is not None:
            self._telemetry.record("crossfade.stage_duration", duration_s, stage=stage)

    def records(self, layer: str, counts: Mapping[str, int]) -> None:
        """How many records a layer has, by name."""
        for name, count in counts.items():
            self._telemetry.gauge(
                "crossfade.records", count, layer=layer, table=name.removeprefix(f"{layer}_")
            )

    def quality(self, scores: Mapping[str, Mapping[str, float]]) -> None:
        """Scores by table and dimension."""
        for table, dimensions in scores.items():
            for dimension, score in dimensions.items():
                self._telemetry.gauge("crossfade.quality", score, table=table, dimension=dimension)

    def matches(self, bands: Mapping[str, int]) -> None:
        """Matches by band."""
        for band, count in bands.items():
            self._telemetry.gauge("crossfade.matches", count, band=band)

    def job_ended(self, state: RunState, stage: str, job_run: JobRun | None) -> None:
        """`DatabricksRunEnded`: the result of a stage's job, with its error.

        Args:
            state: the run.
            stage: silver or gold.
            job_run: what Databricks says; None when the job published its manifest, which it does last.
        """
        known = state.stages[stage]
        result = "SUCCESS" if job_run is None or job_run.is_ok else "FAILED"
        self._telemetry.event(
            "DatabricksRunEnded",
            run_id=state.run_id,
            stage=stage,
            databricks_run_id=known.databricks_run_id,
            url=known.url,
            result=result,
            error=job_run.reason if job_run and not job_run.is_ok else None,
        )
