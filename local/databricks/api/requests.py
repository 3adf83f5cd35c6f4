"""What clients send: query strings and JSON bodies, checked field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.databricks.errors import InvalidParameter
from local.databricks.runs.jobs import JobDefinition

_TOKEN_CHARS = 64
_UNSUPPORTED = ("jar_params", "notebook_params", "python_params", "python_named_params", "spark_submit_params",
                "sql_params", "dbt_commands", "pipeline_params", "only")  # fmt: skip


@dataclass(frozen=True)
class Page:
    """A slice of a list: from `offset`, `limit` items."""

    offset: int
    limit: int

    def next_token(self, total: int) -> str | None:
        """The token of the next page, None on the last one."""
        following = self.offset + self.limit
        return str(following) if following < total else None


def body_of(raw: bytes) -> Mapping[str, Any]:
    """A request's JSON object. Raises InvalidParameter."""
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise InvalidParameter(f"Could not parse request object: {error}") from error
    if not isinstance(body, dict):
        raise InvalidParameter("Could not parse request object: expected a JSON object")
    return body


def text(values: Mapping[str, Any], name: str) -> str:
    """A required text. Raises InvalidParameter when it is missing, empty or none."""
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidParameter(f"Missing required field: {name}")
    return value


def record(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A required JSON object. Raises InvalidParameter when it is missing or none."""
    value = values.get(name)
    if not isinstance(value, dict):
        raise InvalidParameter(f"Missing required field: {name}")
    return value


def integer(values: Mapping[str, Any], name: str) -> int:
    """A required integer. Raises InvalidParameter when it is missing or none."""
    value = optional_integer(values, name)
    if value is None:
        raise InvalidParameter(f"Missing required field: {name}")
    return value


def optional_integer(values: Mapping[str, Any], name: str) -> int | None:
    """An integer, given as a number or in digits, or None when it was not sent."""
    value = values.get(name)
    if value is None or value == "":
        return None
    try:
        return int(str(value))
    except ValueError as error:
        raise InvalidParameter(f"Invalid value for {name}: {value!r} is not an integer") from error


def flag(values: Mapping[str, Any], name: str) -> bool:
    """A boolean, false when it was not sent. Raises InvalidParameter."""
    value = str(values.get(name, "false")).lower()
    if value not in ("true", "false"):
        raise InvalidParameter(f"Invalid value for {name}: {value!r} is not true or false")
    return value == "true"


def page_of(query: Mapping[str, str], most: int) -> Page:
    """The page a list request asks for. Raises InvalidParameter for a limit outside 0 to `most`."""
    limit = optional_integer(query, "limit")
    if limit is not None and not 0 <= limit <= most:
        raise InvalidParameter(f"Invalid limit {limit}: must be between 1 and {most}")
    offset = optional_integer(query, "page_token") or optional_integer(query, "offset") or 0
    if offset < 0:
        raise InvalidParameter(f"Invalid offset {offset}: must not be negative")
    return Page(offset, min(most, 20) if limit is None else limit or most)


def idempotency_token(body: Mapping[str, Any]) -> str | None:
    """The request's token, None when it has none. Raises InvalidParameter for an unfit one."""
    token = body.get("idempotency_token")
    if token is None or token == "":
        return None
    if not isinstance(token, str) or len(token) > _TOKEN_CHARS:
        raise InvalidParameter(f"idempotency_token must be a string of at most {_TOKEN_CHARS} characters")
    return token


def job_parameters(body: Mapping[str, Any], job: JobDefinition) -> dict[str, str]:
    """The parameters of a run: the job's defaults with what was sent. Raises InvalidParameter."""
    sent = body.get("job_parameters") or {}
    if not isinstance(sent, dict) or not all(isinstance(value, str) for value in sent.values()):
        raise InvalidParameter("job_parameters must be a map from strings to strings")
    unknown = sorted(sent.keys() - job.defaults.keys())
    if unknown:
        raise InvalidParameter(f"Job parameters {', '.join(unknown)} are not defined in job {job.job_id}")
    refused = [name for name in _UNSUPPORTED if body.get(name)]
    if refused:
        raise InvalidParameter(f"{', '.join(refused)} cannot be used with a job that has job parameters")
    return {**job.defaults, **sent}


def list_view(name: str, items: list[dict[str, Any]], next_token: str | None) -> dict[str, Any]:
    """A page of a list as it is answered."""
    view: dict[str, Any] = {name: items, "has_more": next_token is not None}
    return view if next_token is None else {**view, "next_page_token": next_token}
