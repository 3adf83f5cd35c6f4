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
    """A collection of strings, as protobuf's CollectionString: an object with a field ``string``.

    The host leaves out what is empty, so that what follows moves up (`ToRpcStringArray` of Azure/azure-functions-host).
    """
    return Datum(SimpleNamespace(string=[value for value in values if value]), "collection_string")


def blobs_datum(values: Sequence[bytes]) -> Datum:
    """A collection of byte strings."""
    return Datum(SimpleNamespace(bytes=list(values)), "collection_bytes")


def integers_datum(values: Sequence[int]) -> Datum:
    """A collection of 64-bit integers."""
    return Datum(SimpleNamespace(sint64=list(values)), "collection_sint64")


def decode(function: FunctionDefinition, datum: Datum | None, metadata: Metadata) -> Any:
    """The handler's argument: what its binding's converter makes; for str and bytes the value as the host sent it."""
    if function.parameter_binding == GENERIC:
        return datum.value if datum is not None else None
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
