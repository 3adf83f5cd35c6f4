"""Reads runs for HTTP answers: one run whole, pages of them, their reports, the open alerts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.adapters.lake import CONTROL, GOLD, METRICS, Lake
from shared.alerting.alerter import read_book
from shared.alerting.objective import TARGET, objective
from shared.alerting.record import record_of
from shared.errors import ReportNotFound
from shared.figures.run_figures import figures_of
from shared.figures.storage import read_storage
from shared.figures.stored import StorageBook, growth_per_run
from shared.messages.base import Source
from shared.messages.manifests import RunManifest, StageManifest
from shared.runs.findings import read_findings, read_jobs
from shared.runs.history import read_history
from shared.runs.journal import progress_path
from shared.runs.rates import pace
from shared.runs.state import RunState, Stage
from shared.runs.store import RunStore
from shared.runs.troubles import read_troubles
from shared.serving.answers import AlertRecord, OpenAlert, OpenAlerts, ScheduleObjective, Stored
from shared.serving.run_answers import (
    Lineage,
    Report,
    RunDetail,
    RunPage,
    RunStage,
    RunSummary,
    SourceProgress,
    SourceTrouble,
    no_totals,
)

REPORTS: Mapping[Report, tuple[str, str]] = {
    "silver": (METRICS, "{run_id}/quality.html"),
    "gold": (GOLD, "report/{run_id}/index.html"),
}


class RunReader:
    """Reads runs for HTTP answers.

    Args:
        permitted_per_min: requests each source permits in a minute.
        now: the clock, in UTC.
        run_limit: how long a scheduled run may take.
        freshness: how old the newest tables may be.
    """

    def __init__(
        self,
        lake: Lake,
        runs: RunStore,
        permitted_per_min: Mapping[Source, float],
        now: Callable[[], datetime],
        run_limit: timedelta,
        freshness: timedelta,
    ) -> None:
        self._lake = lake
        self._runs = runs
        self._permitted_per_min = permitted_per_min
        self._now = now
        self._run_limit = run_limit
        self._freshness = freshness

    async def run(self, run_id: str) -> RunDetail:
        """A run with its progress, findings, failures and lineage.

        Raises:
            RunNotFound: there is no such run.
        """
        state = await self._runs.get(run_id)
        findings, jobs, progress, lineage, *is_there = await asyncio.gather(
            read_findings(self._lake, run_id),
            read_jobs(self._lake, run_id),
            self._lake.read_json(CONTROL, progress_path(run_id)),
            self._lineage(run_id),
            *(self._has_report(run_id, report) for report in REPORTS),
        )
        progress = progress or {}
        return RunDetail(
            **self._facts(state),
            progress={
                source: self._source(state, source, progress) for source in progress.get("sources", {})
            },
            troubles=await self._troubles(state),
            coverage=progress.get("coverage", {}),
            completeness=progress.get("completeness", {}),
            failures=progress.get("failures", ()),
            quality=findings.quality,
            matching=findings.matching,
            lineage=lineage,
            figures=figures_of(state, progress, jobs),
            reports=[report for report, present in zip(REPORTS, is_there, strict=True) if present],
        )

    async def runs(self, limit: int, before: str | None) -> RunPage:
        """The newest runs older than `before`, and where the next page begins.

        What has no state is left out: a folder that retention could not remove is no run.
        """
        ids = [run_id for run_id in await self._runs.run_ids() if before is None or run_id < before]
        page = await asyncio.gather(*(self._summary(run_id) for run_id in ids[:limit]))
        found = tuple(run for run in page if run is not None)
        return RunPage(runs=found, next=ids[limit - 1] if len(ids) > limit else None)

    async def alerts(self) -> OpenAlerts:
        """The alerts that are open, critical ones first, and how the schedule's objective stands."""
        now = self._now()
        book, history, storage = await asyncio.gather(
            read_book(self._lake, now), read_history(self._lake), read_storage(self._lake)
        )
        found = [OpenAlert(**alert.model_dump()) for alert in book.open.values()]
        stands = objective(history.runs, now, self._run_limit, self._freshness)
        return OpenAlerts(
            alerts=tuple(sorted(found, key=lambda alert: (alert.severity, alert.opened_at))),
            objective=ScheduleObjective(target=TARGET, **vars(stands)),
            record=tuple(AlertRecord(**vars(one)) for one in record_of(book.closed, now)),
            stored=_stored(storage, history.runs),
        )

    async def report(self, run_id: str, report: Report) -> bytes:
        """A report's HTML.

        Raises:
            RunNotFound: there is no such run.
            ReportNotFound: its job has not written it.
        """
        await self._runs.get(run_id)
        container, name = REPORTS[report]
        page = await self._lake.read(container, name.format(run_id=run_id))
        if page is None:
            raise ReportNotFound(run_id, report)
        return page

    async def _has_report(self, run_id: str, report: Report) -> bool:
        container, name = REPORTS[report]
        return await self._lake.metadata(container, name.format(run_id=run_id)) is not None

    async def _summary(self, run_id: str) -> RunSummary | None:
        state = await self._runs.find(run_id)
        return None if state is None else RunSummary(**self._facts(state))

    def _facts(self, state: RunState) -> dict[str, Any]:
        scores = {name: round(score, 4) for name, score in state.scores.items()}
        stages = {name: self._stage(stage) for name, stage in state.stages.items()}
        facts = state.model_dump(exclude={"version", "traceparent", "stages", "quality"})
        return {**facts, "stages": stages, "scores": scores}

    def _stage(self, stage: Stage) -> RunStage:
        length_s = stage.lasted_s(self._now())
        return RunStage(**stage.model_dump(), seconds=None if length_s is None else round(length_s, 3))

    def _source(self, state: RunState, source: Source, progress: Mapping[str, Any]) -> SourceProgress:
        sums = no_totals() | progress["sources"][source]
        samples = progress.get("requests", {}).get(source, [])
        ended, permitted = sums["done"] + sums["failed"], self._permitted_per_min[source]
        measured = pace(
            samples,
            state.stages["ingest"].started_at,
            self._now(),
            permitted_per_min=permitted,
            ended_tasks=ended,
            open_tasks=sums["tasks"] - ended if state.is_active else 0,
        )
        return SourceProgress(**sums, **vars(measured), permitted_per_min=permitted, samples=samples)

    async def _troubles(self, state: RunState) -> dict[str, SourceTrouble]:
        """What is wrong with the sources, while this run reads them."""
        if state.state not in ("planning", "bulk", "ingesting"):
            return {}
        found = await read_troubles(self._lake, self._now())
        return {
            trouble.source: SourceTrouble(**trouble.model_dump(exclude={"version", "source", "seen_at"}))
            for trouble in found
        }

    async def _lineage(self, run_id: str) -> Lineage:
        paths = {stage: f"{stage}/{run_id}.json" for stage in ("bronze", "silver", "gold")}
        found = await asyncio.gather(*(self._lake.read(CONTROL, path) for path in paths.values()))
        bronze, silver, gold = found
        return Lineage(
            raw=RunManifest.from_json(bronze).raw if bronze else (),
            manifests={stage: path for (stage, path), data in zip(paths.items(), found, strict=True) if data},
            silver=StageManifest.from_json(silver).tables if silver else {},
            gold=StageManifest.from_json(gold).tables if gold else {},
        )


def _stored(book: StorageBook, ended: Sequence[RunState]) -> Stored | None:
    """What was measured last, as an answer; None before the first night."""
    if book.newest is None:
        return None
    growth = growth_per_run(book, ended)
    return Stored(
        at=book.newest.at,
        areas=book.newest.areas,
        total_bytes=book.newest.total_bytes,
        growth_per_run_bytes=None if growth is None else round(growth),
    )
