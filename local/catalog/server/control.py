"""The control side: counts, limits, fault plans, true links, and changes made on purpose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.catalog.apis.tmdb_params import utc_day
from local.catalog.columns import encode
from local.catalog.server.faults import BadPlanError, Plan, parse_plan, redacted
from local.catalog.server.gateway import Gateway
from local.catalog.server.stats import SourceStats
from local.catalog.stores.films import FilmStore
from local.catalog.stores.releases import ReleaseStore


@dataclass
class Control:
    """Handlers of the paths that begin with an underscore."""

    gateways: Mapping[str, Gateway]
    films: FilmStore
    releases: ReleaseStore
    links: Sequence[tuple[int, int]]
    plan: Plan = field(default_factory=Plan)

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/_stats", self.stats),
            Route("/_stats/reset", self.reset, methods=["POST"]),
            Route("/_limits", self.limits),
            Route("/_links", self.true_links),
            Route("/_catalog", self.catalog),
            Route("/_touch", self.touch, methods=["POST"]),
            Route("/_faults", self.faults, methods=["GET", "POST"]),
        ]

    async def stats(self, request: Request) -> Response:
        """GET: counts per source."""
        return JSONResponse({source: gateway.stats.as_dict() for source, gateway in self.gateways.items()})

    async def reset(self, request: Request) -> Response:
        """POST: forget the counts; the limits' windows stay as they are."""
        for gateway in self.gateways.values():
            gateway.stats = SourceStats()
        return JSONResponse({})

    async def limits(self, request: Request) -> Response:
        """GET: limit, window in seconds, used and remaining per source; limit 0 means none."""
        return JSONResponse({source: _limit(gateway) for source, gateway in self.gateways.items()})

    async def true_links(self, request: Request) -> Response:
        """GET: [tmdb_id, discogs_id] of every true pair."""
        return Response(encode(self.links), media_type="application/json")

    async def catalog(self, request: Request) -> Response:
        """GET: how many films and releases there are."""
        return JSONResponse(
            {"films": len(self.films), "releases": len(self.releases), "links": len(self.links)}
        )

    async def touch(self, request: Request) -> Response:
        """POST {"tmdb": [ids], "discogs": [ids], "date": "YYYY-MM-DD"}: change these records on that day (today)."""
        try:
            asked = _object(await request.body())
            day = date.fromisoformat(asked["date"]).toordinal() if "date" in asked else utc_day()
            film_ids, release_ids = (
                [int(n) for n in asked.get(source, [])] for source in ("tmdb", "discogs")
            )
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": f"touch: {error}"}, 400)
        films = [film_id for film_id in film_ids if self.films.touch(film_id, day)]
        releases = [release_id for release_id in release_ids if self.releases.touch(release_id)]
        return JSONResponse({"tmdb": films, "discogs": releases})

    async def faults(self, request: Request) -> Response:
        """GET: the plan, tokens masked. POST: replace it; {} clears."""
        if request.method == "POST":
            try:
                self._set(parse_plan(_object(await request.body())))
            except (BadPlanError, ValueError) as error:
                return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(redacted(self.plan))

    def _set(self, plan: Plan) -> None:
        self.plan = plan
        for gateway in self.gateways.values():
            gateway.faults.set(plan)


def _object(body: bytes) -> dict[str, Any]:
    value = json.loads(body or b"{}")
    if not isinstance(value, dict):
        raise ValueError("the body is not a JSON object")
    return value


def _limit(gateway: Gateway) -> dict[str, float]:
    window = gateway.window
    counts = {"used": window.used(), "remaining": window.remaining()}
    return {"limit": window.limit, "window_s": window.window_s, **counts}
