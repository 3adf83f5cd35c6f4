"""Discogs: which request each task kind makes, and what its headers say of the rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from shared.messages.tasks import MasterParams, ReleaseParams, SearchParams, TaskParams
from shared.sources.bodies import whole_number
from shared.sources.client import ApiClient, ApiRequest, Quota
from shared.sources.limits import DISCOGS_PAGE_SIZE

STYLE = "Soundtrack"
SEARCH = "/database/search"
NARROWING = frozenset({"year", "format", "country"})
"""A search narrowed by these may well find nothing."""
MOST_HIDDEN_ROWS = 5
"""A search counts rows that no page lists; a page that should have no more than these may stay empty."""


class DiscogsClient(ApiClient):
    """Client of Discogs; `Authorization: Discogs token=...`, never in the query, which it echoes back."""

    source = "discogs"

    def read_quota(self, headers: httpx.Headers) -> Quota:
        """`X-Discogs-Ratelimit` and `-Remaining`, requests in a moving minute."""
        return Quota(
            limit_per_min=_number(headers.get("x-discogs-ratelimit")),
            remaining=_number(headers.get("x-discogs-ratelimit-remaining")),
        )

    def problem_of(self, request: ApiRequest, body: Mapping[str, Any]) -> str | None:
        """A message in a 200, another record than the one asked for, rows that are not there."""
        if request.path == SEARCH:
            return _problem_of_search(request, body)
        asked = int(request.path.rsplit("/", 1)[-1])
        if whole_number(body.get("id")) == asked:
            return None
        if "message" in body:
            return f"a message in a 200: {str(body['message'])[:80]}"
        return f"another record than the one asked for (id: {str(body.get('id'))[:40]})"

    def seems_emptied(self, request: ApiRequest, body: Mapping[str, Any]) -> bool:
        """All soundtracks there are: none; or a page whose few rows may be some that no page ever lists."""
        if request.path != SEARCH or body["results"]:
            return False
        is_whole = request.query.get("page", "1") == "1" and not NARROWING.intersection(request.query)
        return is_whole or _rows_due(request, body) > 0


def _problem_of_search(request: ApiRequest, body: Mapping[str, Any]) -> str | None:
    if not isinstance(body.get("results"), list):
        return "the answer has no list of results"
    pagination = body.get("pagination")
    if not isinstance(pagination, dict) or whole_number(pagination.get("items")) is None:
        return "the answer has no pagination.items"
    page = int(request.query.get("page", "1"))
    if whole_number(pagination.get("page", page)) != page:
        return f"another page than the one asked for (pagination.page: {str(pagination['page'])[:40]})"
    if not body["results"] and _rows_due(request, body) > MOST_HIDDEN_ROWS:
        return f"page {page} of {pagination['items']} releases is empty"
    return None


def _rows_due(request: ApiRequest, body: Mapping[str, Any]) -> int:
    """How many rows the page should have by what the search counts."""
    size, page = int(request.query["per_page"]), int(request.query.get("page", "1"))
    return min(max(int(body["pagination"]["items"]) - size * (page - 1), 0), size)


def requests_of(params: TaskParams) -> tuple[ApiRequest, ...]:
    """The requests of a Discogs task, in order."""
    match params:
        case SearchParams():
            return (ApiRequest(SEARCH, _search_query(params)),)
        case ReleaseParams():
            return (ApiRequest(f"/releases/{params.release_id}"),)
        case MasterParams():
            return (ApiRequest(f"/masters/{params.master_id}"),)
        case _:
            raise TypeError(f"{params.kind} is no Discogs task")


def _search_query(params: SearchParams) -> dict[str, str]:
    query = {
        "style": STYLE,
        "type": params.type,
        "per_page": str(DISCOGS_PAGE_SIZE),
        "page": str(params.page),
    }
    if params.year is not None:
        query["year"] = str(params.year)
    if params.format:
        query["format"] = params.format
    if params.country:
        query["country"] = params.country
    if params.order:
        query |= {"sort": "year", "sort_order": params.order}
    return query


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
