"""Trigger values for handlers: typed data decoded by azure-functions' own converters, as the worker does it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from azure.functions.meta import Datum

from local.host.indexing import GENERIC, FunctionDefinition, converter_of

Metadata = Mapping[str, Datum]


def text_datum(value: str) -> Datum:
    """A string."""
    return Datum(value, "string")


def json_datum(value: Any) -> Datum:
    """Anything JSON can say; what it cannot (times, UUIDs, bytes) becomes its string."""
    return Datum(json.dumps(value, default=str), "json")


def bytes_datum(value: bytes) -> Datum:
    """Bytes."""
    return Datum(value, "bytes")


def strings_datum(values: Sequence[str | None]) -> Datum:
    """A collection of strings, as protobuf's CollectionString: an object with a field ``string``."""
    return Datum(SimpleNamespace(string=list(values)), "collection_string")


def blobs_datum(values: Sequence[bytes]) -> Datum:
    """A collection of byte strings."""
    return Datum(SimpleNamespace(bytes=list(values)), "collection_bytes")


def integers_datum(values: Sequence[int | None]) -> Datum:
    """A collection of 64-bit integers."""
    return Datum(SimpleNamespace(sint64=list(values)), "collection_sint64")


def decode(function: FunctionDefinition, datum: Datum | None, metadata: Metadata) -> Any:
    """The handler's argument: text or bytes where it asks for them, else what its binding's converter makes."""
    if function.parameter_binding == GENERIC:
        return _generic(function.parameter_type, datum)
    return converter_of(function.parameter_binding).decode(datum, trigger_metadata=metadata)


def encode_http(returned: Any) -> Datum:
    """What an HTTP handler returned, as typed data; ``TypeError`` naming the type when it is no response."""
    try:
        encoded: Datum = converter_of("http").encode(returned, expected_type=None)
        return encoded
    except NotImplementedError:
        raise TypeError(
            f"an HTTP function must return azure.functions.HttpResponse or str, not {type(returned).__name__}"
        ) from None


def _generic(wanted: type | None, datum: Datum | None) -> str | bytes:
    value: str | bytes = datum.value if datum is not None else b""
    if wanted is str and isinstance(value, bytes):
        return value.decode("utf-8")
    if wanted is bytes and isinstance(value, str):
        return value.encode("utf-8")
    return value
