"""A run that found too little completes, but no run reads on from it."""

from __future__ import annotations

from typing import Any

import pytest

from shared.messages.tasks import ChangesParams, DetailsParams, DiscoverParams, SearchParams, TaskParams
from shared.planning.roots import RunRequest, plan_roots
from shared.runs.doubts import doubt_of, whole_lists
from shared.runs.state import RunState
from tests.fakes import CrossfadeApp, FakeCatalog
from tests.fakes.simulated import TODAY

pytestmark = pytest.mark.usefixtures("no_backoff")


async def finish(app: CrossfadeApp, **request: Any) -> RunState:
    run = await app.services.starter.begin(RunRequest(**request), "test")
    await app.drain_queues(batch=100)
    await app.services.lifecycle.complete(run.run_id)
    return await app.services.runs.get(run.run_id)


async def last_id(app: CrossfadeApp) -> str | None:
    last = await app.services.runs.last_completed()
    return last and last.run_id


@pytest.mark.parametrize("films", [0, 14])
async def test_a_run_that_found_a_fraction_is_not_read_on_from(films: int) -> None:
    """Of 30 films none, or 14: the run completes with a doubt, the one before stays the last completed."""
    app = CrossfadeApp(FakeCatalog(films=30, releases=20))
    first = await finish(app)
    assert (first.doubt, first.catalog) == (None, {"tmdb": 30, "discogs": 20})
    app.catalog.films = range(1, films + 1)
    poor = await finish(app)
    assert poor.state == "completed" and f"tmdb brought {films} records, 30 in" in str(poor.doubt)
    assert await last_id(app) == first.run_id
    app.catalog.films = range(1, 31)
    again = await finish(app)
    assert again.doubt is None and await last_id(app) == again.run_id


async def test_a_run_that_found_half_is_believed() -> None:
    """15 of 30 films are no fraction yet."""
    app = CrossfadeApp(FakeCatalog(films=30, releases=20))
    await finish(app)
    app.catalog.films = range(1, 16)
    half = await finish(app)
    assert half.doubt is None and await last_id(app) == half.run_id


async def test_the_setting_says_what_a_fraction_is() -> None:
    """With a share of 0 a catalog may shrink as it likes, but not to nothing."""
    app = CrossfadeApp(FakeCatalog(films=30, releases=20), least_catalog_share=0.0)
    first = await finish(app)
    app.catalog.films, app.catalog.releases = range(1, 2), range(0)
    poor = await finish(app)
    assert "discogs" in str(poor.doubt) and "tmdb" not in str(poor.doubt)
    assert await last_id(app) == first.run_id


async def test_a_run_without_any_change_is_not_read_on_from() -> None:
    """The list of changes was empty for every day: the next run reads the same days again."""
    app = CrossfadeApp(FakeCatalog(films=30, releases=20))
    first = await finish(app, sources=("tmdb",))
    app.catalog.films = range(0)
    still = await finish(app, sources=("tmdb",), mode="incremental")
    assert still.mode == "incremental" and "no change of any film" in str(still.doubt)
    assert await last_id(app) == first.run_id


async def test_what_a_whole_reading_found_outlives_incremental_runs() -> None:
    """A full run is compared with the last one that read the whole list, whatever ran between."""
    app = CrossfadeApp(FakeCatalog(films=30, releases=20))
    await finish(app)
    between = await finish(app, mode="incremental")
    assert between.doubt is None and await last_id(app) == between.run_id
    app.catalog.films = range(1, 3)
    assert "30 in the last completed run" in str((await finish(app)).doubt)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, {"tmdb", "discogs"}),
        ({"sources": ("discogs",)}, {"discogs"}),
        ({"since": TODAY}, set()),
        ({"max_pages": 2}, set()),
        ({"film_ids": (1, 2)}, set()),
        ({"mode": "incremental"}, set()),
    ],
)
def test_only_whole_lists_are_compared(request_: dict[str, Any], expected: set[str]) -> None:
    """A run of some dates, pages or films says nothing about the size of the catalog."""
    assert whole_lists(plan_roots(RunRequest(**request_), TODAY, TODAY)) == expected


@pytest.mark.parametrize(
    ("roots", "doubted"),
    [
        ([ChangesParams(since=TODAY, until=TODAY)], True),
        ([DetailsParams(film_ids=(1,))], False),
        ([DiscoverParams(since=TODAY), SearchParams(year=1990)], False),
    ],
)
def test_a_run_that_asks_for_no_list_is_not_doubted(roots: list[TaskParams], doubted: bool) -> None:
    """Only a run that asked for changes can have found none."""
    assert (doubt_of(roots, {}, {}, 0, 0.5) is not None) == doubted
