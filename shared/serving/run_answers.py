"""Models of what is answered about runs: a page of them, and one run whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import ConfigDict, Field

from shared.figures.run_figures import RunFigures
from shared.messages.base import Mode, Source
from shared.messages.manifests import RawSlice, TableVersion, TaskFailure
from shared.runs.findings import Band, Matching, Quality, Share
from shared.runs.state import State
from shared.runs.tracking import Totals
from shared.serving.answers import Answer
from shared.sources.watching import TroubleKind

Report = Literal["silver", "gold"]


class RunStage(Answer):
    """One stage of a run."""

    started_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: float | None = Field(None, description="So far, or in all; null before it starts")
    databricks_run_id: int | None = None
    url: str | None = Field(None, description="The job run in the Databricks workspace")


class RunSummary(Answer):
    """A run at a glance."""

    run_id: str
    state: State
    mode: Mode
    note: str | None
    trigger: str
    sources: tuple[Source, ...]
    ingest_date: date
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    reason: str | None = Field(description="Why it failed or was cancelled")
    overdue: bool
    replays: str | None = Field(description="The run whose tasks this one does again")
    inherited_raw: tuple[RawSlice, ...]
    stages: dict[str, RunStage]
    counts: dict[str, int]
    scores: dict[str, Share] = Field(description="Quality score of each silver table, 0 to 1")
    fill: dict[str, dict[str, Share]] = Field(
        {}, description="Share of the records with a value, by silver table and column, 0 to 1"
    )
    bands: dict[Band, int] = Field(description="Matches by band; empty before gold")


class RunPage(Answer):
    """The newest runs first."""

    runs: tuple[RunSummary, ...]
    next: str | None = Field(description="Give it as `before` for the next page; null on the last one")


class SourceProgress(Answer):
    """How far one source is."""

    tasks: int = Field(description="Tasks known so far, done or not")
    done: int
    failed: int
    blobs: int
    records: int
    listed: int
    requests: int
    saved_requests: int = Field(description="Answers that were fresh enough not to be asked again")
    retries: int
    throttled: int = Field(description="Answers with status 429")
    size_bytes: int
    asked: int = Field(0, description="Films and releases asked for by the tasks that ended")
    lost: int = Field(0, description="Those of them that did not land")
    passed_over: int = Field(0, description="Rows of lists without an id to ask for")
    children: int = Field(0, description="Tasks that followed from those that ended")
    requests_per_min: float = Field(description="Mean of the last minute; once done, of all its work")
    permitted_per_min: float
    rate_used: Share | None = Field(description="Share of the permitted rate, 0 to 1")
    seconds_left: float | None = Field(description="At this rate, for the tasks known so far")
    samples: tuple[tuple[float, int], ...] = Field(description="Unix time in seconds, requests until then")


class SourceTrouble(Answer):
    """A source that does not answer, wants a pause or answers slowly, while a run reads it."""

    kind: TroubleKind
    reason: str
    since: datetime
    again_at: datetime | None = Field(
        description="When it is asked again; null while it is asked all the time"
    )


class Coverage(Answer):
    """How much of what the lists promised was read."""

    model_config = ConfigDict(frozen=True, extra="allow")


class SourceCompleteness(Answer):
    """What a source reports against what the run found of it, once its lists are read."""

    reported: int = Field(description="Records the source says the lists hold that the run was to read")
    found: int = Field(description="Records that were listed, and are there")
    missing: dict[str, int] = Field(
        description="The others by reason: gone, never_listed, over_cap, undated, moved"
    )


class Lineage(Answer):
    """From raw blobs to versions of gold tables."""

    raw: tuple[RawSlice, ...] = Field(description="Folders of raw blobs the silver job read")
    manifests: dict[str, str] = Field(description="Manifest of each stage, in the control container")
    silver: Mapping[str, TableVersion]
    gold: Mapping[str, TableVersion]


class RunDetail(RunSummary):
    """One run, whole."""

    progress: dict[str, SourceProgress]
    troubles: dict[str, SourceTrouble] = Field(
        {}, description="Sources in trouble right now; empty when all is well"
    )
    coverage: dict[str, Coverage]
    completeness: dict[str, SourceCompleteness] = Field({}, description="By source; empty before bronze")
    unfound: int | None = Field(
        None, description="Films of TMDB's id export that nobody found; null without an export"
    )
    failures: tuple[TaskFailure, ...] = Field(
        description="The first 100 tasks that did not land, dead letters too"
    )
    quality: Quality | None
    matching: Matching | None
    lineage: Lineage
    figures: RunFigures = Field(description="What it took and used: time, cache, Spark, money")
    reports: tuple[Report, ...] = Field(description="Reports there are")


def no_totals() -> dict[str, int]:
    """Sums of a source that has not reported yet."""
    return {**vars(Totals()), "tasks": 0}
