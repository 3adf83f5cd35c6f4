"""What the Spark jobs measured, as far as a run's state keeps it: quality by dimension, matches by band."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.lake import METRICS, Lake

log = logging.getLogger(__name__)


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
    quality = _parsed(_Quality, await lake.read(METRICS, f"{run_id}/quality.json"), run_id)
    matching = _parsed(_Matching, await lake.read(METRICS, f"{run_id}/matching.json"), run_id)
    tables = {name: table.scores for name, table in quality.tables.items()} if quality else {}
    return Scores(tables, matching.bands if matching else {})


def _parsed(kind: type[Any], data: bytes | None, run_id: str) -> Any:
    if data is None:
        return None
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:  # of another version of the jobs: the run goes on without
        log.warning("metrics of run %s cannot be read: %d faults", run_id, error.error_count())
        return None
