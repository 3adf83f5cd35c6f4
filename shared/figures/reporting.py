"""Reads the figures of a run, and sends them when it ended."""

from __future__ import annotations

import asyncio
import logging

from shared.adapters.lake import CONTROL, Lake
from shared.adapters.telemetry import Telemetry
from shared.errors import LakeUnavailable
from shared.figures.run_figures import RunFigures, figures_of
from shared.runs.findings import SparkWork, read_jobs
from shared.runs.journal import progress_path
from shared.runs.state import RunState

log = logging.getLogger(__name__)


async def read_run_figures(lake: Lake, state: RunState) -> RunFigures:
    """The figures of a run as far as it got."""
    progress, jobs = await asyncio.gather(
        lake.read_json(CONTROL, progress_path(state.run_id)), read_jobs(lake, state.run_id)
    )
    return figures_of(state, progress or {}, jobs)


async def report_run(lake: Lake, telemetry: Telemetry, state: RunState) -> None:
    """Send the figures of a run that ended as metrics; a lake out of reach leaves them out."""
    try:
        figures = await read_run_figures(lake, state)
    except LakeUnavailable as error:
        log.warning("the figures of run %s are not sent: %s", state.run_id, error)
        return
    for part, seconds in figures.latency_s.items():
        telemetry.record("crossfade.latency", seconds, part=part)
    for source, use in figures.sources.items():
        if use.cache_hits is not None:
            telemetry.gauge("crossfade.cache_hits", use.cache_hits, source=source)
    for stage, job in figures.jobs.items():
        if job.spark:
            _report_spark(telemetry, stage, job.spark)
    for service, dollars in figures.cost_usd.items():
        telemetry.gauge("crossfade.run_cost", dollars, service=service)


def _report_spark(telemetry: Telemetry, stage: str, work: SparkWork) -> None:
    for name, value in (
        ("crossfade.spark_gc", work.gc_s),
        ("crossfade.spark_failed_tasks", work.failed_tasks),
        ("crossfade.spark_spilled", work.spilled_bytes),
        ("crossfade.spark_peak_memory", max(work.peak_task_bytes, work.peak_heap_bytes)),
    ):
        telemetry.gauge(name, value, stage=stage)
