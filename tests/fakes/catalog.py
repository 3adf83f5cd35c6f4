"""TMDB and Discogs in memory, behind an httpx transport; answers can be replaced by faults."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import httpx

TMDB_TOKEN = "tmdb-token-for-tests"  # noqa: S105 -- not a credential anywhere
DISCOGS_TOKEN = "discogs-token-for-tests"  # noqa: S105 -- not a credential anywhere
FIRST_DAY = date(1980, 1, 1)
Fault = httpx.Response | httpx.HTTPError


class FakeCatalog:
    """`films` films and `releases` releases with ids from 1; every third film belongs to a collection.

    Attributes:
        asked: path and query of each request, in order.
        asked_at: what the clock said then.
        faults: answers to give first, by path; each is used once.
        gone: films that were removed.
    """

    def __init__(
        self, films: int = 30, releases: int = 120, clock: Callable[[], float] | None = None
    ) -> None:
        self.films = range(1, films + 1)
        self.releases = range(1, releases + 1)
        self._clock = clock or (lambda: 0.0)
        self.asked: list[str] = []
        self.asked_at: list[float] = []
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.gone: set[int] = set()
        self.tokens = {"Bearer " + TMDB_TOKEN, "Discogs token=" + DISCOGS_TOKEN}

    def transport(self) -> httpx.MockTransport:
        """What an httpx client is given instead of the network."""
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.raw_path.decode())
        self.asked_at.append(self._clock())
        if request.headers.get("authorization") not in self.tokens:
            return httpx.Response(401, json={"status_code": 7, "success": False})
        faults = self.faults[request.url.path]
        if faults:
            fault = faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        return self._answer(request.url.path, request.url.params)

    def _answer(self, path: str, query: Mapping[str, str]) -> httpx.Response:
        kind, _, record_id = path.rpartition("/")
        if path == "/3/discover/movie":
            return httpx.Response(200, json=self._discover(query))
        if path == "/database/search":
            return httpx.Response(200, json=self._search(query))
        if path == "/3/movie/changes":
            rows = [{"id": film_id, "adult": False} for film_id in self.films]
            return httpx.Response(
                200, json={"results": rows, "page": 1, "total_pages": 1, "total_results": len(rows)}
            )
        if kind == "/3/movie" and int(record_id) in self.films and int(record_id) not in self.gone:
            return httpx.Response(200, json=film_of(int(record_id)))
        if kind in ("/3/collection", "/releases", "/masters"):
            return httpx.Response(200, json={"id": int(record_id), "name": f"number {record_id}"})
        return httpx.Response(404, json={"status_code": 34, "success": False})

    def _discover(self, query: Mapping[str, str]) -> dict[str, Any]:
        since = query.get("primary_release_date.gte", "0000-00-00")
        until = query.get("primary_release_date.lte", "9999-99-99")
        found = [film_id for film_id in self.films if since <= release_day(film_id).isoformat() <= until]
        page = int(query["page"])
        rows = [{"id": film_id} for film_id in found[20 * page - 20 : 20 * page]]
        pages = -(-len(found) // 20)
        return {"page": page, "results": rows, "total_pages": pages, "total_results": len(found)}

    def _search(self, query: Mapping[str, str]) -> dict[str, Any]:
        page, size = int(query["page"]), int(query["per_page"])
        found = [r for r in self.releases if "year" not in query or str(1990 + r % 30) == query["year"]]
        rows = [{"id": r, "title": f"Artist - Release {r}"} for r in found[size * page - size : size * page]]
        return {
            "pagination": {"items": len(found), "pages": 1, "page": page, "per_page": size},
            "results": rows,
        }


def release_day(film_id: int) -> date:
    """The day a film of the catalog was released: one film a day."""
    return FIRST_DAY + timedelta(days=film_id)


def film_of(film_id: int) -> dict[str, Any]:
    """The answer about a film, with all the parts that are asked for."""
    collection = {"id": 500 + film_id // 9} if film_id % 3 == 0 else None
    return {
        "id": film_id,
        "title": f"Film {film_id}",
        "belongs_to_collection": collection,
        "credits": {"cast": [], "crew": []},
        "keywords": {"keywords": []},
        "alternative_titles": {"titles": []},
        "external_ids": {},
        "reviews": {"results": []},
    }
