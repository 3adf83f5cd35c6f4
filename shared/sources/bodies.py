"""Bodies of answers: unpacked, decoded and parsed, and whose they are: the source's own, or a page of its edge. Pure.

Content delivery networks answer in the source's place at times: with a page in HTML, whatever the status, or with a
packed body whose `Content-Encoding` header got lost.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from math import isfinite
from typing import Any

LONGEST_BODY = 64_000_000
_GZIP, _ZLIB_FIRST, _ZSTD = b"\x1f\x8b", 0x78, b"\x28\xb5\x2f\xfd"
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_OWN_ERRORS = ("status_code", "status_message", "message")
"""Fields of the errors of TMDB (the first two) and of Discogs."""


class UnreadableBody(ValueError):
    """A body that is not the JSON object it should be; says why."""


def read_object(content: bytes) -> tuple[str, Mapping[str, Any]]:
    """The body as text and as a value; JSON says its own encoding, whatever the charset header claims.

    Raises:
        UnreadableBody: it is no JSON object.
    """
    unpacked = _unpack(content)
    try:
        text = unpacked.decode(json.detect_encoding(unpacked))
        body = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(f"the body is not JSON ({error})") from error
    if not isinstance(body, dict):
        raise UnreadableBody("the body is not a JSON object")
    return text, body


def is_own_error(content: bytes) -> bool:
    """Whether the source itself says no: a JSON object with an error code or a message of its own."""
    try:
        _, body = read_object(content)
    except UnreadableBody:
        return False
    return any(name in body for name in _OWN_ERRORS)


def is_page(content: bytes) -> bool:
    """Whether the body is a page for people, which neither API ever sends."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def whole_number(value: Any, least: int = 0) -> int | None:
    """A JSON number without a fraction and not under `least`; None for anything else, text included."""
    if isinstance(value, float) and isfinite(value) and value.is_integer():
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and least <= value < 2**63 else None


def _unpack(content: bytes) -> bytes:
    """What a packed body holds; JSON begins with none of the marks. Brotli has none: what it packs is no JSON."""
    if content.startswith(_ZSTD):
        raise UnreadableBody("the body is packed as zstd, which was not asked for")
    if not content.startswith(_GZIP) and content[:1] != bytes([_ZLIB_FIRST]):
        return content
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        unpacked = unpacker.decompress(content, LONGEST_BODY)
    except zlib.error as error:
        raise UnreadableBody(f"the body cannot be unpacked ({error})") from error
    if not unpacker.eof:
        raise UnreadableBody("the body cannot be unpacked: it is cut off, or too long")
    return unpacked


def _refuse_constant(name: str) -> None:
    """NaN and Infinity are Python's idea of JSON, nobody else's."""
    raise ValueError(f"{name} is not JSON")
