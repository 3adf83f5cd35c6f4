"""Finds the block of a key in a file that the gold job packed in blocks (`spark_jobs/serving/blocks.py`).

Each member of the gzip file has, in an extra field `CF` of its header, the least key of its lines and its own size.
"""

from __future__ import annotations

import struct

_HEADER = struct.Struct("<4s6xH2sHqI")
_MAGIC, _FIELD = b"\x1f\x8b\x08\x04", b"CF"


def block_of(data: bytes, key: int) -> bytes:
    """The packed block that has the lines of a key, if there are any; a file without blocks as it is."""
    start, end = 0, 0
    while end < len(data):
        found = _least_and_size(data, end)
        if found is None:
            return data
        least, size = found
        if least > key and end:
            break
        start, end = end, end + size
    return data[start:end]


def _least_and_size(data: bytes, place: int) -> tuple[int, int] | None:
    """What the header of a member says; None where it is not that of a block."""
    if len(data) - place < _HEADER.size:
        return None
    magic, _, field, _, least, size = _HEADER.unpack_from(data, place)
    return (least, size) if magic == _MAGIC and field == _FIELD and size > 0 else None
