"""Parts of a film's answer that were asked for and did not come: 'not answered' is not 'none'.

TMDB leaves parts of an answer out now and then, or puts an error object in their place, and still answers 200. The
request says what was asked for; a part that nobody asked for is not missing.
"""

from __future__ import annotations

from typing import Any

from spark_jobs.silver.reading.answers import Answer
from spark_jobs.silver.reading.cleaning import said

_LISTS = {
    "credits": ("cast", "crew"),
    "keywords": ("keywords",),
    "alternative_titles": ("titles",),
    "external_ids": (),
    "reviews": ("results",),
}
COLUMNS = {
    "credits": ("directors", "composers", "top_cast", "cast", "crew"),
    "keywords": ("keywords",),
    "alternative_titles": ("alternative_titles",),
    "external_ids": ("imdb_id",),
    "reviews": ("reviews",),
}
"""Columns of a typed film that are made of a part."""


def missing(answer: Answer) -> list[str]:
    """Names of the parts of an answer (body: TMDB_DETAILS) that were asked for and are not there."""
    if answer.status != 200 or not answer.asked_parts:
        return []
    asked = answer.asked_parts.split(",")
    return [
        part
        for part in COLUMNS
        if part in asked and not _is_answered(getattr(answer.body, part), _LISTS[part])
    ]


def _is_answered(part: Any, lists: tuple[str, ...]) -> bool:
    if part is None or part.status_code is not None or said(part.success) == "false":
        return False
    return not lists or any(getattr(part, name) is not None for name in lists)
