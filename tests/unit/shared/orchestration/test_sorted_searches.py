"""Whole runs over Discogs lists read sorted by year: no fault, death or order of messages changes what lands."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from itertools import cycle, product
from typing import Any

import httpx
import pytest

from shared.ingestion import raw_blobs as raw
from shared.messages.manifests import RunManifest
from shared.planning.roots import RunRequest
from shared.planning.searches.survey import SORT_IGNORED
from tests.fakes import CrossfadeApp, FakeCatalog

Rows = list[dict[str, Any]]
DISCOGS = RunRequest(sources=("discogs",))
TWO_ENDS, BETWEEN = 10_400, 20_600
FAULTS: tuple[httpx.Response | httpx.HTTPError, ...] = (
    httpx.Response(500),
    httpx.Response(200, text="<!doctype html><p>Back in a moment.</p>"),
    httpx.Response(429, headers={"Retry-After": "0"}),
    httpx.Response(200, text='{"pagination": {"items": 10'),
    httpx.ReadTimeout("late"),
    httpx.Response(200, json={"message": "An internal server error occurred."}),
)


class SortedDiscogs(FakeCatalog):
    """Discogs with releases of forty years, three countries and two media; each thirteenth has no year.

    Attributes:
        sorts: whether searches are sorted when they are asked for so.
        is_faulty: whether each third address answers with a fault the first time.
        is_moving: whether page 7 of the sorted list repeats rows of page 6 the first time.
    """

    def __init__(self, releases: int) -> None:
        super().__init__(films=0, releases=releases)
        self.sorts, self.is_faulty, self.is_moving = True, False, False
        self._fault = cycle(FAULTS)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        is_first = str(request.url) not in self._seen
        self._seen.add(str(request.url))
        if self.is_faulty and is_first and len(self._seen) % 3 == 0:
            self.faults[request.url.path].append(next(self._fault))
        return super()._handle(request)

    @property
    def _seen(self) -> set[str]:
        return self.__dict__.setdefault("seen", set())

    def _search(self, query: Mapping[str, str]) -> dict[str, Any]:
        page = int(query["page"])
        found = self._select(query)
        first = 100 * page - 100
        if self.is_moving and page == 7 and query.get("sort_order") == "asc":
            self.is_moving, first = False, first - 20
        return {"pagination": {"items": len(found), "page": page}, "results": found[first : first + 100]}

    def _select(self, query: Mapping[str, str]) -> Rows:
        order = query["sort_order"] if self.sorts and query.get("sort") == "year" else None
        return _selected(len(self.releases), *map(query.get, ("year", "country", "format")), order)


@cache
def _selected(
    releases: int, year: str | None, country: str | None, medium: str | None, order: str | None
) -> Rows:
    """The rows that a search finds: the same for each catalog of this many releases."""
    rows = _by_place(releases)[country, medium]
    found = [row for row in rows if year in (None, row.get("year"))]
    if order:
        found.sort(key=lambda row: int(row.get("year", 0)), reverse=order == "desc")
    return found


@cache
def _by_place(releases: int) -> Mapping[tuple[str | None, str | None], Rows]:
    """All rows by country and medium, of which either may be any."""
    found: dict[tuple[str | None, str | None], Rows] = defaultdict(list)
    for row in map(_row, range(1, releases + 1)):
        for key in product((None, row["country"]), (None, row["format"][0])):
            found[key].append(row)
    return found


def _row(release_id: int) -> dict[str, Any]:
    row = {
        "id": release_id,
        "title": f"Artist - Release {release_id}",
        "country": ("US", "UK", "Japan")[release_id % 3],
        "format": [("Vinyl", "CD")[release_id % 2], "Album"],
    }
    return row if release_id % 13 == 0 else row | {"year": str(1970 + release_id * 7 % 40)}


class Disturbance:
    """Delivers messages in any order, some twice, and lets the process die now and then."""

    def __init__(self, app: CrossfadeApp) -> None:
        self._app = app
        self._pick = random.Random(7)  # noqa: S311 -- no secret

    def __call__(self) -> None:
        """Before a batch."""
        for messages in self._app.bus.queues.values():
            messages += self._pick.sample(messages, min(3, len(messages)))
            self._pick.shuffle(messages)
        if self._pick.random() < 0.1:
            self._app.restart()


async def run_over(catalog: SortedDiscogs, is_disturbed: bool = False) -> tuple[CrossfadeApp, str]:
    """A run of Discogs to the end of its ingestion."""
    app = CrossfadeApp(catalog)
    run = await app.services.starter.begin(DISCOGS, "test")
    await app.drain_queues(before_batch=Disturbance(app) if is_disturbed else lambda: None)
    assert (await app.services.runs.get(run.run_id)).state == "silver"
    return app, run.run_id


def landed(app: CrossfadeApp, run_id: str) -> Counter[int]:
    """How often each release is in bronze."""
    names = [name for name in app.lake.blob_names("raw", "discogs/search/") if run_id in name]
    bodies: list[Any] = [line.body for name in names for line in raw.decode(app.lake.blob("raw", name))]
    return Counter(row["id"] for body in bodies for row in body["results"])


def told(app: CrossfadeApp, run_id: str) -> tuple[RunManifest, dict[str, Any]]:
    """The manifest, and how complete the run says it is."""
    made = RunManifest.from_json(app.lake.blob("control", f"bronze/{run_id}.json"))
    progress = json.loads(app.lake.blob("control", f"runs/{run_id}/progress.json"))
    return made, progress["completeness"]["discogs"]


def assert_whole(app: CrossfadeApp, run_id: str, releases: int) -> None:
    """Every release is in bronze, counted once, and nothing is said to be missing."""
    made, completeness = told(app, run_id)
    assert len(landed(app, run_id)) == releases
    assert made.counts["discogs"] == releases
    assert (made.failed, completeness["found"]) == (0, releases)
    assert not any(completeness["missing"].values())


@pytest.mark.parametrize("releases", [TWO_ENDS, BETWEEN])
async def test_a_quiet_run_asks_for_no_page_twice(releases: int) -> None:
    """Every release arrives, with 3 % more requests than pages at most, and few rows come twice."""
    app, run_id = await run_over(SortedDiscogs(releases))
    assert_whole(app, run_id, releases)
    assert max(Counter(app.catalog.asked).values()) == 1
    assert len(app.catalog.asked) <= 1.03 * releases / 100
    assert landed(app, run_id).total() <= 1.03 * releases


@pytest.mark.usefixtures("no_backoff")
@pytest.mark.parametrize("releases", [TWO_ENDS, BETWEEN])
async def test_faults_deaths_and_double_messages_change_nothing(releases: int) -> None:
    """Each third page fails first, messages come twice and in any order, processes die: nothing is lost."""
    catalog = SortedDiscogs(releases)
    catalog.is_faulty = True
    app, run_id = await run_over(catalog, is_disturbed=True)
    assert_whole(app, run_id, releases)


async def test_rows_that_move_while_a_sorted_list_is_read_are_found() -> None:
    """A page repeats rows of the one before and misses others: its window is read again."""
    catalog = SortedDiscogs(TWO_ENDS)
    catalog.is_moving = True
    app, run_id = await run_over(catalog)
    assert_whole(app, run_id, TWO_ENDS)


async def test_a_discogs_that_does_not_sort_is_read_by_year_and_country() -> None:
    """The run says so, and has every release all the same."""
    catalog = SortedDiscogs(TWO_ENDS)
    catalog.sorts = False
    app, run_id = await run_over(catalog)
    assert_whole(app, run_id, TWO_ENDS)
    assert SORT_IGNORED in ((await app.services.runs.get(run_id)).note or "")


async def test_a_replay_of_a_survey_that_was_cut_off_has_every_release() -> None:
    """What lies between the ends follows from answers of the whole list: it is read from its beginning again."""
    app = CrossfadeApp(SortedDiscogs(BETWEEN))
    run = await app.services.starter.begin(DISCOGS, "test")
    for _ in range(6):
        await app.fetch(*app.bus.take("discogs-fetch", 20))
        await app.services.fan_in.track(app.bus.take("run-events"))
    await app.services.operations.cancel(run.run_id)
    await app.drain_queues()
    replay = await app.services.operations.replay(run.run_id)
    assert replay.run is not None
    await app.drain_queues()
    assert len(landed(app, run.run_id) + landed(app, replay.run.run_id)) == BETWEEN
    assert told(app, replay.run.run_id)[1]["found"] == BETWEEN
