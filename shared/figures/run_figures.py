"""The figures of a run, put together from its state, its progress and what its jobs left. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shared.figures.cost import RunUse, cost_usd
from shared.figures.latency import latency_s
from shared.runs.findings import Job
from shared.runs.state import RunState


class SourceUse(BaseModel):
    """What a run asked a source, and what it need not ask."""

    model_config = ConfigDict(frozen=True)

    requests: int
    saved_requests: int = Field(description="Answers that were fresh enough not to be asked again")
    landed_bytes: int = Field(description="Of raw blobs, compressed: what the run added to storage for good")

    @property
    def cache_hits(self) -> float | None:
        """Share of the answers that were not asked for again; None without answers."""
        answers = self.requests + self.saved_requests
        return self.saved_requests / answers if answers else None


class RunFigures(BaseModel):
    """What a run took and used, so far."""

    model_config = ConfigDict(frozen=True)

    latency_s: dict[str, float] = Field(description="Seconds of each part that is over, from timer to report")
    sources: dict[str, SourceUse]
    jobs: dict[str, Job]
    cost_usd: dict[str, float] = Field(description="US dollars by service, by the model of docs/cost.md")


def figures_of(state: RunState, progress: Mapping[str, Any], jobs: Mapping[str, Job]) -> RunFigures:
    """The figures of a run, of its progress document and what its jobs left."""
    sums: Mapping[str, Mapping[str, int]] = progress.get("sources", {})
    latency = latency_s(state)
    use = RunUse(
        tasks=sum(each.get("tasks", 0) for each in sums.values()),
        busy_s=latency.get("ingest", 0.0) * (len(sums) + 1),
        jobs_s=sum(job.seconds for job in jobs.values()),
    )
    return RunFigures(
        latency_s={part: round(seconds, 3) for part, seconds in latency.items()},
        sources={
            source: SourceUse(
                requests=each.get("requests", 0),
                saved_requests=each.get("saved_requests", 0),
                landed_bytes=each.get("size_bytes", 0),
            )
            for source, each in sums.items()
        },
        jobs=dict(jobs),
        cost_usd=cost_usd(use),
    )
