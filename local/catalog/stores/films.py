"""Finding films: the discover selection, details, changes, collections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from local.catalog.columns import FilmSource, Indexes, Record, encode

SELECTIONS_KEPT, ROWS_KEPT, RECORDS_KEPT = 256, 50_000, 4096
APPENDABLE: dict[str, Any] = {
    "credits": {"cast": [], "crew": []},
    "keywords": {"keywords": []},
    "alternative_titles": {"titles": []},
    "external_ids": {},
    "reviews": {"page": 1, "results": [], "total_pages": 0, "total_results": 0},
}
NUMERIC_SORTS = ("popularity", "vote_count", "vote_average", "revenue")
TITLE_SORTS = ("title", "original_title")
SORTS = ("primary_release_date", *NUMERIC_SORTS, *TITLE_SORTS)


@dataclass(frozen=True)
class Selection:
    """What discover filters and sorts by. Days are ordinals, both inclusive; `languages` empty means any."""

    first_day: int | None = None
    last_day: int | None = None
    languages: frozenset[str] = frozenset()
    min_votes: int = 0
    with_adult: bool = False
    sort: str = "popularity"
    is_descending: bool = True


class FilmStore:
    """Answers from a film source; repeated selections, rows and records come from memory."""

    def __init__(self, source: FilmSource) -> None:
        self._source = source
        self._columns = source.columns
        self._by_day = np.lexsort((self._columns.ids, self._columns.day))
        self._days = self._columns.day[self._by_day]
        self._has_adult = bool(self._columns.adult.any())
        self._revisions: Counter[int] = Counter()
        self._touched: dict[int, set[int]] = {}
        self.select = lru_cache(SELECTIONS_KEPT)(self._select)
        self.row = lru_cache(ROWS_KEPT)(self._row)
        self.details = lru_cache(RECORDS_KEPT)(self._details)
        self.changed = lru_cache(SELECTIONS_KEPT)(self._changed)

    def __len__(self) -> int:
        return len(self._columns.ids)

    def index(self, film_id: int) -> int | None:
        """Return the place of a film, None where there is none."""
        place = int(self._columns.ids.searchsorted(film_id))
        return place if place < len(self) and self._columns.ids[place] == film_id else None

    def film_id(self, index: int) -> int:
        """Return the id of the film at a place."""
        return int(self._columns.ids[index])

    def is_adult(self, index: int) -> bool:
        """Return whether the film at a place is for adults only."""
        return bool(self._columns.adult[index])

    def part(self, index: int, name: str) -> Any:
        """Return one of APPENDABLE of a film."""
        return self._source.record(index).get(name) or APPENDABLE[name]

    def collection(self, collection_id: int) -> tuple[Record, Sequence[int]] | None:
        """Return a collection's own fields and the places of its films; None where there is none."""
        places = self._collections.get(collection_id)
        if not places:
            return None
        return self._source.record(places[0])["belongs_to_collection"], places

    def touch(self, film_id: int, day: int) -> bool:
        """Change a film on a day: one vote more. False where there is no such film."""
        place = self.index(film_id)
        if place is None:
            return False
        self._revisions[place] += 1
        self._touched.setdefault(day, set()).add(place)
        for kept in (self.row, self.details, self.changed):
            kept.cache_clear()
        return True

    @cached_property
    def _collections(self) -> Mapping[int, Sequence[int]]:
        return self._source.collections()

    def _select(self, selection: Selection) -> Indexes:
        """Return the places of the selected films, in order; ties by id, reversed in descending order."""
        places = self._filtered(self._released_between(selection.first_day, selection.last_day), selection)
        if selection.sort != "primary_release_date":
            places = self._sorted(places, selection.sort)
        return places[::-1] if selection.is_descending else places

    def _released_between(self, first_day: int | None, last_day: int | None) -> Indexes:
        low = (
            0
            if first_day is None and last_day is None
            else int(self._days.searchsorted(max(first_day or 1, 1)))
        )
        high = len(self) if last_day is None else int(self._days.searchsorted(last_day, side="right"))
        days: Indexes = self._by_day[low:high]
        return days

    def _filtered(self, places: Indexes, selection: Selection) -> Indexes:
        columns = self._columns
        if selection.languages:
            codes = [place for place, name in enumerate(columns.languages) if name in selection.languages]
            places = places[np.isin(columns.language[places], codes)]
        if selection.min_votes:
            places = places[columns.vote_count[places] >= selection.min_votes]
        if self._has_adult and not selection.with_adult:
            places = places[~columns.adult[places]]
        return places

    def _sorted(self, places: Indexes, sort: str) -> Indexes:
        ids = self._columns.ids
        if sort in TITLE_SORTS:
            which = TITLE_SORTS.index(sort)
            titles = {place: self._source.titles(place)[which].lower() for place in places.tolist()}
            return np.array(sorted(titles, key=lambda place: (titles[place], place)), dtype=np.int64)
        keys = getattr(self._columns, sort)
        ordered: Indexes = places[np.lexsort((ids[places], keys[places]))]
        return ordered

    def _row(self, index: int) -> bytes:
        return encode(self._revised(index, self._source.row(index)))

    def _details(self, index: int, appended: frozenset[str]) -> bytes:
        record = self._revised(index, self._source.record(index))
        plain = {name: value for name, value in record.items() if name not in APPENDABLE}
        extra = {name: record.get(name) or APPENDABLE[name] for name in sorted(appended & APPENDABLE.keys())}
        return encode(plain | extra)

    def _revised(self, index: int, record: Record) -> Record:
        if index in self._revisions:
            record["vote_count"] = (record.get("vote_count") or 0) + self._revisions[index]
        return record

    def _changed(self, first_day: int, last_day: int) -> list[int]:
        """Return the places of the films that changed between two days, both inclusive."""
        days = range(first_day, last_day + 1)
        found = {int(place) for day in days for place in self._source.changed_on(day)}
        return sorted(found.union(*(self._touched.get(day, set()) for day in days)))
