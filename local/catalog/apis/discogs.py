"""Discogs: `database/search`, `releases/{id}`, `masters/{id}`.

As the real API: `pagination.pages` counts pages that are then refused beyond 10,000 results; `pagination.urls`
repeats the query, with the token if that was put there; every request needs a User-Agent. Without `type` a search
finds releases and masters. `sort=year` is obeyed unless the catalog is told to ignore it. Unlike the real one, records
and masters need a token too.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from local.catalog.apis.answers import Answer, Asked, moved, retry_header, to_answer
from local.catalog.columns import encode
from local.catalog.stores.releases import ReleaseStore, Search

MAX_RESULTS, MAX_PER_PAGE, DEFAULT_PER_PAGE = 10_000, 100, 50
NO_AGENT = "A User-Agent header that identifies your application is required."
NO_TOKEN = "You must authenticate to access this resource."  # noqa: S105 - a message
BAD_TOKEN = "Invalid consumer token. Please register an app before making requests."  # noqa: S105 - a message
NOT_FOUND = "The requested resource was not found."
BAD_PAGE = "Invalid pagination: page and per_page are expected to be positive integers."
MESSAGES = {
    429: "You are making requests too quickly.",
    500: "An internal server error occurred. (Malformed query?)",
    503: "Discogs is down for maintenance.",
}


class DiscogsApi:
    """Answers Discogs requests out of a release store."""

    def __init__(self, releases: ReleaseStore, ignores_sort: bool = False) -> None:
        self._releases = releases
        self._ignores_sort = ignores_sort

    def kind(self, path: str) -> str:
        """Return search, release, master or other."""
        if path == "database/search":
            return "search"
        return {"releases": "release", "masters": "master"}.get(path.split("/")[0], "other")

    def refusal(self, asked: Asked, token: str | None) -> Answer | None:
        """Return 403 without a User-Agent, 401 without the right token in header or query."""
        if not asked.headers.get("user-agent", "").strip():
            return _message(403, NO_AGENT)
        given = asked.headers.get("authorization", "").removeprefix("Discogs token=") or asked.params.get(
            "token", ""
        )
        if not given:
            return _message(401, NO_TOKEN)
        is_right = token is not None and hmac.compare_digest(given.encode(), token.encode())
        return None if is_right else _message(401, BAD_TOKEN)

    def answer(self, asked: Asked, shift: int = 0) -> Answer:
        """Return the answer to a request with good credentials."""
        parts = asked.path.split("/")
        if asked.path == "database/search":
            return self._search(asked, shift)
        if len(parts) == 2 and parts[0] == "releases":
            return self._one(parts[1], self._releases.index, self._releases.details, "Release not found.")
        if len(parts) == 2 and parts[0] == "masters":
            store = self._releases
            return self._one(parts[1], store.main_release, store.master_details, "Master Release not found.")
        return _message(404, NOT_FOUND)

    def error(self, status: int, retry_after_s: int | None = None) -> Answer:
        """Return Discogs' answer for 429, 500 or 503."""
        return _message(status, MESSAGES[status])._replace(headers=retry_header(retry_after_s))

    def error_in_200(self) -> Answer:
        """Return an error body with status 200."""
        return _message(200, MESSAGES[500])

    def _one(
        self, text: str, find: Callable[[int], int | None], details: Callable[[int], bytes], missing: str
    ) -> Answer:
        is_number = text.isascii() and text.isdigit() and len(text) < 19
        place = find(int(text)) if is_number else None
        return _message(404, missing) if place is None else Answer(200, details(place))

    def _search(self, asked: Asked, shift: int) -> Answer:
        page, per_page = (
            _positive(asked.params, "page", 1),
            _positive(asked.params, "per_page", DEFAULT_PER_PAGE),
        )
        if page is None or per_page is None:
            return _message(422, BAD_PAGE)
        per_page = min(per_page, MAX_PER_PAGE)
        entries = self._releases.select(_search_of(asked.params, self._ignores_sort))
        pages = max(-(-len(entries) // per_page), 1)
        if page * per_page > MAX_RESULTS or page > pages:
            return _message(404, NOT_FOUND)
        shown = moved((page - 1) * per_page, per_page, shift, len(entries))
        rows = b",".join(self._releases.row(entry) for entry in entries[shown.start : shown.stop].tolist())
        pagination = {"page": page, "pages": pages, "per_page": per_page, "items": len(entries)}
        pagination_json = encode(pagination | {"urls": _urls(asked, page, pages)})
        return Answer(200, b'{"pagination":' + pagination_json + b',"results":[' + rows + b"]}")


def _search_of(params: Mapping[str, str], ignores_sort: bool) -> Search:
    order = params.get("sort_order", "asc")
    is_sorted = params.get("sort") == "year" and order in ("asc", "desc") and not ignores_sort
    year = params.get("year", "").strip()
    return Search(
        kind=params.get("type", ""),
        style=params.get("style", ""),
        genre=params.get("genre", ""),
        format=params.get("format", ""),
        country=params.get("country", ""),
        year=None if not year else int(year) if year.isascii() and year.isdigit() and len(year) == 4 else 0,
        text=tuple((params.get("q", "") + " " + params.get("title", "")).lower().split()),
        artist=params.get("artist", ""),
        title=params.get("release_title", ""),
        order=order if is_sorted else "",
    )


def _urls(asked: Asked, page: int, pages: int) -> dict[str, str]:
    def at(number: int) -> str:
        return f"{asked.url}?{urlencode({**asked.params, 'page': number})}"

    earlier = {"first": at(1), "prev": at(page - 1)} if page > 1 else {}
    later = {"last": at(pages), "next": at(page + 1)} if page < pages else {}
    return earlier | later


def _positive(params: Mapping[str, str], name: str, default: int) -> int | None:
    text = params.get(name) or str(default)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0 else None


def _message(status: int, message: str) -> Answer:
    return to_answer({"message": message}, status)
