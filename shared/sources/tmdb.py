"""TMDB v3: which request each task kind makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.errors import SourceUnavailable
from shared.messages.tasks import ChangesParams, CollectionParams, DetailsParams, DiscoverParams, TaskParams
from shared.sources.client import ApiClient, ApiRequest

APPENDED = "credits,keywords,alternative_titles,external_ids,reviews"


class TmdbClient(ApiClient):
    """Client of TMDB; v4 read token as bearer on the v3 paths."""

    source = "tmdb"

    def check_body(self, request: ApiRequest, body: Mapping[str, Any]) -> None:
        """TMDB tells some errors in a 200: `success` is false then."""
        if body.get("success") is False:
            raise SourceUnavailable(f"tmdb {request.path}: error {body.get('status_code')} in a 200")


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
