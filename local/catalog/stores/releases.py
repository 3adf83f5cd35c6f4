"""Finding releases and masters: the search selection, search rows and details."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from local.catalog.columns import Indexes, Record, ReleaseSource, encode
from local.catalog.stores.release_details import master_detail, master_row, release_detail

SELECTIONS_KEPT, ROWS_KEPT, RECORDS_KEPT = 256, 50_000, 4096
SOUNDTRACK = "soundtrack"


@dataclass(frozen=True)
class Search:
    """What `database/search` filters by; empty and None mean any. Text is compared without case.

    `order`, asc or desc, sorts by year, undated ones as year 0; those of one year stay in the order of their ids.
    """

    kind: str = ""
    style: str = ""
    genre: str = ""
    format: str = ""
    country: str = ""
    year: int | None = None
    text: tuple[str, ...] = ()
    artist: str = ""
    title: str = ""
    order: str = ""


class ReleaseStore:
    """Answers from a release source. A selection's entries are release places, masters as -1 - (main release)."""

    def __init__(self, source: ReleaseSource) -> None:
        self._source = source
        self._columns = source.columns
        self._titles: list[str] | None = None
        self._revisions: Counter[int] = Counter()
        self.select = lru_cache(SELECTIONS_KEPT)(self._select)
        self.row = lru_cache(ROWS_KEPT)(self._row)
        self.details = lru_cache(RECORDS_KEPT)(self._details)
        self.master_details = lru_cache(RECORDS_KEPT)(self._master_details)

    def __len__(self) -> int:
        return len(self._columns.ids)

    def index(self, release_id: int) -> int | None:
        """Return the place of a release, None where there is none."""
        place = int(self._columns.ids.searchsorted(release_id))
        return place if place < len(self) and self._columns.ids[place] == release_id else None

    def main_release(self, master_id: int) -> int | None:
        """Return the place of a master's main release, None where there is no such master."""
        places = np.nonzero(self._columns.master == master_id)[0]
        return int(places[0]) if master_id and len(places) else None

    def touch(self, release_id: int) -> bool:
        """Change a release: one more person wants it. False where there is no such release."""
        place = self.index(release_id)
        if place is None:
            return False
        self._revisions[place] += 1
        for kept in (self.row, self.details):
            kept.cache_clear()
        return True

    def _select(self, search: Search) -> Indexes:
        places = self._matching(search)
        found = places if search.kind in ("", "release") else places[:0]
        if search.kind in ("", "master"):
            found = np.concatenate([found, self._masters(places)])
        return self._by_year(found, search.order) if search.order else found

    def _by_year(self, entries: Indexes, order: str) -> Indexes:
        years = self._columns.year[np.where(entries < 0, -1 - entries, entries)]
        return entries[np.argsort(-years if order == "desc" else years, kind="stable")]

    def _matching(self, search: Search) -> Indexes:
        places: Indexes = np.arange(len(self), dtype=np.int64)
        for field in ("style", "genre", "format", "country"):
            value = getattr(search, field).lower()
            if value and not (field == "style" and value == SOUNDTRACK and self._source.is_answer_set):
                found = self._columns.postings[field].get(value, places[:0])
                places = np.intersect1d(places, found, assume_unique=True)
        if search.year is not None:
            places = places[self._columns.year[places] == search.year] if search.year else places[:0]
        return self._with_words(places, search)

    def _with_words(self, places: Indexes, search: Search) -> Indexes:
        if not (search.text or search.artist or search.title):
            return places
        kept = [place for place in places.tolist() if _has_words(self._lower_titles()[place], search)]
        return np.array(kept, dtype=np.int64)

    def _lower_titles(self) -> list[str]:
        if self._titles is None:
            self._titles = [self._source.title(place).lower() for place in range(len(self))]
        return self._titles

    def _masters(self, places: Indexes) -> Indexes:
        """Return the masters of the given releases, as -1 - (place of the first of them)."""
        with_master = places[self._columns.master[places] > 0]
        _, first = np.unique(self._columns.master[with_master], return_index=True)
        return -1 - with_master[first]

    def _row(self, entry: int) -> bytes:
        if entry < 0:
            return encode(master_row(self._source.record(-1 - entry)))
        return encode(self._revised(entry))

    def _revised(self, place: int) -> Record:
        record = self._source.record(place)
        if place in self._revisions:
            community = record.get("community") or {}
            record["community"] = community | {"want": community.get("want", 0) + self._revisions[place]}
        return record

    def _details(self, place: int) -> bytes:
        return encode(release_detail(self._revised(place), *self._source.tracks(place)))

    def _master_details(self, place: int) -> bytes:
        return encode(master_detail(self._source.record(place), *self._source.tracks(place)))


def _has_words(whole: str, search: Search) -> bool:
    artist, _, title = whole.partition(" - ")
    return (
        all(word in whole for word in search.text)
        and search.artist.lower() in artist
        and search.title.lower() in title
    )
