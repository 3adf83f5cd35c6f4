"""The OpenAPI 3.1 document of the HTTP functions, made of the table of endpoints and the models of the answers."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.serving.answers import Answer
from shared.serving.endpoint import NO_BODY, Endpoint, Parameter
from shared.serving.endpoints import ENDPOINTS

VERSION = "1.0.0"
JSON = "application/json"
_REF = "#/components/schemas/{model}"
_KEPT = {"ETag": "Of the run's answer, for If-None-Match", "Cache-Control": "How long it may be kept"}
_HEADERS = {200: _KEPT, 304: _KEPT, 429: {"Retry-After": "Seconds until the key may ask again"}}
_DESCRIPTION = (
    "Which record is the soundtrack of which film, by id; the runs that found it, and how to begin and stop them. "
    "A bad parameter is answered 400 with its name and the remedy."
)


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The document; every endpoint with every status it answers."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(f"/{endpoint.route}", {})[endpoint.method] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Crossfade", "version": VERSION, "description": _DESCRIPTION},
        "servers": [{"url": "/api"}],
        "security": [{"functionKey": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "functionKey": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
            },
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.function,
        "summary": endpoint.summary,
        "parameters": [_parameter(parameter) for parameter in endpoint.parameters],
        "responses": {
            str(status): _answer(status, body) | _headers(endpoint, status)
            for status, body in endpoint.answers.items()
        },
    }
    if endpoint.body is not None:
        schema = {"$ref": _REF.format(model=endpoint.body.__name__)}
        operation["requestBody"] = {"required": False, "content": {JSON: {"schema": schema}}}
    if endpoint.is_open:
        operation["security"] = []
    else:
        operation["responses"]["401"] = {"description": "The key is missing or wrong; the body is empty"}
    return operation


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.is_required,
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }


def _headers(endpoint: Endpoint, status: int) -> dict[str, Any]:
    """Headers of a metered endpoint's answers."""
    names = _HEADERS.get(status, {}) if endpoint.is_metered else {}
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in names.items()}
    return {"headers": described} if described else {}


def _answer(status: int, body: type[Answer] | str) -> dict[str, Any]:
    if body == NO_BODY:
        return {"description": HTTPStatus(status).phrase}
    if isinstance(body, str):
        return {"description": HTTPStatus(status).phrase, "content": {body: {}}}
    schema = {"$ref": _REF.format(model=body.__name__)}
    return {"description": _first_line(body), "content": {JSON: {"schema": schema}}}


def _schemas() -> dict[str, Any]:
    answers = {body for endpoint in ENDPOINTS for body in endpoint.answers.values() if isinstance(body, type)}
    bodies = {endpoint.body for endpoint in ENDPOINTS if endpoint.body is not None}
    models: list[tuple[type[BaseModel], Any]] = [(model, "serialization") for model in answers]
    models += [(model, "validation") for model in bodies]
    models.sort(key=lambda entry: entry[0].__name__)
    _, schemas = models_json_schema(models, ref_template=_REF)
    found: dict[str, Any] = schemas["$defs"]
    return found


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or model.__name__).splitlines()[0]
