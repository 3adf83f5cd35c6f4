"""What the Spark jobs measured in a run: `metrics/RUN/quality.json`, `matching.json`, `silver.json` and `gold.json`.

And what came of the last export.

One model of each, as far as the app reads them; what else the documents hold is left out.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    from shared.adapters.lake import Lake

Band = Literal["strong", "probable", "possible"]
Share = float
log = logging.getLogger(__name__)


class _Document(BaseModel):
    """Base of the models below."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class TableQuality(_Document):
    """What the checks found in one silver table."""

    records: int
    refused: int
    rows: int
    score: Share
    scores: dict[str, Share] = Field(description="By dimension")
    fill: dict[str, Share] = Field({}, description="Share of the records with a value, by column")


class Quality(_Document):
    """What the checks found in a run (`metrics/RUN/quality.json`, in short)."""

    passed: bool
    failures: tuple[str, ...]
    tables: dict[str, TableQuality]


class ScoreBin(_Document):
    """Candidate pairs within 0.05 of probability."""

    from_: float = Field(alias="from", serialization_alias="from")
    to: float
    pairs: int
    best: int = Field(description="Those that are their record's likeliest")


class KnownLinks(_Document):
    """How the matches agree with links known from elsewhere, of films and records that are there."""

    records: int = Field(description="Records whose film is known")
    precision: Share
    recall: Share
    f1: Share
    bad_rows: int = Field(
        0, description="Rows that could not be read; the gold job's log and metrics name them"
    )


class ReviewCounts(_Document):
    """What people said of matches, and what stands of it."""

    kept: int
    confirmed: int
    rejected: int
    contested: int = Field(description="Pairs that people disagree on")


class Matching(_Document):
    """What the matcher found in a run (`metrics/RUN/matching.json`, in short)."""

    mode: str
    films: int
    releases: int
    matches: int
    bands: dict[Band, int]
    ambiguous: int
    match_rate: Share
    films_with_a_match: int
    candidates: int
    score_histogram: tuple[ScoreBin, ...]
    known_links: KnownLinks | None = Field(None, description="Null where no link is known from elsewhere")
    reviews: ReviewCounts | None = None
    lineage: dict[str, Any] = Field(description="Versions of the tables it read, matcher, thresholds")


class SparkWork(_Document):
    """What Spark counted while a job ran, from its event log."""

    tasks: int
    failed_tasks: int
    run_s: float = Field(description="Seconds of all tasks, those side by side added up")
    gc_s: float = Field(description="Seconds of garbage collection within tasks, added up likewise")
    spilled_bytes: int = Field(description="Written to disk for want of memory")
    shuffled_bytes: int
    peak_task_bytes: int = Field(description="Most memory of one task for sorts, joins and groups")
    peak_heap_bytes: int = Field(description="Most heap of the JVM, where it was looked at; else 0")


class Job(_Document):
    """A job as it went (`metrics/RUN/STAGE.json`, in short)."""

    seconds: float = Field(description="By its own clock, without the start of its compute")
    step_seconds: dict[str, float] = {}
    spark: SparkWork | None = Field(None, description="Null where the job could not read an event log")


class Export(_Document):
    """What came of the last export to MongoDB (`control/export.json`)."""

    run_id: str
    state: Literal["completed", "failed"]
    reason: str
    ended_at: datetime


Document = TypeVar("Document", Quality, Matching, Job, Export)


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What the jobs of a run measured; None where a job has not written it, or wrote it in another shape."""

    quality: Quality | None
    matching: Matching | None

    @property
    def scores(self) -> dict[str, dict[str, float]]:
        """Quality scores by table and dimension, 0 to 1; {} before silver."""
        return {name: table.scores for name, table in self.quality.tables.items()} if self.quality else {}

    @property
    def fill(self) -> dict[str, dict[str, float]]:
        """Fill rates by table and column, 0 to 1; {} before silver."""
        return {name: table.fill for name, table in self.quality.tables.items()} if self.quality else {}

    @property
    def bands(self) -> dict[str, int]:
        """Matches by band; {} before gold."""
        return {str(band): count for band, count in self.matching.bands.items()} if self.matching else {}


async def read_findings(lake: Lake, run_id: str) -> Findings:
    """What the jobs of a run wrote; a document that cannot be read is logged and left out."""
    return Findings(
        quality=await _read(lake, "metrics", f"{run_id}/quality.json", Quality),
        matching=await _read(lake, "metrics", f"{run_id}/matching.json", Matching),
    )


async def read_jobs(lake: Lake, run_id: str) -> dict[str, Job]:
    """How the jobs of a run went, by stage; those that have not ended are not there."""
    found = {
        stage: await _read(lake, "metrics", f"{run_id}/{stage}.json", Job) for stage in ("silver", "gold")
    }
    return {stage: job for stage, job in found.items() if job}


async def read_export(lake: Lake) -> Export | None:
    """What came of the last export; None where gold is not exported."""
    return await _read(lake, "control", "export.json", Export)


async def _read(lake: Lake, container: str, name: str, model: type[Document]) -> Document | None:
    data = await lake.read(container, name)
    if data is None:
        return None
    try:
        return model.model_validate_json(data)
    except ValidationError as error:  # nothing else of the run suffers
        log.warning("%s/%s cannot be shown: %s", container, name, error.errors(include_input=False)[0]["msg"])
        return None
