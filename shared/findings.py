"""What the Spark jobs found in a run: the quality and matching documents of the metrics container, in short."""

from __future__ import annotations

import logging
from typing import TypeVar

from pydantic import ValidationError

from shared.lake import METRICS, Lake
from shared.views import Matching, Quality

Finding = TypeVar("Finding", Quality, Matching)
log = logging.getLogger(__name__)


async def read_finding(lake: Lake, name: str, kind: type[Finding]) -> Finding | None:
    """A document of the metrics container; None when its job has not written it, or wrote another version of it."""
    data = await lake.read(METRICS, name)
    if data is None:
        return None
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:  # nothing else of the run suffers
        log.warning("metrics/%s cannot be shown: %s", name, error.errors(include_input=False)[0]["msg"])
        return None
