"""Whole runs over lists that are not what their totals say: no record is counted or asked for twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from shared.adapters.bus import Delivery
from shared.messages.manifests import RunManifest
from shared.planning.roots import RunRequest
from tests.fakes import CrossfadeApp, FakeCatalog

DISCOGS = RunRequest(sources=("discogs",))


class OddDiscogs(FakeCatalog):
    """Discogs whose second page is not as it should be, the first time or every time.

    Attributes:
        hidden: rows of page 2 that no page lists.
        moved: rows of page 2 that are those of page 1 the first time.
    """

    def __init__(self, releases: int, hidden: int = 0, moved: int = 0) -> None:
        super().__init__(films=0, releases=releases)
        self.hidden = hidden
        self.moved = moved

    def _search(self, query: Mapping[str, str]) -> dict[str, Any]:
        body = super()._search(query)
        if query["page"] == "2":
            rows = body["results"][self.hidden :]
            body["results"] = [{"id": n + 1} for n in range(self.moved)] + rows[self.moved :]
            self.moved = 0
        return body


async def run_over(catalog: FakeCatalog, **settings: Any) -> tuple[CrossfadeApp, RunManifest, dict[str, Any]]:
    """A run of Discogs to the end of its ingestion: the app, the manifest and the coverage."""
    app = CrossfadeApp(catalog, **settings)
    run = await app.services.starter.begin(DISCOGS, "test")
    await app.drain_queues(batch=1)
    made = RunManifest.from_json(app.lake.blob("control", f"bronze/{run.run_id}.json"))
    progress = json.loads(app.lake.blob("control", f"runs/{run.run_id}/progress.json"))
    return app, made, progress["coverage"]["discogs.search"]


@pytest.mark.parametrize("details", [False, True])
async def test_a_permanent_hole_costs_nothing(details: bool) -> None:
    """900 counted, 896 listed every time: nine pages, 896 records, each release asked for once."""
    app, made, coverage = await run_over(OddDiscogs(900, hidden=4), discogs_details=details)
    kinds = Counter(path.split("/")[1] for path in app.catalog.asked)
    assert kinds == ({"database": 9, "releases": 896} if details else {"database": 9})
    assert made.counts["discogs"] == 896
    assert (coverage["found"], coverage["catalog"], coverage["hidden"]) == (896, 900, 4)
    assert (coverage["reread"], coverage["short"], coverage["out_of_reach"]) == (0, 1, 0)


async def test_a_second_reading_counts_and_asks_for_each_release_once() -> None:
    """Rows moved: six pages are read for three, and yet 230 releases are counted and asked for, each once."""
    app, made, coverage = await run_over(OddDiscogs(230, moved=7), discogs_details=True)
    kinds = Counter(path.split("/")[1] for path in app.catalog.asked)
    assert kinds == {"database": 6, "releases": 230}
    assert made.counts["discogs"] == 230
    assert (coverage["found"], coverage["catalog"], coverage["reread"], coverage["short"]) == (230, 230, 1, 0)


async def test_what_comes_again_later_than_the_queue_notices_is_not_asked_again() -> None:
    """A release that two slices list, a page of a second reading sent twice: the answer is in the lake."""
    app = CrossfadeApp(OddDiscogs(230, moved=7), discogs_details=True)
    await app.services.starter.begin(RunRequest(), "test")
    worked: list[Delivery] = []
    while (
        app.bus.queues["discogs-fetch"] or app.bus.queues["run-events"]
    ):  # TMDB's tasks wait: the run goes on
        if deliveries := app.bus.take("discogs-fetch", 1):
            worked += deliveries
            await app.fetch(*deliveries)
        await app.services.fan_in.track(app.bus.take("run-events"))
    asked = len(app.catalog.asked)
    again = [one for one in worked if '"discogs.release"' in one.body or '"reading":2' in one.body]
    await app.fetch(*again)
    assert (len(again), len(app.catalog.asked)) == (230 + 3, asked)


@pytest.mark.parametrize("details", [False, True])
async def test_masters_are_asked_for_as_masters(details: bool) -> None:
    """With DISCOGS_TYPE=master a row's id is that of a master, and so is the address, whether details are on or off."""
    app, made, _ = await run_over(OddDiscogs(120), discogs_details=details, discogs_type="master")
    kinds = Counter(path.split("/")[1] for path in app.catalog.asked)
    assert kinds == {"database": 2, "masters": 120}
    assert {part.kind for part in made.raw} == {"search", "master"}
    assert not app.lake.blob_names("raw", "discogs/release/")


async def test_too_many_changes_in_a_day_become_a_full_list_and_the_run_says_so() -> None:
    """A day of 501 pages of changes: every film of the catalog is asked for, once, and the note tells why."""
    app = CrossfadeApp(FakeCatalog(films=45, releases=0))
    first = await app.services.starter.begin(RunRequest(sources=("tmdb",)), "test")
    await app.drain_queues()
    await app.services.lifecycle.complete(first.run_id)
    too_many = {"results": [{"id": 1}], "page": 1, "total_pages": 501, "total_results": 50_100}
    app.catalog.faults["/3/movie/changes"] = [httpx.Response(200, json=too_many)]
    app.catalog.asked.clear()
    run = await app.services.starter.begin(RunRequest(sources=("tmdb",), mode="incremental"), "test")
    await app.drain_queues()
    asked = Counter(path.split("?")[0] for path in app.catalog.asked)
    assert {asked[f"/3/movie/{film_id}"] for film_id in range(1, 46)} == {1}
    assert asked["/3/movie/changes"] == 1
    state = await app.services.runs.get(run.run_id)
    assert state.note == f"all films are read: more films changed on {run.ingest_date} than a list can hold"
    progress = json.loads(app.lake.blob("control", f"runs/{run.run_id}/progress.json"))
    coverage = progress["coverage"]["tmdb.discover"]
    assert (coverage["found"], coverage["catalog"], coverage["out_of_reach"]) == (45, 45, 0)
