"""Raw blobs of a run as lines, whatever they hold; what cannot be read is marked with its fault and fails no job."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from spark_jobs.schemas.raw import RAW_LIMIT_CHARS

_GZIP = 16 + zlib.MAX_WBITS
_CHUNK = 64 * 1024
EMPTY_BLOB = "blob is empty"


class RawLine(NamedTuple):
    """A line of a raw blob: its number from 1 (0 for the blob as a whole), and why it cannot be read, if so."""

    blob: str
    line_no: int
    line: str | None
    fault: str | None


def prefixes(manifest: dict[str, Any], source: str, kind: str) -> list[str]:
    """Prefixes of one source and kind in a bronze manifest."""
    return [
        r["prefix"]
        for r in manifest["raw"]
        if (r["source"], r["kind"]) == (source, kind) and r.get("blobs", 1)
    ]


def records_of(manifest: dict[str, Any], source: str, kind: str) -> int:
    """How many answers of one source and kind a bronze manifest counts."""
    found = [r for r in manifest["raw"] if (r["source"], r["kind"]) == (source, kind)]
    return sum(int(r.get("records") or 0) for r in found)


def blob_lines(blob: str, content: bytes) -> Iterator[RawLine]:
    """Lines of one gzip blob; whole lines before a tear are kept."""
    data, fault = gunzip(content)
    *lines, rest = data.split(b"\n")
    number = 0
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _line(blob, number, line)
    if rest.strip() and not fault:
        yield _line(blob, number + 1, rest)
    if fault:
        said = rest.decode(errors="replace")[:RAW_LIMIT_CHARS] or None
        yield RawLine(blob, number + 1 if rest else 0, said, fault)


def _line(blob: str, number: int, line: bytes) -> RawLine:
    try:
        return RawLine(blob, number, line.decode(), None)
    except UnicodeDecodeError as error:
        said = line.decode(errors="replace")[:RAW_LIMIT_CHARS]
        return RawLine(blob, number, said, f"line is not UTF-8: {error.reason}")


def gunzip(content: bytes) -> tuple[bytes, str | None]:
    """Unpacked bytes, as far as they go, and what is wrong with the blob (None when nothing is)."""
    if not content:
        return b"", EMPTY_BLOB
    parts: list[bytes] = []
    while content:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            parts.extend(
                unpacker.decompress(content[at : at + _CHUNK]) for at in range(0, len(content), _CHUNK)
            )
        except zlib.error as error:
            what = "damaged gzip" if parts else "blob is not gzip"
            return b"".join(parts), f"{what}: {error}"
        if not unpacker.eof:
            return b"".join(parts), "torn gzip: the blob ends before its end"
        content = unpacker.unused_data
    return b"".join(parts), None
