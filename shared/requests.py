"""HTTP bodies and queries, checked: what is wrong is named, with the remedy."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.errors import InvalidRequest
from shared.messages import Mode, Source
from shared.planning import RunRequest
from shared.status import MAX_PAGE

MAX_BODY_BYTES = 64_000
MAX_FILM_IDS = 10_000


class RefreshBody(BaseModel):
    """Body of `POST /api/refresh`; every field may be left out."""

    model_config = ConfigDict(extra="forbid", strict=False)

    sources: Annotated[tuple[Source, ...], Field(min_length=1)] = ("tmdb", "discogs")
    mode: Mode = "full"
    since: date | None = None
    until: date | None = None
    max_pages: int | None = Field(default=None, ge=1, le=500, strict=True)
    film_ids: Annotated[
        tuple[Annotated[int, Field(ge=1, strict=True)], ...], Field(max_length=MAX_FILM_IDS)
    ] = ()

    @model_validator(mode="after")
    def _check_order(self) -> RefreshBody:
        if self.since and self.until and self.since > self.until:
            raise InvalidRequest("since", f"{self.since} is after until {self.until}; swap them")
        return self

    def to_request(self) -> RunRequest:
        """The same as the planner takes it, without repetitions."""
        values = self.model_dump()
        values["sources"] = tuple(dict.fromkeys(self.sources))
        values["film_ids"] = tuple(dict.fromkeys(self.film_ids))
        return RunRequest(**values)


def parse_refresh(body: bytes) -> RunRequest:
    """The run an HTTP body asks for; an empty body asks for everything.

    Raises:
        InvalidRequest: naming the wrong field.
    """
    if len(body) > MAX_BODY_BYTES:
        raise InvalidRequest("body", f"is longer than {MAX_BODY_BYTES} bytes")
    if not body.strip():
        return RefreshBody().to_request()
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("body", f"is not JSON ({error}); send an object such as {{}}") from error
    if not isinstance(value, dict):
        raise InvalidRequest("body", "is not a JSON object; send an object such as {}")
    try:
        return RefreshBody.model_validate(value).to_request()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise InvalidRequest(field, _remedy(first["type"], first["msg"])) from error


def parse_limit(text: str | None) -> int:
    """The `limit` of a list.

    Raises:
        InvalidRequest: it is no number from 1 to 100.
    """
    if text is None:
        return 20
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MAX_PAGE:
        raise InvalidRequest("limit", f"is {text[:20]!r}; give a whole number from 1 to {MAX_PAGE}")
    return int(text)


def _remedy(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        known = ", ".join(RefreshBody.model_fields)
        return f"is not a known field; known are {known}"
    return message[0].lower() + message[1:]
