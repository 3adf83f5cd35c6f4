"""TMDB's daily export of film ids: one JSON object a line, gzip, every film there is. Pure.

`movie_ids_MM_DD_YYYY.json.gz` names films that no list finds, those without a date among them. Films for adults and
videos are left out here, as the lists leave them out.
"""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shared.errors import SourceUnavailable
from shared.planning.rows import id_of

DAYS_BACK = 3
"""The file of a day appears in its morning, so days before are looked for too."""
_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS
_CHUNK_BYTES = 1 << 20
_ID_BYTES = 4
_LARGEST_ID = 2**32 - 1


@dataclass(frozen=True)
class IdExport:
    """What the export of one day names.

    Attributes:
        day: whose export it is.
        film_ids: each film once, the most popular first.
        adult, video: films that were left out for being so.
        unreadable: lines without an id.
    """

    day: date
    film_ids: Sequence[int]
    adult: int = 0
    video: int = 0
    unreadable: int = 0

    def to_bytes(self) -> bytes:
        """This export in few bytes: gzip of a line of JSON, then each id in four bytes, little-endian."""
        head = {
            "day": self.day.isoformat(),
            "adult": self.adult,
            "video": self.video,
            "unreadable": self.unreadable,
        }
        return gzip.compress(json.dumps(head).encode() + b"\n" + _packed(self.film_ids), mtime=0)

    @classmethod
    def from_bytes(cls, data: bytes) -> IdExport:
        """The export that `to_bytes` wrote."""
        head, _, ids = gzip.decompress(data).partition(b"\n")
        known = json.loads(head)
        return cls(
            day=date.fromisoformat(known.pop("day")),
            film_ids=_unpacked(ids),
            **known,
        )


def file_names(today: date) -> Iterator[tuple[date, str]]:
    """The days whose export may be the newest, with the names of their files, newest first."""
    for back in range(DAYS_BACK + 1):
        day = today - timedelta(days=back)
        yield day, f"movie_ids_{day:%m_%d_%Y}.json.gz"


def read_export(data: bytes, day: date) -> IdExport:
    """The export of a day out of its file.

    Raises:
        SourceUnavailable: the file is no gzip, is torn, or names no film.
    """
    found: dict[int, float] = {}
    adult = video = unreadable = 0
    for line in _lines(data):
        film_id, popularity, is_adult, is_video = _film(line)
        if film_id is None:
            unreadable += 1
        elif is_adult:
            adult += 1
        elif is_video:
            video += 1
        else:
            found[film_id] = popularity
    if not found:
        raise SourceUnavailable("TMDB's id export names no film: it is read again by the next run")
    by_popularity = sorted(found, key=lambda one: (-found[one], one))
    return IdExport(day, _array(by_popularity), adult, video, unreadable)


def _film(line: bytes) -> tuple[int | None, float, bool, bool]:
    """Id, popularity, and whether it is for adults or a video; no id where the line cannot be read."""
    try:
        row = json.loads(line)
        film_id = id_of(row)
        popularity = float(row.get("popularity") or 0.0) if film_id else 0.0
    except (ValueError, TypeError, RecursionError):
        return None, 0.0, False, False
    if film_id is None or film_id > _LARGEST_ID:
        return None, 0.0, False, False
    return film_id, popularity, bool(row.get("adult")), bool(row.get("video"))


def _lines(data: bytes) -> Iterator[bytes]:
    rest = b""
    for chunk in _chunks(data):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from filter(bytes.strip, whole)
    if rest.strip():
        yield rest


def _chunks(data: bytes) -> Iterator[bytes]:
    """The file's text, a piece at a time."""
    if data[:2] != _MAGIC:
        raise SourceUnavailable(
            f"TMDB's id export is no gzip file (it begins with {data[:16]!r}): check TMDB_EXPORT_URL"
        )
    while data:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            yield unpacker.decompress(data, _CHUNK_BYTES)
            while unpacker.unconsumed_tail:
                yield unpacker.decompress(unpacker.unconsumed_tail, _CHUNK_BYTES)
            yield unpacker.flush()
        except zlib.error as error:
            raise SourceUnavailable(f"TMDB's id export is damaged: {error}") from error
        if not unpacker.eof:
            raise SourceUnavailable("TMDB's id export is torn: its gzip ends early")
        data = unpacker.unused_data


def _array(ids: Sequence[int]) -> array[int]:
    return array("I", ids)


def _packed(ids: Sequence[int]) -> bytes:
    numbers = _array(ids)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _unpacked(data: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(data[: len(data) // _ID_BYTES * _ID_BYTES])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
