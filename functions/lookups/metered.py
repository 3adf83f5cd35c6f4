"""The decorator of lookups: counts the call, and answers from a run's tables so that the answer can be kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import azure.functions as func

from functions.answers import Reply
from functions.triggers import route, services
from shared.serving.lookup.answers import FromRun
from shared.serving.lookup.caching import headers_of, is_known, packed

if TYPE_CHECKING:
    from shared.services import Services

LookupHandler = Callable[["Services", func.HttpRequest], Awaitable[FromRun]]


def metered(blueprint: func.Blueprint) -> Callable[[LookupHandler], LookupHandler]:
    """Answer requests to the endpoint of the handler's name, as often as the key of each may ask."""

    def register(handle: LookupHandler) -> LookupHandler:
        async def work(req: func.HttpRequest) -> Reply:
            app = services()
            with app.telemetry.span(handle.__name__):
                await app.lookup.quotas.spend(key_of(req))
                return response_to(req, await handle(app, req))

        route(blueprint, handle, work)
        return handle

    return register


def key_of(req: func.HttpRequest) -> str:
    """The key of a request, which the host has found good; it goes nowhere but into its digest."""
    return req.headers.get("x-functions-key") or req.params.get("code") or ""


def response_to(req: func.HttpRequest, answer: FromRun) -> func.HttpResponse:
    """200 with the answer, packed where the caller takes that; 304 where the caller has it."""
    headers = headers_of(answer.run_id)
    if is_known(req.headers.get("If-None-Match"), answer.run_id):
        return func.HttpResponse(status_code=304, headers=headers)
    body, encoding = packed(answer.model_dump_json().encode(), req.headers.get("Accept-Encoding"))
    return func.HttpResponse(body, mimetype="application/json", headers={**headers, **encoding})
