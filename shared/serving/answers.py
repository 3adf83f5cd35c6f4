"""Models of what the HTTP functions answer: runs begun and stopped, refusals, health, alerts, films."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.alerting.rules import Severity
from shared.runs.findings import Band, Share
from shared.runs.state import State


class Answer(BaseModel):
    """Base of all answers. Fields of the jobs' documents that an answer does not name are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class BadRequest(Answer):
    """400: a parameter or a field of the body is wrong."""

    error: str = Field(description="What is wrong, and what to give instead")
    field: str = Field(description="Name of the parameter or field")


class RunProblem(Answer):
    """404 or 409: the run is not there, or in a state that does not allow this."""

    error: str
    run_id: str = Field(description="The run that is missing, or in the way")


class Unavailable(Answer):
    """503: a setting is missing, or something the app stands on does not answer."""

    error: str
    setting: str | None = None


class RunBegun(Answer):
    """202: a run began."""

    run_id: str
    status_url: str = Field(description="Where to ask how it goes")
    state: State


class ReplayBegun(RunBegun):
    """202: a run began that does what another could not."""

    replays: str
    tasks: int = Field(description="Tasks it begins with")


class NothingToReplay(Answer):
    """200: the run left nothing undone."""

    replays: str
    tasks: Literal[0] = 0


class RunStopped(Answer):
    """200: the run has ended, now or before."""

    run_id: str
    state: State
    reason: str | None


class Dependency(Answer):
    """Something the app stands on."""

    name: str
    status: Literal["ok", "down"]
    latency_ms: float
    detail: str


class Health(Answer):
    """200 when all is well, 503 when something is down."""

    status: Literal["ok", "down"]
    checked_at: datetime
    dependencies: tuple[Dependency, ...]

    @classmethod
    def not_started(cls, name: str, detail: str, now: datetime) -> Health:
        """The health of an app whose services cannot be made, for want of `name`."""
        missing = Dependency(name=name, status="down", latency_ms=0.0, detail=detail)
        return cls(status="down", checked_at=now, dependencies=(missing,))


class OpenAlert(Answer):
    """Something is wrong, since when and why."""

    rule: str
    severity: Severity
    reason: str
    run_id: str | None = None
    opened_at: datetime


class ScheduleObjective(Answer):
    """How the scheduled runs among the last 40 did, against 99.5 % in time."""

    target: float
    runs: int = Field(description="Scheduled runs that count; cancelled ones do not")
    kept: int = Field(description="Those of them that completed within RUN_LIMIT_MIN")
    share: float | None = Field(description="Kept by runs; null without runs")
    budget_runs: float = Field(description="How many of so many runs may fail")
    budget_left: float | None = Field(description="Share of that budget; under 0 when it is overspent")
    fresh_until: datetime | None = Field(
        description="When the tables become too old; null without a completed run"
    )
    is_fresh: bool


class AlertRecord(Answer):
    """What the alerts of a rule were like in the last 30 days."""

    rule: str
    closed: int = Field(description="Alerts that were over in that time")
    median_min: float = Field(description="Minutes until they were over, the middle one")
    longest_min: float


class Stored(Answer):
    """What the lake holds, as it was measured last."""

    at: datetime
    areas: dict[str, int] = Field(description="Bytes by area")
    total_bytes: int
    growth_per_run_bytes: float | None = Field(
        description="What a run added between the last two nights; null without a run between them"
    )


class OpenAlerts(Answer):
    """The alerts that are open, none when all is well; how alerts, schedule and storage stand."""

    alerts: tuple[OpenAlert, ...]
    objective: ScheduleObjective
    record: tuple[AlertRecord, ...] = Field((), description="The most frequent rule first")
    stored: Stored | None = Field(None, description="Null before the first night")


class RecordFound(Answer):
    """A record matched to a film, with the evidence."""

    release_id: int
    title: str | None = None
    artist: str | None = None
    year: int | None = None
    probability: Share
    band: Band
    reason: str | None = None


class FilmFound(Answer):
    """A film and its likeliest records."""

    film_id: int
    title: str | None = None
    original_title: str | None = None
    year: int | None = None
    release_count: int = 0
    releases: tuple[RecordFound, ...] = ()
    why: str | None = Field(None, description="Why it has no record; null where it has one")


class UnmatchedRecord(Answer):
    """A record of no film, with the likeliest one."""

    release_id: int
    title: str | None = None
    artist: str | None = None
    year: int | None = None
    why: str | None = None
    nearest_film_id: int | None = None
    nearest_film_title: str | None = None
    nearest_score: Share | None = None


class SearchAnswer(Answer):
    """Films whose title, or whose records, have the words, and records of no film that have them."""

    query: str
    snapshot: str | None = Field(description="The run that made the index; null before the first one")
    films: tuple[FilmFound, ...]
    records: tuple[UnmatchedRecord, ...] = ()
