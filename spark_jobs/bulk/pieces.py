"""A dump's XML cut into `<release …>…</release>` pieces before any of it is parsed.

Nothing but the pieces is read as XML, so it does not matter whether the root element is there, and what is wrong with
one release costs only that one. Pieces are found by their marks in large blocks, and those that nobody wants are never
copied. Memory is that of a block and of the largest piece allowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from spark_jobs.bulk.errors import DumpError

MAX_PIECE_BYTES = 5_000_000
"""Releases are of some kilobytes; what is larger is none."""
HEAD_BYTES = 2_000
"""How much is kept of a piece that is too large, for a person to look at."""
_START = re.compile(rb"<release[\s>]")
_NEXT, _END = b"<release ", b"</release>"
_AROUND = re.compile(rb"<\?xml[^>]*\?>|</?releases\s*>|<!--.*?-->|\xef\xbb\xbf", re.DOTALL)
_ENCODING = re.compile(rb"<\?xml[^>]*\sencoding\s*=\s*[\"']([^\"']*)[\"']")
DECLARES = (b"<!DOCTYPE", b"<!ENTITY")

Wanted = Callable[[bytes, int, int], bool]
"""Whether what lies between two places of a block may be wanted; asked of every release, so it has to be cheap."""


class Piece(NamedTuple):
    """A release as it stands in the dump, with its offset in the unpacked file; `fault` says why it is no release."""

    offset: int
    data: bytes
    fault: str | None = None


@dataclass
class Counts:
    """What was cut: releases, those that may be wanted, and bytes of XML."""

    releases: int = 0
    candidates: int = 0
    bytes: int = 0


def cut(
    blocks: Iterable[bytes], wanted: Wanted, counts: Counts, limit: int = MAX_PIECE_BYTES
) -> Iterator[Piece]:
    """The wanted releases of a file that comes block by block, and pieces with a fault, in the order of the file.

    Args:
        blocks: the file's text.
        wanted: which releases to give.
        counts: counted up as the file is read.
        limit: bytes of the largest release allowed.

    Raises:
        DumpError: the file declares entities, is not in UTF-8, holds no release, or ends within one.
    """
    cutter = _Cutter(wanted, counts, limit)
    for block in blocks:
        counts.bytes += len(block)
        yield from cutter.feed(block)
    yield from cutter.finish()


class _Cutter:
    """What is left of the blocks before, and where in the file that is."""

    def __init__(self, wanted: Wanted, counts: Counts, limit: int) -> None:
        self.counts = counts
        self._wanted, self._limit = wanted, limit
        self._rest, self._offset = b"", 0
        self._is_skipping = False

    def feed(self, block: bytes) -> Iterator[Piece]:
        """The pieces that end with this block."""
        data, place, next_size = self._rest + block, 0, len(_NEXT)
        while found := _START.search(data, place):
            start = found.start()
            if data[place:start].strip():
                yield from self._between(data[place:start], self._offset + place)
            self._is_skipping = False
            end = data.find(_END, start)
            again = data.find(_NEXT, start + next_size, end if end >= 0 else len(data))
            if again >= 0:
                yield self._fault(data, start, again, "another release begins before it ends")
                place = again
            elif end >= 0:
                place = end + len(_END)
                if place - start > self._limit:
                    yield self._fault(data, start, place, self._too_large())
                    continue
                self.counts.releases += 1
                if self._wanted(data, start, place):
                    self.counts.candidates += 1
                    yield Piece(self._offset + start, data[start:place])
            elif len(data) - start > self._limit:
                yield self._fault(data, start, len(data), self._too_large())
                self._is_skipping, place = True, start + next_size
            else:
                place = start
                break
        self._keep(data, place)

    def _keep(self, data: bytes, place: int) -> None:
        """What is left of a block stays for the next one; of a release that is too large, only what may begin one."""
        if self._is_skipping:
            place = max(place, len(data) - len(_NEXT))
        elif len(data) - place > self._limit:
            raise DumpError(
                f"no release in {self._limit:,} bytes from byte {self._offset + place:,} on: no dump of releases"
            )
        self._rest, self._offset = data[place:], self._offset + place

    def _between(self, text: bytes, offset: int) -> Iterator[Piece]:
        """What stands outside of releases: the root element, or what has no business there."""
        if self._is_skipping:
            return
        self._check_declarations(text, offset)
        stray = _AROUND.sub(b"", text).strip()
        if stray:
            yield Piece(offset, stray[:HEAD_BYTES], "text outside of a release")

    @staticmethod
    def _check_declarations(text: bytes, offset: int) -> None:
        for mark in DECLARES:
            if mark in text:
                place = offset + text.index(mark)
                raise DumpError(
                    f"the file declares entities or a document type at byte {place:,}: it is not read"
                )
        encoding = _ENCODING.search(text)
        if encoding and encoding[1].lower() not in (b"utf-8", b"utf8", b"us-ascii"):
            raise DumpError(
                f"the file is in {encoding[1].decode('ascii', 'replace')}, not in UTF-8: it is not read"
            )

    def finish(self) -> Iterator[Piece]:
        """What stands after the last release. Raises DumpError where that is no end."""
        if self._is_skipping or _AROUND.sub(b"", self._rest).lstrip().startswith(b"<"):
            self._check_declarations(self._rest, self._offset)
            raise DumpError(f"the file ends within the element at byte {self._offset:,}: it is torn")
        yield from self._between(self._rest, self._offset)
        if not self.counts.releases:
            raise DumpError("the file holds no release: no dump of releases")

    def _fault(self, data: bytes, start: int, end: int, why: str) -> Piece:
        self.counts.releases += 1
        return Piece(self._offset + start, data[start : min(end, start + HEAD_BYTES)], why)

    def _too_large(self) -> str:
        return f"release of more than {self._limit:,} bytes"
