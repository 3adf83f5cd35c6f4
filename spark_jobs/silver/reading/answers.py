"""One raw line as an answer: what was asked, when and how it was answered, and the body with the fields that are read.

The schemas of schemas/raw.py say which fields those are. Each scalar is read as the text that stands in the JSON, an
object or a list in its place as its JSON; a list or an object that is something else is None, and so is an absent one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pyspark.sql.types import ArrayType, DataType, StructType

from spark_jobs.schemas.raw import BODIES, envelope
from spark_jobs.silver.reading.cleaning import INT_MAX, whole
from spark_jobs.silver.reading.raw_lines import RawLine

NOT_AN_OBJECT, NO_ENVELOPE = "line is not a JSON object", "line has no status, fetched_at or body"
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
# Every escape of a line, one after the other; half a surrogate pair is no letter.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u([dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_NO_LETTER = "\\ufffd"
Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. Of one with a `fault` every field of the body is None."""

    raw: RawLine
    body: Mapping[str, Any]
    fault: str | None = None
    fetched_at: datetime | None = None
    status: int | None = None
    path: str | None = None
    asked_parts: str | None = None
    asked_type: str | None = None


def answer_of(raw: RawLine, kind: str) -> Answer:
    """A raw line of a source and kind ('tmdb/details') as an answer."""
    nothing = _nothing(kind)
    if raw.fault:
        return Answer(raw, nothing, raw.fault)
    found = _readers(kind)(parsed(raw.line or ""))
    if found is None:
        return Answer(raw, nothing, NOT_AN_OBJECT)
    request = found["request"] or {}
    query = request.get("query") or {}
    is_whole = all(found[name] is not None for name in ("status", "fetched_at", "body"))
    fault = found["fault"] or (None if is_whole else NO_ENVELOPE)
    return Answer(
        raw,
        nothing if fault else found["body"],
        fault,
        time_of(found["fetched_at"]),
        whole(found["status"], INT_MAX),
        request.get("path"),
        query.get("append_to_response"),
        query.get("type"),
    )


def body_of(value: Any, kind: str) -> Mapping[str, Any]:
    """A parsed JSON value as the body of an answer of a kind."""
    body = _readers(kind)({"body": value})["body"]
    return body if body is not None else _nothing(kind)


def parsed(line: str) -> Any:
    """A JSON text with its numbers as texts; None when it is no JSON."""
    if "\\u" in line:
        line = _ESCAPE.sub(lambda escape: _NO_LETTER if escape[1] else escape[0], line)
    try:
        return _DECODER.decode(line)
    except (ValueError, RecursionError):
        return None


def time_of(said: str | None) -> datetime | None:
    """An ISO 8601 time, in UTC where it names no zone; None when it is none."""
    try:
        found = datetime.fromisoformat(said.strip()) if said else None
        return found and (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


@lru_cache
def _nothing(kind: str) -> Mapping[str, Any]:
    body: Mapping[str, Any] = _readers(kind)({"body": {}})["body"]
    return body


@lru_cache
def _readers(kind: str) -> Reader:
    return _reader(envelope(BODIES[kind]))


def _reader(kind: DataType) -> Reader:
    """A function that reads a JSON value as a type of schemas/raw.py."""
    if isinstance(kind, StructType):
        return _object_reader(kind)
    if isinstance(kind, ArrayType):
        item = _reader(kind.elementType)
        return lambda value: [item(each) for each in value] if type(value) is list else None
    return _scalar


def _object_reader(kind: StructType) -> Reader:
    plain = [field.name for field in kind.fields if not isinstance(field.dataType, (StructType, ArrayType))]
    nested = [(field.name, _reader(field.dataType)) for field in kind.fields if field.name not in plain]

    def read(value: Any) -> dict[str, Any] | None:
        if type(value) is not dict:
            return None
        found = {name: said if type(said := value.get(name)) is str else _scalar(said) for name in plain}
        for name, reader in nested:
            found[name] = reader(value.get(name))
        return found

    return read


def _scalar(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
