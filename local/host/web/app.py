"""The HTTP side of the host: the app's routes with their keys, and the few admin routes tools use."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from azure.functions.meta import Datum
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route as StarletteRoute

from local.host.indexing import FunctionDefinition
from local.host.web.admin import Admin
from local.host.web.routes import Route, compile_route
from local.host.worker import bindings
from local.host.worker.worker import Worker

logger = logging.getLogger("local.host.web.app")
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


class AnyText(Convertor[str]):
    """A path of any characters; Starlette's own lets no line break through, which ASP.NET does."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        """As it is."""
        return value

    def to_string(self, value: str) -> str:
        """As it is."""
        return value


register_url_convertor("anything", AnyText())


@dataclass(frozen=True)
class HttpEndpoint:
    """An HTTP function with its compiled route (prefix included)."""

    function: FunctionDefinition
    route: Route

    @property
    def needs_key(self) -> bool:
        """Whether a caller must show the key (auth level function or admin)."""
        return needs_key(self.function)

    def allows(self, method: str) -> bool:
        """Whether the function answers the method; one that names none answers all."""
        methods = self.function.trigger.get("methods")
        return not methods or method in methods


def needs_key(function: FunctionDefinition) -> bool:
    """Whether an HTTP function's auth level asks for a key; the default level is function."""
    return str(function.trigger.get("authLevel") or "function").lower() != "anonymous"


def http_endpoints(functions: Sequence[FunctionDefinition], prefix: str) -> list[HttpEndpoint]:
    """The HTTP functions, the most specific route first. Raises ``SettingError`` on a route it cannot read."""
    endpoints = [
        HttpEndpoint(function, compile_route(f"{prefix}/{function.trigger.get('route') or function.name}"))
        for function in functions
        if function.trigger_type == "httpTrigger"
    ]
    return sorted(endpoints, key=lambda endpoint: endpoint.route.rank)


class HttpSide:
    """Answers HTTP requests: finds the function, checks the key, invokes, writes its response."""

    def __init__(self, endpoints: list[HttpEndpoint], worker: Worker, key: str, admin: Admin) -> None:
        self._endpoints = endpoints
        self._worker = worker
        self._key = key
        self._admin = admin

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                StarletteRoute(
                    "/", lambda _: PlainTextResponse("The Functions host is running."), methods=["GET"]
                ),
                StarletteRoute("/admin/host/status", self._status, methods=["GET"]),
                StarletteRoute("/admin/functions/{name}", self._trigger, methods=["POST"]),
                StarletteRoute("/{path:anything}", self._function, methods=_METHODS),
            ]
        )

    async def _status(self, request: Request) -> Response:
        return JSONResponse({"state": "Running", "functions": self._admin.names})

    async def _trigger(self, request: Request) -> Response:
        if not self._has_key(request):
            return Response(status_code=401)
        return await self._admin.trigger(request.path_params["name"], await request.body())

    async def _function(self, request: Request) -> Response:
        for endpoint in self._endpoints:
            parameters = endpoint.route.match(request.path_params["path"])
            if parameters is not None and endpoint.allows(request.method):
                if endpoint.needs_key and not self._has_key(request):
                    return Response(status_code=401)
                return await self._invoke(endpoint.function, request, parameters)
        return Response(status_code=404)

    def _has_key(self, request: Request) -> bool:
        shown = request.headers.get("x-functions-key") or request.query_params.get("code") or ""
        return hmac.compare_digest(shown.encode(), self._key.encode())

    async def _invoke(
        self, function: FunctionDefinition, request: Request, parameters: dict[str, str]
    ) -> Response:
        datum = await _request_datum(request, parameters)
        argument = bindings.decode(function, datum, {})
        try:
            returned = await self._worker.invoke(function, argument, request.headers.get("traceparent"))
        except Exception:
            return Response(status_code=500)  # the worker has logged it
        try:
            return _response(returned)
        except TypeError as error:
            logger.error("%s: %s", function.name, error)
            return Response(status_code=500)


async def _request_datum(request: Request, parameters: dict[str, str]) -> Datum:
    def texts(values: dict[str, str]) -> dict[str, Datum]:
        return {name: bindings.text_datum(value) for name, value in values.items()}

    joined = {name: ",".join(request.query_params.getlist(name)) for name in request.query_params}
    query = {name: text for name, text in joined.items() if text}  # the host leaves out what is empty
    value: dict[str, Any] = {
        "method": bindings.text_datum(request.method),
        "url": bindings.text_datum(str(request.url)),
        "headers": texts(dict(request.headers)),
        "params": texts(parameters),
        "query": texts(query),
        "body": bindings.bytes_datum(await request.body()),
    }
    return Datum(value, "http")


def _response(returned: Any) -> Response:
    if returned is None:
        return Response(status_code=204)
    datum = bindings.encode_http(returned)
    if datum.type == "string":
        return PlainTextResponse(datum.value)
    value = datum.value
    response = Response(value["body"].value, int(value["status_code"].value))
    for name, header in value["headers"].items():
        response.headers[name] = header.value
    for cookie in value["cookies"] or []:
        response.headers.append("set-cookie", cookie.output(header="").strip())
    return response
