"""Catalogs that are only numbers: the two list APIs with their caps, for planning without HTTP.

Films and releases are consecutive ids; a histogram says how many fall on which day, or year, country and format.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from shared.ingestion.reports import landing_of
from shared.messages.tasks import DiscoverParams, FetchTask, SearchParams, TaskParams
from shared.planning.expansion import expand
from shared.planning.followers import Expansion
from shared.planning.searches.survey import Survey
from shared.runs.tracking import RunTracker
from shared.sources.lanes import RequestTally

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
        rows = [
            {"id": ids[first + position] + 1, "release_date": days[first + position].isoformat()}
            for position in positions
        ]
        return {"results": rows, "total_results": count, "total_pages": -(-count // TMDB_PAGE)}


class SimulatedDiscogs:
    """`database/search` over releases by year, country and format; refuses what lies beyond 10,000 results.

    Sorted by year, releases of one year keep the order of their ids, whichever way the years go.

    Args:
        histogram: how many releases of which year, country and format there are.
        sorts: whether it does as it is told.
        hidden: releases that are counted and that no page lists.
    """

    def __init__(
        self, histogram: Mapping[ReleaseKey, int], sorts: bool = True, hidden: Container[int] = ()
    ) -> None:
        self._by: dict[tuple[object, object, object], list[int]] = defaultdict(list)
        self._firsts: list[tuple[int, ReleaseKey]] = []
        self._sorts, self._hidden = sorts, hidden
        self._in_order: dict[tuple[object, ...], list[int]] = {}
        self._keys: dict[int, ReleaseKey] = {}
        release_id = 0
        for (year, country, format_), count in histogram.items():
            ids = range(release_id + 1, release_id + count + 1)
            self._firsts.append((release_id + 1, (year, country, format_)))
            self._keys.update(dict.fromkeys(ids, (year, country, format_)))
            release_id += count
            for y in {None, year}:
                for c in (None, country):
                    for f in (None, format_):
                        self._by[y, c, f].extend(ids)
        self.total = release_id
        self.questions = 0

    def keys_of(self, release_ids: Iterable[int]) -> set[ReleaseKey]:
        """Years, countries and formats of these releases."""
        return {self._keys[release_id] for release_id in release_ids}

    def answer(self, params: SearchParams) -> dict[str, Any]:
        """The page of a search."""
        self.questions += 1
        assert params.page <= DISCOGS_PAGES, "the API refuses deep pages"
        found = self._found(params)
        ids = found[DISCOGS_PAGE * (params.page - 1) : DISCOGS_PAGE * params.page]
        pagination = {"items": len(found), "pages": -(-len(found) // DISCOGS_PAGE) + 1}
        rows = [self._row(release_id) for release_id in ids if release_id not in self._hidden]
        return {"pagination": pagination, "results": rows}

    def _found(self, params: SearchParams) -> Sequence[int]:
        key = (params.year, params.country, params.format)
        if params.order is None or not self._sorts:
            return self._by.get(key, [])
        if (*key, params.order) not in self._in_order:
            years = {"asc": 1, "desc": -1}[params.order]
            self._in_order[*key, params.order] = sorted(
                self._by.get(key, []), key=lambda one: years * (self._keys[one][0] or 0)
            )
        return self._in_order[*key, params.order]

    def _row(self, release_id: int) -> dict[str, Any]:
        year, country, format_ = self._keys[release_id]
        dated = {"year": str(year)} if year else {}
        return {"id": release_id, "country": country, "format": [format_, "Album"], **dated}


class ListApi(Protocol):
    """What answers the pages of lists; `questions` counts them."""

    questions: int
    total: int

    def answer(self, params: Any) -> dict[str, Any]:
        """A page of a list."""
        ...


class Crawl:
    """Follows a plan to its end, as workers and the fan-in do.

    Attributes:
        api: what is asked.
        found: how often each id was named.
        expansions: what followed from each list page.
        tracker: the fold of what was reported.
    """

    def __init__(self, api: ListApi, roots: Iterable[TaskParams]) -> None:
        self.api = api
        roots = list(roots)
        self.found: Counter[int] = Counter()
        self.expansions: list[Expansion] = []
        ids = [_task(params).task_id for params in roots]
        self.tracker = RunTracker(ids, lambda params: _task(params).task_id, None, Survey(roots, TODAY))
        self._waiting: deque[TaskParams] = deque(roots)

    def run(self) -> Crawl:
        """Ask until nothing follows any more."""
        while self._waiting:
            params = self._waiting.popleft()
            if isinstance(params, DiscoverParams | SearchParams):
                self._ask(params)
        return self

    def _ask(self, params: DiscoverParams | SearchParams) -> None:
        is_search = isinstance(params, SearchParams)
        task = _task(params) if is_search else UNNAMED.model_copy(update={"params": params})
        expansion = expand(task, [self.api.answer(params)], TODAY, False)
        lists = [child for child in expansion.children if isinstance(child, DiscoverParams | SearchParams)]
        self.found.update(expansion.ids)
        self.expansions.append(expansion)
        if isinstance(params, DiscoverParams):
            self._waiting += lists
            return
        done = landing_of(task, expansion, [_task(child) for child in lists], RequestTally(), 1)
        self._waiting += [*lists, *self.tracker.apply(done)]


UNNAMED = FetchTask(run_id="run", task_id="task", ingest_date=TODAY, params=DiscoverParams())


def _task(params: TaskParams) -> FetchTask:
    return FetchTask.create("run", TODAY, params)


def crawl(api: ListApi, roots: Iterable[TaskParams]) -> tuple[Counter[int], list[Expansion]]:
    """Follow the plan to its end.

    Returns:
        How often each id was named, and what followed from each list page.
    """
    done = Crawl(api, roots).run()
    return done.found, done.expansions
