"""What telemetry hears of a run: records, completeness, quality, matches, and how its jobs ended."""

from __future__ import annotations

from collections.abc import Mapping

from shared.adapters.databricks import JobRun
from shared.adapters.telemetry import Telemetry
from shared.planning.completeness import Completeness
from shared.runs.state import RunState


def report_records(telemetry: Telemetry, layer: str, counts: Mapping[str, int]) -> None:
    """Rows by table of a layer: bronze, silver or gold."""
    for name, count in counts.items():
        telemetry.gauge("crossfade.records", count, layer=layer, table=name.removeprefix(f"{layer}_"))


def report_completeness(telemetry: Telemetry, completeness: Mapping[str, Completeness]) -> None:
    """What the sources report against what was found, with what is missing by reason."""
    for source, one in completeness.items():
        telemetry.gauge("crossfade.completeness", one.share, source=source)
        for reason, count in one.missing.items():
            telemetry.gauge("crossfade.missing_records", count, source=source, reason=reason)


def report_findings(telemetry: Telemetry, state: RunState, stage: str) -> None:
    """Quality by table and dimension after silver, matches by band after gold."""
    if stage == "silver":
        for table, scores in state.quality.items():
            for dimension, score in scores.items():
                telemetry.gauge("crossfade.quality", score, table=table, dimension=dimension)
    else:
        for band, count in state.bands.items():
            telemetry.gauge("crossfade.matches", count, band=band)


def report_job_end(telemetry: Telemetry, state: RunState, stage: str, job_run: JobRun | None) -> None:
    """`DatabricksRunEnded`: the result of a stage's job, with its error.

    `job_run` is what Databricks says; None when the job published its manifest, which it does last.
    """
    known = state.stages[stage]
    is_ok = job_run is None or job_run.is_ok
    telemetry.event(
        "DatabricksRunEnded",
        run_id=state.run_id,
        stage=stage,
        databricks_run_id=known.databricks_run_id,
        url=known.url,
        result="SUCCESS" if is_ok else "FAILED",
        error=None if job_run is None or is_ok else job_run.reason,
    )
