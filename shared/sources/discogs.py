"""Discogs: which request each task kind makes, and what its headers say of the rate."""

from __future__ import annotations

import httpx

from shared.messages.tasks import ReleaseParams, SearchParams, TaskParams
from shared.sources.client import ApiClient, ApiRequest, Quota
from shared.sources.limits import DISCOGS_PAGE_SIZE

STYLE = "Soundtrack"


class DiscogsClient(ApiClient):
    """Client of Discogs; `Authorization: Discogs token=...`, never in the query, which it echoes back."""

    source = "discogs"

    def read_quota(self, headers: httpx.Headers) -> Quota:
        """`X-Discogs-Ratelimit` and `-Remaining`, requests in a moving minute."""
        return Quota(
            limit_per_min=_number(headers.get("x-discogs-ratelimit")),
            remaining=_number(headers.get("x-discogs-ratelimit-remaining")),
        )


def requests_of(params: TaskParams) -> tuple[ApiRequest, ...]:
    """The requests of a Discogs task, in order."""
    match params:
        case SearchParams():
            return (ApiRequest("/database/search", _search_query(params)),)
        case ReleaseParams():
            return (ApiRequest(f"/releases/{params.release_id}"),)
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
    return query


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
