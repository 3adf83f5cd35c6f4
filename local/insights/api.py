"""HTTP: the ingestion paths of Application Insights, live metrics, and questions about what arrived."""

from __future__ import annotations

import asyncio
import logging

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.insights.envelopes import Rejection, UnreadableBody, decode_items, sort_out
from local.insights.faults import PARTIAL, BadFault, Faults, throttled
from local.insights.store import ItemStore

_DEFAULT_LIMIT, _MOST = 100, 10_000
_NOT_WATCHED = {"x-ms-qps-subscribed": "false", "x-ms-qps-configuration-etag": ""}

logger = logging.getLogger(__name__)


class Ingestion:
    """The endpoints over one item store."""

    def __init__(self, store: ItemStore) -> None:
        self._store = store
        self._faults = Faults()

    def app(self) -> Starlette:
        """The ASGI application."""
        tracks = [f"{slash}v2{minor}/track" for slash in ("/", "//") for minor in ("", ".1")]
        lives = [f"{slash}QuickPulseService.svc/{verb}" for slash in ("/", "//") for verb in ("ping", "post")]
        return Starlette(
            routes=[
                *(Route(path, self.track, methods=["POST"]) for path in tracks),
                *(Route(path, self.live, methods=["POST"]) for path in lives),
                Route("/_items", self.items),
                Route("/_summary", self.summary),
                Route("/_faults", self.faults, methods=["GET", "POST"]),
            ]
        )

    async def track(self, request: Request) -> Response:
        """Take items in: 200 all of them, 206 some, 400 none or an unreadable body."""
        body, faults = await request.body(), self._faults
        await asyncio.sleep(faults.delay_s)
        if faults.status and faults.status != PARTIAL:
            return _outage(faults)
        try:
            items = decode_items(body)
        except UnreadableBody as error:
            return JSONResponse(_receipt(0, [Rejection(0, 400, str(error))]), 400)
        return self._take(items, throttled(len(items)) if faults.status == PARTIAL else [])

    def _take(self, items: list[object], refused: list[Rejection]) -> Response:
        accepted, rejections = sort_out(items, refused)
        self._store.append(accepted)
        if rejections:
            logger.warning("refused %s of %s items: %s", len(rejections), len(items), rejections[0].message)
        status = 200 if not rejections else PARTIAL if accepted else 400
        return JSONResponse(_receipt(len(items), rejections), status)

    async def live(self, _: Request) -> Response:
        """Live metrics: nobody is watching, so the SDK sends none and asks again in a minute."""
        return JSONResponse({}, headers=_NOT_WATCHED)

    async def items(self, request: Request) -> Response:
        """The newest items, by `type` (base type) and `name`, at most `limit`."""
        query = request.query_params
        limit = query.get("limit", str(_DEFAULT_LIMIT))
        if not limit.isdecimal() or not 1 <= int(limit) <= _MOST:
            return JSONResponse({"error": f"limit must be 1 to {_MOST}, not {limit!r}"}, 400)
        found = self._store.find(query.get("type"), query.get("name"), int(limit))
        return JSONResponse({"count": len(found), "items": found})

    async def summary(self, _: Request) -> Response:
        """Counts of what was accepted."""
        return JSONResponse(self._store.summary())

    async def faults(self, request: Request) -> Response:
        """Show the fault plan or set another one."""
        if request.method == "POST":
            try:
                self._faults = Faults.parse(await request.body())
            except BadFault as error:
                return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(self._faults.as_json())


def _outage(faults: Faults) -> Response:
    headers = {} if faults.retry_after_s is None else {"Retry-After": str(faults.retry_after_s)}
    return JSONResponse(_receipt(0, []), faults.status or 503, headers=headers)


def _receipt(received: int, rejections: list[Rejection]) -> dict[str, object]:
    errors = [rejection.as_json() for rejection in rejections]
    return {"itemsReceived": received, "itemsAccepted": max(0, received - len(errors)), "errors": errors}
