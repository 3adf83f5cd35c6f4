"""What is said of an HTTP function: its route, what it takes and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from shared.serving.answers import Answer

NO_BODY = ""
"""Instead of a media type: the answer has no body."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of the path, the query or the header."""

    name: str
    place: Literal["path", "query", "header"]
    schema: Mapping[str, Any]
    description: str
    is_required: bool = False


@dataclass(frozen=True)
class Endpoint:
    """One HTTP function.

    Attributes:
        function: its name in the function app.
        route: below `/api`.
        answers: the model of the body by status; a string is a media type without a model.
        body: the model of the request's body, if it takes one.
        is_open: whether it answers without a key.
        is_metered: whether it counts against its key's quota, and its answers may be kept until the next run.
    """

    function: str
    method: Literal["get", "post"]
    route: str
    summary: str
    answers: Mapping[int, type[Answer] | str]
    parameters: tuple[Parameter, ...] = ()
    body: type[BaseModel] | None = None
    is_open: bool = False
    is_metered: bool = False
