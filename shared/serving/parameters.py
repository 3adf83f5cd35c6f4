"""HTTP bodies, queries and paths, checked: what is wrong is named, with the remedy."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Annotated, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.errors import InvalidRequest, RunNotFound
from shared.messages.base import Mode, Source
from shared.planning.roots import RunRequest
from shared.serving.run_answers import Report
from shared.serving.search_terms import terms

MAX_BODY_BYTES = 64_000
MAX_FILM_IDS = 10_000
MAX_FILM_ID = 2**31 - 1
MAX_QUERY_CHARS = 200
MAX_REVIEWER_CHARS = 80
DEFAULT_PAGE, MAX_PAGE = 20, 100
REPORTS: tuple[Report, ...] = get_args(Report)
RUN_ID = r"^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4}$"
_RUN_ID = re.compile(RUN_ID)
_ECHOED_CHARS = 60
Body = TypeVar("Body", bound=BaseModel)


class RefreshBody(BaseModel):
    """Body of `POST /api/refresh`; every field may be left out."""

    model_config = ConfigDict(extra="forbid", strict=False)

    sources: Annotated[tuple[Source, ...], Field(min_length=1)] = ("tmdb", "discogs")
    mode: Mode = "full"
    since: date | None = None
    until: date | None = None
    max_pages: int | None = Field(default=None, ge=1, le=500, strict=True)
    film_ids: Annotated[
        tuple[Annotated[int, Field(ge=1, le=MAX_FILM_ID, strict=True)], ...], Field(max_length=MAX_FILM_IDS)
    ] = ()

    @model_validator(mode="after")
    def _check_order(self) -> RefreshBody:
        if self.since and self.until and self.since > self.until:
            raise InvalidRequest("since", f"{self.since} is after until {self.until}; swap them")
        narrowing = [name for name in ("since", "until", "max_pages") if getattr(self, name) is not None]
        if self.mode == "bulk" and narrowing:
            raise InvalidRequest(narrowing[0], "narrows lists, which mode bulk does not read; leave one out")
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
    return parse_body(body if body.strip() else b"{}", RefreshBody).to_request()


def parse_body(body: bytes, model: type[Body]) -> Body:
    """A JSON body as its model.

    Raises:
        InvalidRequest: naming the wrong field.
    """
    if len(body) > MAX_BODY_BYTES:
        raise InvalidRequest("body", f"is longer than {MAX_BODY_BYTES} bytes")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("body", f"is not JSON ({error}); send an object such as {{}}") from error
    if not isinstance(value, dict):
        raise InvalidRequest("body", "is not a JSON object; send an object such as {}")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = echo(".".join(str(part) for part in first["loc"])) or "body"
        raise InvalidRequest(field, _remedy(first["type"], first["msg"], model)) from error


def parse_limit(text: str | None, default: int = DEFAULT_PAGE, most: int = MAX_PAGE) -> int:
    """The `limit` of a list.

    Raises:
        InvalidRequest: it is no number from 1 to `most`.
    """
    return parse_number("limit", text, default, 1, most)


def parse_number(name: str, text: str | None, default: int, least: int, most: int) -> int:
    """A whole number of a query or a path; the default where it is not given.

    Raises:
        InvalidRequest: it is none from `least` to `most`.
    """
    if text is None:
        return default
    number = _number(text, least, most)
    if number is None:
        raise InvalidRequest(name, f"is {echo(text)!r}; give a whole number from {least} to {most}")
    return number


def parse_since(text: str | None) -> str:
    """The run that changes are asked since.

    Raises:
        InvalidRequest: it is missing, or no run id.
    """
    if text is None or not _RUN_ID.fullmatch(text):
        raise InvalidRequest(
            "since", "give the run that the links you have are of, such as 20261120T063000Z-7f3a"
        )
    return text


def parse_before(text: str | None) -> str | None:
    """The `before` of a list of runs: the id of a run; none begins with the newest.

    Raises:
        InvalidRequest: it is no run id.
    """
    if text is not None and not _RUN_ID.fullmatch(text):
        raise InvalidRequest("before", f"is {echo(text)!r}; give the `next` of the page before")
    return text


def parse_query(text: str | None) -> str:
    """What to search for.

    Raises:
        InvalidRequest: it is missing, too long, or has no letter and no digit.
    """
    if text is None or len(text) > MAX_QUERY_CHARS or not terms(text):
        raise InvalidRequest("q", f"give 1 to {MAX_QUERY_CHARS} characters with a word of a title in them")
    return text


def parse_film(text: str | None) -> int:
    """The film that is asked about.

    Raises:
        InvalidRequest: it is no id of TMDB.
    """
    number = None if text is None else _number(text, 1, MAX_FILM_ID)
    if number is None:
        given = "is missing" if text is None else f"is {echo(text)!r}"
        raise InvalidRequest("film", f"{given}; give TMDB's number of a film, such as 603")
    return number


def parse_reviewer(text: str | None) -> str | None:
    """Who asks for something to review; None when they do not say.

    Raises:
        InvalidRequest: the name is blank or too long.
    """
    if text is None:
        return None
    if not 1 <= len(name := text.strip()) <= MAX_REVIEWER_CHARS:
        raise InvalidRequest(
            "reviewer", f"give a name of 1 to {MAX_REVIEWER_CHARS} characters, or leave it out"
        )
    return name


def parse_run_id(text: str) -> str:
    """The run a path names.

    Raises:
        RunNotFound: no run is ever called so.
    """
    if not _RUN_ID.fullmatch(text):
        raise RunNotFound(echo(text))
    return text


def parse_report(text: str) -> Report:
    """The report a path names.

    Raises:
        InvalidRequest: there is none of that name.
    """
    for report in REPORTS:
        if text == report:
            return report
    raise InvalidRequest("report", f"is {echo(text)!r}; known are {', '.join(REPORTS)}")


def echo(text: str) -> str:
    """As much of what was given as is safe to say back."""
    return text[:_ECHOED_CHARS].encode(errors="replace").decode()


def _number(text: str, least: int, most: int) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    return int(text) if is_number and least <= int(text) <= most else None


def _remedy(kind: str, message: str, model: type[BaseModel]) -> str:
    if kind == "extra_forbidden":
        known = ", ".join(model.model_fields)
        return f"is not a known field; known are {known}"
    return message[0].lower() + message[1:]
