"""Files of lines in blocks, so that whoever knows a key unpacks the few kB that hold it.

A file is gzip of several members, one after another: whoever wants it whole need not know of blocks. A member's header
has an extra field `CF` with the least key of its lines and its own size in bytes, by which a reader goes from one to
the next without unpacking any. Lines lie in the order of their keys, those of one key in one block. The app reads them
in `shared/serving/published/blocks.py`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

BLOCK_BYTES = 16 * 1024
"""Of lines, before they are packed; a block ends with the key that reaches it."""
_FIXED = b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff"  # gzip, deflate, an extra field, no time, any system
_EXTRA = struct.Struct("<H2sHqI")
_FIELD = (_EXTRA.size - 2, b"CF", _EXTRA.size - 6)
_END = struct.Struct("<II")


def packed(lines: Iterable[tuple[int, str]]) -> bytes:
    """The file of lines (key, text) that are in the order of their keys."""
    return b"".join(_member(least, data) for least, data in _blocks(lines))


def _blocks(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, bytes]]:
    """The least key of each block, and its lines."""
    found: list[bytes] = []
    least, size = 0, 0
    for key, of_key in groupby(lines, key=itemgetter(0)):
        data = "".join(f"{text}\n" for _, text in of_key).encode()
        least = key if not found else least
        found.append(data)
        size += len(data)
        if size >= BLOCK_BYTES:
            yield least, b"".join(found)
            found, size = [], 0
    if found:
        yield least, b"".join(found)


def _member(least: int, data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    body = deflate.compress(data) + deflate.flush()
    end = _END.pack(zlib.crc32(data), len(data) & 0xFFFFFFFF)
    size = len(_FIXED) + _EXTRA.size + len(body) + len(end)
    return _FIXED + _EXTRA.pack(*_FIELD, least, size) + body + end
