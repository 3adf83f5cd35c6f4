"""Finds films and records by the words of their titles and artists, in the index the gold job publishes.

The index is the family `words` of what gold publishes for the app (`shared.serving.published.index`): one line for each
word of a film or of a record of no film, the best known first, as `word TAB all words TAB what is found as JSON`. The
key of a word is the CRC-32 of its first three letters, so a search reads one file and unpacks one block of it, however
many films there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.errors import NotKnown
from shared.serving.answers import FilmFound, SearchAnswer, UnmatchedRecord
from shared.serving.published.index import Generation, ServingIndex, key_of, lines_beginning
from shared.serving.search_terms import PREFIX_CHARS, terms

FAMILY = "words"
MAX_HITS = 500
_RECORD = b'{"release_id"'


class FilmSearch:
    """Searches the current generation.

    Args:
        index: its files.
    """

    def __init__(self, index: ServingIndex) -> None:
        self._index = index

    async def find(self, query: str, limit: int) -> SearchAnswer:
        """Return what has all the words: those with just that title first, then the best known.

        Args:
            query: one word or more; words of three letters and more may be cut short.
            limit: films in the answer at most, and as many records of no film.
        """

        async def work(generation: Generation) -> SearchAnswer:
            return await self._find(generation, query, limit)

        try:
            return await self._index.answer(work, fresh_s=0.0)
        except NotKnown:
            return SearchAnswer(query=query, snapshot=None, films=())

    async def _find(self, generation: Generation, query: str, limit: int) -> SearchAnswer:
        words = terms(query)
        wanted = rarest(words, generation.common)
        lines = await self._index.lines(generation, FAMILY, key_of(wanted[:PREFIX_CHARS]))
        found = sorted(
            map(_parsed, _matching(lines, wanted, words)), key=lambda each: not _has_title(each, words)
        )
        return SearchAnswer(
            query=query,
            snapshot=generation.run_id,
            films=tuple(each for each in found if isinstance(each, FilmFound))[:limit],
            records=tuple(each for each in found if isinstance(each, UnmatchedRecord))[:limit],
        )


def rarest(words: Sequence[str], common: Sequence[str]) -> str:
    """The longest word that is not common: lists of common words hold the best known films only."""
    rare = [word for word in words if not any(other.startswith(word) for other in common)]
    return max(rare or words, key=len)


def _matching(lines: bytes, wanted: str, words: Sequence[str]) -> Iterator[bytes]:
    """JSON of what has all the words, each once."""
    start = _search_bytes(wanted, b"\t")
    others = [b" " + _search_bytes(word, b" ") for word in words if word != wanted]
    seen: set[bytes] = set()
    for line in lines_beginning(lines, start):
        _, text, found = line.split(b"\t", 2)
        if found not in seen and all(other in b" " + text + b" " for other in others):
            seen.add(found)
            yield found
            if len(seen) >= MAX_HITS:
                return


def _search_bytes(word: str, end: bytes) -> bytes:
    """The bytes to look for: a short word matches whole, with the byte after it, a longer one by its beginning."""
    return word.encode() + (end if len(word) < PREFIX_CHARS else b"")


def _parsed(found: bytes) -> FilmFound | UnmatchedRecord:
    model = UnmatchedRecord if found.startswith(_RECORD) else FilmFound
    return model.model_validate_json(found)


def _has_title(found: FilmFound | UnmatchedRecord, words: Sequence[str]) -> bool:
    titles = (found.title, found.original_title if isinstance(found, FilmFound) else None)
    return any(terms(title) == list(words) for title in titles if title)
