"""HTTP over the actions: routes below /api, bearer tokens, errors as Databricks words them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.databricks.api.calls import Action, Call, Endpoints
from local.databricks.api.identity import WORKSPACE_ID, host_metadata
from local.databricks.errors import ApiError, EndpointNotFound, PermissionDenied, Unauthenticated

Endpoint = Callable[[Request], Awaitable[Response]]
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]

_HEADERS = {"X-Databricks-Org-Id": str(WORKSPACE_ID)}
"""How a host says which workspace it is to those who have not asked for its configuration."""

logger = logging.getLogger(__name__)


def create_app(
    endpoints: Iterable[Endpoints],
    callers: Mapping[str, str],
    base_url: str,
    lifespan: Lifespan | None = None,
) -> Starlette:
    """The ASGI application; `callers` are the names of those who may call, by their bearer tokens."""
    guard = _Guard(callers)
    routes = [
        *(
            Route(f"/api/{path}", guard(action), methods=[method])
            for group in endpoints
            for method, path, action in group
        ),
        Route("/.well-known/databricks-config", _answering(host_metadata(base_url))),
        Route("/telemetry-ext", guard(_telemetry), methods=["POST"]),
        Route("/{path:path}", guard(_no_endpoint), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]
    return Starlette(routes=routes, exception_handlers={ApiError: _answer_error}, lifespan=lifespan)


class _Guard:
    """Lets a request with a known bearer token through, as a call of that token's owner."""

    def __init__(self, callers: Mapping[str, str]) -> None:
        self._callers = {_digest(token): name for token, name in callers.items()}

    def __call__(self, action: Action) -> Endpoint:
        async def guarded(request: Request) -> Response:
            call = Call(
                caller=self._caller(request.headers.get("authorization", "")),
                query=request.query_params,
                path={"method": request.method, **request.path_params},
                body=await request.body(),
                content_type=request.headers.get("content-type", ""),
            )
            answer = action(call)
            if isinstance(answer, bytes):
                return Response(answer, headers=_HEADERS)
            return JSONResponse(answer, headers=_HEADERS)

        return guarded

    def _caller(self, header: str) -> str:
        scheme, _, sent = header.partition(" ")
        if scheme.lower() != "bearer" or not sent.strip():
            raise Unauthenticated("Credential was not sent or was of an unsupported type for this API.")
        caller = self._callers.get(_digest(sent.strip()))
        if caller is None:
            raise PermissionDenied("Invalid access token.")
        return caller


def _digest(token: str) -> bytes:
    """What tokens are looked up by: how long that takes says nothing of a token."""
    return hashlib.sha256(token.encode()).digest()


def _answering(answer: dict[str, object]) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return JSONResponse(answer)

    return endpoint


def _telemetry(call: Call) -> dict[str, object]:
    """What the CLI tells of itself after a deployment: counted, not kept."""
    return {"errors": [], "numProtoSuccess": len(call.document.get("protoLogs") or ())}


def _no_endpoint(call: Call) -> dict[str, object]:
    raise EndpointNotFound(f"No API found for '{call.path['method']} /{call.path['path']}'")


async def _answer_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    logger.info("answered %s: %s", error.error_code, error)
    return JSONResponse({"error_code": error.error_code, "message": str(error)}, error.status)
