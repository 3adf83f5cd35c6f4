"""The state of a run: small, and of fixed size."""

from __future__ import annotations

from datetime import date, datetime
from statistics import fmean
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.messages.base import Mode, Source
from shared.messages.manifests import RawSlice
from shared.messages.tasks import FetchTask

State = Literal["planning", "bulk", "ingesting", "silver", "gold", "completed", "failed", "cancelled"]
SparkStage = Literal["bulk", "silver", "gold"]
STAGES = ("ingest", "silver", "gold")
"""Of every run; one that reads a dump has `bulk` before them."""
ENDED: tuple[State, ...] = ("completed", "failed", "cancelled")


class Stage(BaseModel):
    """One stage of a run.

    `attempt` is the number of the start that is under way, or comes next: a run that ends in the middle of a stage ends
    the stage's attempt, so that a start after it is a new one.
    """

    model_config = ConfigDict(extra="ignore")

    started_at: datetime | None = None
    ended_at: datetime | None = None
    databricks_run_id: int | None = None
    url: str | None = None
    refusals: int = 0
    refused_at: datetime | None = None
    attempt: int = 1

    def lasted_s(self, now: datetime) -> float | None:
        """Seconds it took, or has taken by `now`; None before it starts."""
        if self.started_at is None:
            return None
        return ((self.ended_at or now) - self.started_at).total_seconds()


def stages_of(*, wants_dump: bool) -> dict[str, Stage]:
    """The stages of a new run, in order."""
    return {name: Stage() for name in ((("bulk",) if wants_dump else ()) + STAGES)}


class RunState(BaseModel):
    """A run at a glance: where it is, how it began and ended, its stages, counts and scores."""

    model_config = ConfigDict(extra="ignore")

    version: Literal[1] = 1
    run_id: str
    state: State = "planning"
    mode: Mode = "full"
    note: str | None = None
    trigger: str = "http"
    sources: tuple[Source, ...] = ("tmdb", "discogs")
    ingest_date: date
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None
    reason: str | None = None
    overdue: bool = False
    replays: str | None = None
    inherited_raw: tuple[RawSlice, ...] = ()
    wants_dump: bool = Field(False, description="Whether Discogs' dump is still to be read before the lists")
    traceparent: str | None = None
    stages: dict[str, Stage] = Field(default_factory=lambda: stages_of(wants_dump=False))
    counts: dict[str, int] = Field(default_factory=dict)
    catalog: dict[str, int] = Field(
        default_factory=dict, description="Records by source, where its whole list was read"
    )
    unfound: int | None = Field(
        None, description="Films of TMDB's id export that nobody found; null without an export"
    )
    doubt: str | None = Field(None, description="Why the run is not believed to have found what there is")
    quality: dict[str, dict[str, float]] = Field(
        default_factory=dict, description="Score by table and dimension, 0 to 1"
    )
    fill: dict[str, dict[str, float]] = Field(
        default_factory=dict, description="Share of the records with a value, by table and column, 0 to 1"
    )
    bands: dict[str, int] = Field(default_factory=dict, description="Matches by band")

    @property
    def is_active(self) -> bool:
        """Whether the run has not ended."""
        return self.state not in ENDED

    @property
    def scores(self) -> dict[str, float]:
        """Quality score of each judged table: the mean of its dimensions, 0 to 1."""
        return {table: fmean(found.values()) for table, found in self.quality.items() if found}


class RunPlan(BaseModel):
    """What a run began with: the request, the first tasks, and the run whose records it compares its lists with."""

    request: dict[str, Any]
    roots: tuple[FetchTask, ...]
    compares_with: str | None = None
