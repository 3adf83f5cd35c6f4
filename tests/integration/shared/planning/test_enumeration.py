"""A catalog of 60,000 films, several single days of it over the caps, is listed without a gap or an overlap."""

from __future__ import annotations

import json
from collections import Counter, deque
from datetime import UTC, date, datetime
from typing import Any

from local.catalog.apis.answers import Asked
from local.catalog.apis.discogs import DiscogsApi
from local.catalog.apis.tmdb import TmdbApi
from local.catalog.invented.films import InventedFilms
from local.catalog.invented.releases import InventedReleases
from local.catalog.stores.films import FilmStore
from local.catalog.stores.releases import ReleaseStore
from shared.ingestion.reports import landing_of
from shared.messages.tasks import DetailsParams, FetchTask, TaskParams
from shared.planning.completeness import REASONS
from shared.planning.expansion import expand
from shared.planning.followers import Expansion
from shared.planning.roots import RunRequest, plan_roots
from shared.planning.searches.survey import SORT_IGNORED, Survey
from shared.runs.tracking import RunTracker
from shared.sources import discogs, tmdb
from shared.sources.client import ApiRequest
from shared.sources.lanes import RequestTally

RUN = "20260101T000000Z-0000"
TODAY = datetime.now(UTC).date()


class Crawl:
    """Asks an API in this process for everything that follows from the roots, and folds the events."""

    def __init__(self, api: TmdbApi | DiscogsApi, source: str) -> None:
        self._api = api
        self._requests_of = tmdb.requests_of if source == "tmdb" else discogs.requests_of
        self.listed: Counter[int] = Counter()
        self.asked: Counter[int] = Counter()
        self.requests = 0
        roots = plan_roots(RunRequest(sources=(source,)), TODAY, None)  # type: ignore[arg-type]
        self._queue = deque(self._task(params) for params in roots)
        ids = [task.task_id for task in self._queue]
        self.tracker = RunTracker(ids, lambda p: self._task(p).task_id, None, Survey(roots, TODAY))

    def run(self) -> None:
        """Ask until nothing follows any more."""
        while self._queue:
            task = self._queue.popleft()
            if isinstance(task.params, DetailsParams):
                self.asked.update(task.params.film_ids)
                self._report(task, Expansion())
                continue
            (request,) = self._requests_of(task.params)
            found = expand(task, [self._ask(request)], TODAY, details=False)
            self.listed.update(found.ids)
            self._report(task, found)

    def _report(self, task: FetchTask, found: Expansion) -> None:
        tasks = [self._task(params) for params in found.children]
        event = landing_of(task, found, tasks, RequestTally(), 1)
        self._queue.extend(tasks)
        self._queue.extend(self._task(params) for params in self.tracker.apply(event))

    def _ask(self, request: ApiRequest) -> dict[str, Any]:
        self.requests += 1
        answer = self._api.answer(Asked(request.path.removeprefix("/3").strip("/"), request.query, {}, ""))
        assert answer.status == 200, (answer.status, request)
        return dict(json.loads(answer.body))

    def _task(self, params: TaskParams) -> FetchTask:
        return FetchTask.create(RUN, date(2026, 1, 1), params)


def test_every_film_of_a_large_catalog_is_listed_exactly_once() -> None:
    """Date windows, and both ends of days with more than 10,000 films, hold each film once."""
    films = InventedFilms(60_000, seed=3, dense_days=3)
    store = FilmStore(films)
    crawl = Crawl(TmdbApi(store, today=lambda: TODAY.toordinal()), "tmdb")
    crawl.run()
    assert len(crawl.listed) == 60_000
    assert set(crawl.listed.values()) == {1}
    assert crawl.asked == crawl.listed
    assert crawl.tracker.is_complete
    coverage = crawl.tracker.slices.coverage["tmdb.discover"]
    assert (coverage.found, coverage.short, coverage.reread) == (60_000, 0, 0)
    assert crawl.requests < 1.02 * 60_000 / 20


def test_every_release_of_a_large_catalog_is_found_with_the_fewest_requests() -> None:
    """Sorted by year and read from both ends, then between them: 3 % more requests than pages at most."""
    store = ReleaseStore(InventedReleases(30_000, InventedFilms(5_000, seed=3)))
    crawl = Crawl(DiscogsApi(store), "discogs")
    crawl.run()
    assert len(crawl.listed) == 30_000
    assert crawl.tracker.is_complete
    assert crawl.requests <= 1.03 * 300
    assert crawl.tracker.completeness()["discogs"].missing == dict.fromkeys(REASONS, 0)


def test_every_release_is_found_by_year_and_country_where_the_sort_is_ignored() -> None:
    """Years hold the dated releases; countries hold those without a year."""
    store = ReleaseStore(InventedReleases(11_000, InventedFilms(2_000, seed=3)))
    crawl = Crawl(DiscogsApi(store, ignores_sort=True), "discogs")
    crawl.run()
    assert len(crawl.listed) == 11_000
    assert crawl.tracker.notes == {SORT_IGNORED}
