"""How many requests the plans of both sources need, against the fewest that hold what there is. Nothing is waited for.

`python -m tests.bench.plan`: one line of JSON; a catalog of each size is invented, and the planner, the fold of its
answers and the tracker run over it as they are. The fewest possible are the pages that the records found fill, were
every page full: no plan can reach that once a list has to be split. `listed_again` counts rows that a page before had.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from math import ceil
from typing import Any

import numpy as np

from local.catalog.invented.films import InventedFilms
from local.catalog.invented.releases import InventedReleases
from local.catalog.invented.words.release_words import COUNTRIES
from local.catalog.stores.releases import ReleaseStore, Search
from shared.messages.tasks import SearchParams
from shared.planning.roots import RunRequest, plan_roots
from shared.sources.limits import DISCOGS_PAGE_SIZE, TMDB_PAGE_SIZE
from tests.fakes.simulated import TODAY, Crawl, SimulatedTmdb

RELEASES = (29_718, 30_000, 600_000)
FILMS = 1_000_000
FILMS_BEHIND = 10_000
SEED = 1
MEDIA = ("Vinyl", "CD", "Cassette", "File")


class InventedSearch:
    """`database/search` over the columns of invented releases; rows hold what the planner reads.

    Args:
        releases: how many.
        sorts: whether it does as it is told.
    """

    def __init__(self, releases: int, sorts: bool = True) -> None:
        source = InventedReleases(releases, InventedFilms(FILMS_BEHIND, SEED))
        self._columns, self._store, self._sorts = source.columns, ReleaseStore(source), sorts
        self._formats = self._codes("format", MEDIA)
        self._countries = self._codes("country", COUNTRIES)
        self.questions = 0
        self.total = releases

    def answer(self, params: SearchParams) -> dict[str, Any]:
        """A page of a search."""
        self.questions += 1
        found = self._store.select(
            Search(
                kind="release",
                year=params.year,
                format=params.format or "",
                country=params.country or "",
                order=(params.order or "") if self._sorts else "",
            )
        )
        rows = found[DISCOGS_PAGE_SIZE * (params.page - 1) : DISCOGS_PAGE_SIZE * params.page]
        return {
            "pagination": {"items": len(found)},
            "results": [self._row(place) for place in rows.tolist()],
        }

    def _row(self, place: int) -> dict[str, Any]:
        year = int(self._columns.year[place])
        row = {
            "id": int(self._columns.ids[place]),
            "format": [MEDIA[self._formats[place]]],
            "country": COUNTRIES[self._countries[place]],
        }
        return row | {"year": str(year)} if year else row

    def _codes(self, field: str, names: tuple[str, ...]) -> Any:
        codes = np.zeros(len(self._columns.ids), dtype=np.int64)
        for code, name in enumerate(names):
            codes[self._columns.postings[field].get(name.lower(), [])] = code
        return codes


def releases(count: int, sorts: bool = True) -> dict[str, Any]:
    """The plan of a Discogs catalog."""
    crawl = Crawl(
        InventedSearch(count, sorts), plan_roots(RunRequest(sources=("discogs",)), TODAY, None)
    ).run()
    return _result(count, crawl, DISCOGS_PAGE_SIZE)


def films(count: int) -> dict[str, Any]:
    """The plan of a TMDB catalog; lists only, for a film's own request is the same in any plan."""
    api = SimulatedTmdb(_days(count))
    return _result(
        count, Crawl(api, plan_roots(RunRequest(sources=("tmdb",)), TODAY, None)).run(), TMDB_PAGE_SIZE
    )


def measure() -> dict[str, Any]:
    """All sizes."""
    return {
        "discogs": {str(size): releases(size) for size in RELEASES},
        "discogs_unsorted": {str(size): releases(size, sorts=False) for size in RELEASES[:1]},
        "tmdb": {str(FILMS): films(FILMS)},
    }


def _result(count: int, crawl: Crawl, page_size: int) -> dict[str, Any]:
    found, listed = len(crawl.found), sum(crawl.found.values())
    fewest = ceil(found / page_size)
    return {
        "records": count,
        "found": found,
        "requests": crawl.api.questions,
        "fewest": fewest,
        "ratio": round(crawl.api.questions / fewest, 4),
        "listed_again": listed - found,
    }


def _days(count: int) -> Mapping[tuple[date, str], int]:
    columns = InventedFilms(count, SEED).columns
    days, counts = np.unique(columns.day[columns.day > 0], return_counts=True)
    return Counter(
        {(date.fromordinal(day), "en"): n for day, n in zip(days.tolist(), counts.tolist(), strict=True)}
    )


if __name__ == "__main__":
    print(json.dumps(measure()))
