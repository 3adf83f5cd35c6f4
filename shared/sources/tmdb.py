"""TMDB v3: which request each task kind makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.messages.tasks import ChangesParams, CollectionParams, DetailsParams, DiscoverParams, TaskParams
from shared.sources.bodies import whole_number
from shared.sources.client import ApiClient, ApiRequest

APPENDED = "credits,keywords,alternative_titles,external_ids,reviews"
PARTS = {
    "credits": ("cast", "crew"),
    "keywords": ("keywords",),
    "alternative_titles": ("titles",),
    "reviews": ("results",),
}
"""The lists that an appended part must hold to be an answer."""
LISTS = ("/3/discover/movie", "/3/movie/changes")
NARROWING = frozenset({"primary_release_date.gte", "primary_release_date.lte", "with_original_language"})
"""A list narrowed by these may well be empty."""


class TmdbClient(ApiClient):
    """Client of TMDB; v4 read token as bearer on the v3 paths."""

    source = "tmdb"

    def problem_of(self, request: ApiRequest, body: Mapping[str, Any]) -> str | None:
        """Errors told in a 200, another record than the one asked for, parts or rows that are not there."""
        if _is_error(body):
            return f"error {body.get('status_code')} in a 200"
        if request.path in LISTS:
            return _problem_of_list(request, body)
        asked = int(request.path.rsplit("/", 1)[-1])
        if whole_number(body.get("id")) != asked:
            return f"another record than the one asked for (id: {str(body.get('id'))[:40]})"
        parts = filter(None, request.query.get("append_to_response", "").split(","))
        missing = [name for name in parts if not _is_part(name, body.get(name))]
        return f"the answer lacks {', '.join(missing)}" if missing else None

    def seems_emptied(self, request: ApiRequest, body: Mapping[str, Any]) -> bool:
        """A whole catalog, or a window of changes, without a single film."""
        if request.path not in LISTS or body["total_results"] > 0:
            return False
        return request.query.get("page", "1") == "1" and not NARROWING.intersection(request.query)


def _is_error(body: Mapping[str, Any]) -> bool:
    """Not all errors carry `success`; no record and no list carries a status."""
    return body.get("success") is False or ("status_code" in body and "status_message" in body)


def _is_part(name: str, part: object) -> bool:
    """Whether an appended part was answered: an object with its lists, not an error in its place."""
    if not isinstance(part, dict) or _is_error(part):
        return False
    return all(isinstance(part.get(field), list) for field in PARTS.get(name, ()))


def _problem_of_list(request: ApiRequest, body: Mapping[str, Any]) -> str | None:
    rows, page = body.get("results"), int(request.query.get("page", "1"))
    if not isinstance(rows, list):
        return "the answer has no list of results"
    for field in ("total_results", "total_pages"):
        if whole_number(body.get(field)) is None:
            return f"the answer has no {field}"
    if whole_number(body.get("page", page)) != page:
        return f"another page than the one asked for (page: {str(body.get('page'))[:40]})"
    if not rows and page <= body["total_pages"] and body["total_results"] > 0:
        return f"page {page} of {body['total_pages']} is empty"
    return None


def requests_of(params: TaskParams) -> tuple[ApiRequest, ...]:
    """The requests of a TMDB task, in order."""
    match params:
        case DiscoverParams():
            return (ApiRequest("/3/discover/movie", _discover_query(params)),)
        case DetailsParams():
            query = {"append_to_response": APPENDED}
            return tuple(ApiRequest(f"/3/movie/{film_id}", query) for film_id in params.film_ids)
        case ChangesParams():
            return (ApiRequest("/3/movie/changes", _changes_query(params)),)
        case CollectionParams():
            return (ApiRequest(f"/3/collection/{params.collection_id}"),)
        case _:
            raise TypeError(f"{params.kind} is no TMDB task")


def _discover_query(params: DiscoverParams) -> dict[str, str]:
    query = {"include_adult": "false", "sort_by": params.sort, "page": str(params.page)}
    if params.since:
        query["primary_release_date.gte"] = params.since.isoformat()
    if params.until:
        query["primary_release_date.lte"] = params.until.isoformat()
    if params.language:
        query["with_original_language"] = params.language
    return query


def _changes_query(params: ChangesParams) -> dict[str, str]:
    return {
        "start_date": params.since.isoformat(),
        "end_date": params.until.isoformat(),
        "page": str(params.page),
    }
