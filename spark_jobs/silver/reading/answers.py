"""One raw line as an answer: what was asked, when and how it was answered, and the body with the fields that are read.

The schemas of schemas/raw.py say which fields those are, and nothing else of a line is looked at. Where a scalar is
expected, an object or a list is read as its JSON; a list or an object that is something else is None, and so is an
absent one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from pyspark.sql.types import ArrayType, DataType, StructType

from spark_jobs.schemas.raw import BODIES, envelope
from spark_jobs.silver.reading.cleaning import INT_MAX, Scalar, said, whole
from spark_jobs.silver.reading.raw_lines import RawLine

NOT_AN_OBJECT, NO_ENVELOPE = "line is not a JSON object", "line has no status, fetched_at or body"
# Every escape of a line, one after the other; half a surrogate pair is no letter.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u([dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_NO_LETTER = "\\ufffd"
Body = Any
"""A body with the fields of its schema in schemas/raw.py as attributes."""
Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. Of one with a `fault` every field of the body is None."""

    raw: RawLine
    body: Body
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
    found = _read(raw.line or "", kind)
    if found is None:
        return Answer(raw, nothing, NOT_AN_OBJECT)
    is_whole = not (found.status is None or found.fetched_at is None or found.body is None)
    fault = said(found.fault) or (None if is_whole else NO_ENVELOPE)
    query = found.request and found.request.query
    return Answer(
        raw,
        nothing if fault else found.body,
        fault,
        time_of(found.fetched_at),
        whole(found.status, INT_MAX),
        found.request and said(found.request.path),
        query and said(query.append_to_response),
        query and said(query.type),
    )


def body_of(value: Any, kind: str) -> Body:
    """A parsed JSON value as the body of an answer of a kind."""
    found = msgspec.convert(_reader(BODIES[kind])(value), _type(BODIES[kind]))
    return _nothing(kind) if found is None else found


def _read(line: str, kind: str) -> Any:
    """The envelope of a line; None when it is no JSON object."""
    try:
        return _decoder(kind).decode(line)
    except (msgspec.MsgspecError, RecursionError):  # not as the schema says: each part by itself
        schema = envelope(BODIES[kind])
        return msgspec.convert(_reader(schema)(parsed(line)), _type(schema))


def parsed(line: str) -> Any:
    """A JSON text; None when it is no JSON."""
    try:
        return json.loads(_ESCAPE.sub(lambda escape: _NO_LETTER if escape[1] else escape[0], line))
    except (ValueError, RecursionError):
        return None


def time_of(value: Scalar) -> datetime | None:
    """An ISO 8601 time, in UTC where it names no zone; None when it is none."""
    text = said(value)
    try:
        found = datetime.fromisoformat(text.strip()) if text else None
        return found and (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


@lru_cache
def _nothing(kind: str) -> Body:
    return msgspec.convert({}, _type(BODIES[kind]))


@lru_cache
def _decoder(kind: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_type(envelope(BODIES[kind])))


def _type(kind: DataType) -> Any:
    """The type that msgspec reads a type of schemas/raw.py as; a field that is not there is None."""
    if isinstance(kind, StructType):
        fields = [(field.name, _type(field.dataType), None) for field in kind.fields]
        return msgspec.defstruct("Object", fields, gc=False) | None
    if isinstance(kind, ArrayType):
        return list[_type(kind.elementType)] | None  # type: ignore[misc]
    return Scalar


@lru_cache
def _reader(kind: DataType) -> Reader:
    """A function that makes any JSON value fit a type of schemas/raw.py: what is something else there is None."""
    if isinstance(kind, StructType):
        fields = {field.name: _reader(field.dataType) for field in kind.fields}
        return lambda value: (
            {name: read(value.get(name)) for name, read in fields.items()}
            if isinstance(value, dict)
            else None
        )
    if isinstance(kind, ArrayType):
        item = _reader(kind.elementType)
        return lambda value: [item(each) for each in value] if isinstance(value, list) else None
    return lambda value: json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
