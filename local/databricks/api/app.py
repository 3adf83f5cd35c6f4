"""HTTP over the service: routes of the Jobs API 2.1 and 2.2, bearer token, errors as Databricks words them."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.databricks.api.answers import Json
from local.databricks.api.requests import body_of
from local.databricks.api.service import JobsService
from local.databricks.errors import (
    ApiError,
    EndpointNotFound,
    NotImplementedHere,
    PermissionDenied,
    Unauthenticated,
)

Endpoint = Callable[[Request], Awaitable[Response]]
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]

_VERSIONS = ("2.1", "2.2")
_ELSEWHERE = (
    "create",
    "reset",
    "update",
    "delete",
    "runs/submit",
    "runs/delete",
    "runs/repair",
    "runs/export",
)

logger = logging.getLogger(__name__)


def create_app(service: JobsService, token: str, lifespan: Lifespan | None = None) -> Starlette:
    """The ASGI application; `token` is the one bearer token it accepts."""
    guard = _Guard(token)
    routes = [
        *(
            Route(f"/api/{version}/jobs/{path}", guard(endpoint), methods=[method])
            for version in _VERSIONS
            for method, path, endpoint in _endpoints(service)
        ),
        Route("/.well-known/databricks-config", _host_metadata(service.base_url)),
        Route("/{path:path}", guard(_no_endpoint), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]
    return Starlette(routes=routes, exception_handlers={ApiError: _answer_error}, lifespan=lifespan)


def _endpoints(service: JobsService) -> list[tuple[str, str, Endpoint]]:
    """Method, path below /jobs and endpoint of all that is served or known not to be."""
    return [
        ("GET", "list", _read(service.list_jobs)),
        ("GET", "get", _read(service.get_job)),
        ("GET", "runs/get", _read(service.get_run)),
        ("GET", "runs/get-output", _read(service.get_run_output)),
        ("GET", "runs/list", _read(service.list_runs)),
        ("POST", "run-now", _write(service.run_now)),
        ("POST", "runs/cancel", _write(service.cancel_run)),
        ("POST", "runs/cancel-all", _write(service.cancel_all_runs)),
        *((method, path, _not_implemented) for path in _ELSEWHERE for method in ("GET", "POST")),
    ]


class _Guard:
    """Lets a request with the right bearer token through."""

    def __init__(self, token: str) -> None:
        self._expected = token.encode()

    def __call__(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            self._check(request.headers.get("authorization", ""))
            return await endpoint(request)

        return guarded

    def _check(self, header: str) -> None:
        scheme, _, sent = header.partition(" ")
        if scheme.lower() != "bearer" or not sent.strip():
            raise Unauthenticated("Credential was not sent or was of an unsupported type for this API.")
        if not hmac.compare_digest(sent.strip().encode(), self._expected):
            raise PermissionDenied("Invalid access token.")


def _read(action: Callable[[Mapping[str, str]], Json]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return JSONResponse(action(request.query_params))

    return endpoint


def _write(action: Callable[[Mapping[str, Any]], Json]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return JSONResponse(action(body_of(await request.body())))

    return endpoint


def _host_metadata(base_url: str) -> Endpoint:
    """What the SDK asks a host before its first request; a personal access token needs none of it."""

    async def endpoint(_: Request) -> Response:
        return JSONResponse({"oidc_endpoint": f"{base_url}/oidc"})

    return endpoint


async def _not_implemented(request: Request) -> Response:
    message = f"{request.url.path} is not served here: jobs are defined by the files given with --jobs"
    raise NotImplementedHere(message)


async def _no_endpoint(request: Request) -> Response:
    raise EndpointNotFound(f"No API found for '{request.method} {request.url.path}'")


async def _answer_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    logger.info("answered %s: %s", error.error_code, error)
    return JSONResponse({"error_code": error.error_code, "message": str(error)}, error.status)
