"""Odd rather than broken: each takes a good answer and returns what real sources send at times. Pure."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

from local.catalog.apis.answers import Answer, Asked, to_answer
from local.catalog.stores.films import APPENDABLE

LISTS = ("discover/movie", "movie/changes", "database/search")
ODD_IDS: tuple[Any, ...] = (None, {"id": None}, {"id": "12"}, {"id": 0})
PART_ERROR = {"success": False, "status_code": 11, "status_message": "Internal error: Something went wrong."}
NOT_THERE = {
    "success": False,
    "status_code": 34,
    "status_message": "The requested resource could not be found.",
}
Odd = Callable[[Answer, Asked], Answer | None]
"""Returns None where the fault does not fit the answer."""


def packed_body(answer: Answer, asked: Asked) -> Answer | None:
    """The body in gzip, without the header that says so."""
    return answer._replace(body=gzip.compress(answer.body, mtime=0))


def missing_parts(answer: Answer, asked: Asked) -> Answer | None:
    """A film without the parts that were to be appended."""
    parts = _parts(asked)
    return _changed(answer, lambda body: {k: v for k, v in body.items() if k not in parts}) if parts else None


def error_in_parts(answer: Answer, asked: Asked) -> Answer | None:
    """A film with an error in place of each appended part."""
    parts = _parts(asked)
    return _changed(answer, lambda body: body | dict.fromkeys(parts, PART_ERROR)) if parts else None


def bare_error(answer: Answer, asked: Asked) -> Answer | None:
    """An error body with status 200 and without `success`."""
    return to_answer({"status_code": 25, "status_message": "Your request count is over the allowed limit."})


def other_record(answer: Answer, asked: Asked) -> Answer | None:
    """The right shape, about another record."""
    return None if _is_list(asked) else _changed(answer, lambda body: body | {"id": int(body["id"]) + 1})


def no_collection_id(answer: Answer, asked: Asked) -> Answer | None:
    """A film whose collection has no id."""
    if not asked.path.startswith("movie/") or _is_list(asked):
        return None
    return _changed(answer, lambda body: body | {"belongs_to_collection": {"id": None, "name": "Nameless"}})


def empty_list(answer: Answer, asked: Asked) -> Answer | None:
    """A list that says that there is nothing."""
    none = {"results": [], "total_pages": 0, "total_results": 0}
    if asked.path == "database/search":
        return _changed(answer, lambda body: {"pagination": body["pagination"] | {"items": 0}, "results": []})
    return _changed(answer, lambda body: body | none) if _is_list(asked) else None


def empty_page(answer: Answer, asked: Asked) -> Answer | None:
    """A page without rows, in a list that has some."""
    return _changed(answer, lambda body: body | {"results": []}) if _is_list(asked) else None


def odd_rows(answer: Answer, asked: Asked) -> Answer | None:
    """A page with rows that name nothing, beside the good ones."""
    if not _is_list(asked):
        return None
    return _changed(answer, lambda body: body | {"results": [*ODD_IDS, *body["results"]]})


def gone_page(answer: Answer, asked: Asked) -> Answer | None:
    """404, in the source's own words, for a page after the first."""
    if not _is_list(asked) or asked.params.get("page", "1") == "1":
        return None
    return to_answer({"message": NOT_THERE["status_message"]} | NOT_THERE, 404)


ODD_ANSWERS: dict[str, Odd] = {
    odd.__name__: odd
    for odd in (
        packed_body,
        missing_parts,
        error_in_parts,
        bare_error,
        other_record,
        no_collection_id,
        empty_list,
        empty_page,
        odd_rows,
        gone_page,
    )
}


def _is_list(asked: Asked) -> bool:
    return asked.path in LISTS


def _parts(asked: Asked) -> list[str]:
    return [name for name in asked.params.get("append_to_response", "").split(",") if name in APPENDABLE]


def _changed(answer: Answer, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Answer | None:
    """The answer with another body; None for one that is no record and no list."""
    if answer.status != 200:
        return None
    return answer._replace(body=json.dumps(change(json.loads(answer.body))).encode())
