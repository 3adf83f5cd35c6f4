"""Catalogs that are only numbers: the two list APIs with their caps, for planning without HTTP.

Films and releases are consecutive ids; a histogram says how many fall on which day, or year, country and format.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from shared.messages.tasks import DiscoverParams, FetchTask, SearchParams, TaskParams
from shared.planning.expansion import Expansion, expand

TODAY = date(2026, 11, 20)
TMDB_PAGE, TMDB_PAGES = 20, 500
DISCOGS_PAGE, DISCOGS_PAGES = 100, 100
ReleaseKey = tuple[int | None, str, str]


class SimulatedTmdb:
    """`discover/movie` over films by day and language; refuses pages beyond its cap."""

    def __init__(self, histogram: Mapping[tuple[date, str], int]) -> None:
        keys = [key for key, count in sorted(histogram.items()) for _ in range(count)]
        self.total = len(keys)
        self._films: dict[str | None, tuple[list[date], list[int]]] = {}
        self._films[None] = ([day for day, _ in keys], list(range(self.total)))
        for language in {language for _, language in histogram}:
            ids = [film_id for film_id, key in enumerate(keys) if key[1] == language]
            self._films[language] = ([keys[film_id][0] for film_id in ids], ids)
        self.questions = 0

    def answer(self, params: DiscoverParams) -> dict[str, Any]:
        """The page of a list; the order by title is another one than the order by date."""
        self.questions += 1
        assert params.page <= TMDB_PAGES, "the API refuses pages beyond 500"
        days, ids = self._films.get(params.language, ([], []))
        first = bisect_left(days, params.since) if params.since else 0
        last = bisect_right(days, params.until) if params.until else len(days)
        count = last - first
        start = TMDB_PAGE * (params.page - 1)
        positions = range(start, min(start + TMDB_PAGE, count))
        if params.sort == "title.desc":
            positions = range(count - 1 - start, max(count - 1 - start - TMDB_PAGE, -1), -1)
        rows = [{"id": ids[first + position] + 1} for position in positions]
        return {"results": rows, "total_results": count, "total_pages": -(-count // TMDB_PAGE)}


class SimulatedDiscogs:
    """`database/search` over releases by year, country and format; refuses what lies beyond 10,000 results."""

    def __init__(self, histogram: Mapping[ReleaseKey, int]) -> None:
        self._by: dict[tuple[object, object, object], list[int]] = defaultdict(list)
        self._firsts: list[tuple[int, ReleaseKey]] = []
        release_id = 0
        for (year, country, format_), count in histogram.items():
            ids = range(release_id + 1, release_id + count + 1)
            self._firsts.append((release_id + 1, (year, country, format_)))
            release_id += count
            for y in {None, year}:
                for c in (None, country):
                    for f in (None, format_):
                        self._by[y, c, f].extend(ids)
        self.total = release_id
        self.questions = 0

    def keys_of(self, release_ids: Iterable[int]) -> set[ReleaseKey]:
        """Years, countries and formats of these releases."""
        firsts = [first for first, _ in self._firsts]
        return {self._firsts[bisect_right(firsts, release_id) - 1][1] for release_id in release_ids}

    def answer(self, params: SearchParams) -> dict[str, Any]:
        """The page of a search."""
        self.questions += 1
        assert params.page <= DISCOGS_PAGES, "the API refuses deep pages"
        found: Sequence[int] = self._by.get((params.year, params.country, params.format), [])
        rows = found[DISCOGS_PAGE * (params.page - 1) : DISCOGS_PAGE * params.page]
        pagination = {"items": len(found), "pages": -(-len(found) // DISCOGS_PAGE) + 1}
        return {"pagination": pagination, "results": [{"id": release_id} for release_id in rows]}


def crawl(
    api: SimulatedTmdb | SimulatedDiscogs, roots: Iterable[TaskParams]
) -> tuple[Counter[int], list[Expansion]]:
    """Follow the plan to its end.

    Returns:
        How often each id was named, and what followed from each list page.
    """
    found: Counter[int] = Counter()
    expansions = []
    waiting = list(roots)
    while waiting:
        params = waiting.pop()
        task = FetchTask(run_id="run", task_id="task", ingest_date=TODAY, params=params)
        expansion = expand(task, [api.answer(params)], TODAY, False)  # type: ignore[arg-type]
        found.update(expansion.ids)
        expansions.append(expansion)
        waiting += [child for child in expansion.children if isinstance(child, DiscoverParams | SearchParams)]
    return found, expansions
