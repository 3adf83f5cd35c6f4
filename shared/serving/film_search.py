"""Finds films by the words of their titles, or of their records', in the index the gold job publishes.

The index is `gold/search/snapshot=RUN/bucket=N/*.gz`: one line for each word of a film, the films people ask for most
first, as `word TAB all words TAB film as JSON`. The bucket of a word is the CRC-32 of its first three letters, so a
search reads one bucket, however many films there are.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.adapters.lake import GOLD, Lake
from shared.serving.answers import FilmFound, SearchAnswer
from shared.serving.search_terms import PREFIX_CHARS, terms

POINTER = "search/_current.json"
MAX_HITS = 500
KEPT_BUCKETS = 8


@dataclass(frozen=True)
class _Index:
    """What the pointer names."""

    snapshot: str
    path: str
    buckets: int
    common: tuple[str, ...]

    def rarest(self, words: Sequence[str]) -> str:
        """The longest word that is not common: lists of common words hold the best known films only."""
        rare = [word for word in words if not any(common.startswith(word) for common in self.common)]
        return max(rare or words, key=len)


class FilmSearch:
    """Searches the current index; the buckets asked for last stay in memory."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    async def find(self, query: str, limit: int) -> SearchAnswer:
        """Return the films that have all the words: those with just that title first, then the best known.

        Args:
            query: one word or more; words of three letters and more may be cut short.
            limit: films in the answer at most.
        """
        words = terms(query)
        index = await self._index()
        if index is None:
            return SearchAnswer(query=query, snapshot=None, films=())
        wanted = index.rarest(words)
        lines = await self._bucket(index, bucket_of(wanted, index.buckets))
        found = list(_matching(lines, wanted, words))
        films = sorted(
            (FilmFound.model_validate_json(line) for line in found), key=lambda f: not _has_title(f, words)
        )
        return SearchAnswer(query=query, snapshot=index.snapshot, films=tuple(films[:limit]))

    async def _index(self) -> _Index | None:
        pointer = await self._lake.read_json(GOLD, POINTER)
        if pointer is None:
            return None
        return _Index(
            pointer["snapshot"], pointer["path"], pointer["buckets"], tuple(pointer.get("common", ()))
        )

    async def _bucket(self, index: _Index, bucket: int) -> bytes:
        key = (index.snapshot, bucket)
        if key not in self._kept:
            self._kept[key] = await self._read(f"{index.path}/bucket={bucket}/")
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT_BUCKETS:
            self._kept.popitem(last=False)
        return self._kept[key]

    async def _read(self, prefix: str) -> bytes:
        names = [name async for name in self._lake.names(GOLD, prefix) if name.endswith(".gz")]
        parts = await asyncio.gather(*(self._lake.read(GOLD, name) for name in names))
        return b"".join(gzip.decompress(part) for part in parts if part)


def bucket_of(word: str, buckets: int) -> int:
    """The bucket that holds a word: Spark's `crc32` of its first letters gives the same."""
    return zlib.crc32(word[:PREFIX_CHARS].encode()) % buckets


def _matching(lines: bytes, wanted: str, words: Sequence[str]) -> Iterator[bytes]:
    """JSON of the films that have all the words, each film once."""
    start = _search_bytes(wanted, b"\t")
    others = [b" " + _search_bytes(word, b" ") for word in words if word != wanted]
    seen: set[bytes] = set()
    for line in lines.split(b"\n"):
        if not line.startswith(start):
            continue
        _, text, film = line.split(b"\t", 2)
        if film not in seen and all(other in b" " + text + b" " for other in others):
            seen.add(film)
            yield film
            if len(seen) >= MAX_HITS:
                return


def _search_bytes(word: str, end: bytes) -> bytes:
    """The bytes to look for: a short word matches whole, with the byte after it, a longer one by its beginning."""
    return word.encode() + (end if len(word) < PREFIX_CHARS else b"")


def _has_title(film: FilmFound, words: Sequence[str]) -> bool:
    return any(terms(title) == list(words) for title in (film.title, film.original_title) if title)
