"""What the Spark jobs found in a run: documents of the metrics container, as far as a model of them asks."""

from __future__ import annotations

import logging
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from shared.adapters.lake import METRICS, Lake

Finding = TypeVar("Finding", bound=BaseModel)
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
