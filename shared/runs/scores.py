"""What the Spark jobs measured, as far as a run's state keeps it: quality by dimension, matches by band."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from shared.adapters.lake import Lake
from shared.runs.findings import read_finding


class _Table(BaseModel):
    model_config = ConfigDict(extra="ignore")

    scores: dict[str, float]


class _Quality(BaseModel):
    model_config = ConfigDict(extra="ignore")

    tables: dict[str, _Table]


class _Matching(BaseModel):
    model_config = ConfigDict(extra="ignore")

    bands: dict[str, int]


@dataclass(frozen=True)
class Scores:
    """Scores by table and dimension (0 to 1), matches by band; {} for what no job has written yet."""

    quality: dict[str, dict[str, float]] = field(default_factory=dict)
    bands: dict[str, int] = field(default_factory=dict)


async def read_scores(lake: Lake, run_id: str) -> Scores:
    """What `metrics/RUN/quality.json` and `matching.json` say; what cannot be read is logged and left out."""
    quality = await read_finding(lake, f"{run_id}/quality.json", _Quality)
    matching = await read_finding(lake, f"{run_id}/matching.json", _Matching)
    tables = {name: table.scores for name, table in quality.tables.items()} if quality else {}
    return Scores(tables, matching.bands if matching else {})
