"""Whole runs, one after the other: what no list names any more is asked for once."""

from __future__ import annotations

from collections import Counter

import httpx

from shared.ingestion import raw_blobs as raw
from shared.planning.roots import RunRequest
from tests.fakes import CrossfadeApp, FakeCatalog

GONE = httpx.Response(404, json={"message": "Release not found."})


async def complete(app: CrossfadeApp, request: RunRequest) -> str:
    """A run to its end, Spark jobs and all."""
    app.catalog.asked.clear()
    run = await app.services.starter.begin(request, "test")
    await app.drain_queues()
    assert (await app.services.runs.get(run.run_id)).state == "silver"
    await app.services.lifecycle.complete(run.run_id)
    return run.run_id


def gone_lines(app: CrossfadeApp, run_id: str) -> list[str]:
    """Paths that answered 404 in a run, from bronze."""
    names = [name for name in app.lake.blob_names("raw") if run_id in name]
    lines = [line for name in names for line in raw.decode(app.lake.blob("raw", name))]
    return sorted(line.request.path for line in lines if line.status == 404)


async def test_what_no_list_names_any_more_is_asked_for_once() -> None:
    """Film 45 and release 230 vanish from the lists and are 404: each is asked once, lands, and is known no longer."""
    app = CrossfadeApp(FakeCatalog(45, 230))
    await complete(app, RunRequest())
    app.catalog.films, app.catalog.releases = range(1, 45), range(1, 230)
    app.catalog.faults["/releases/230"] = [GONE]
    second = await complete(app, RunRequest())
    assert gone_lines(app, second) == ["/3/movie/45", "/releases/230"]
    asked = Counter(path.split("?")[0] for path in app.catalog.asked)
    assert (asked["/3/movie/45"], asked["/releases/230"]) == (1, 1)
    third = await complete(app, RunRequest())
    assert gone_lines(app, third) == []
    assert not [path for path in app.catalog.asked if "/45?" in path or "/releases/" in path]


async def test_a_film_out_of_the_lists_reach_stays_known() -> None:
    """A film that answers though no list names it (one without a date) lands anew in each full run."""
    app = CrossfadeApp(FakeCatalog(45, 0))
    films = RunRequest(sources=("tmdb",))
    await complete(app, films)
    for _ in range(2):
        app.catalog.faults["/3/discover/movie"] = [
            httpx.Response(200, json={"results": rows, "total_results": 44, "total_pages": 3})
            for rows in ([{"id": n} for n in range(page, min(page + 20, 45))] for page in (1, 21, 41))
        ]
        run_id = await complete(app, films)
        assert gone_lines(app, run_id) == []
        assert [path.split("?")[0] for path in app.catalog.asked].count("/3/movie/45") == 1


async def test_runs_that_do_not_read_the_whole_list_miss_nothing() -> None:
    """An incremental run, and one of some pages, hold no list against what is known; what is known stays."""
    app = CrossfadeApp(FakeCatalog(45, 230))
    await complete(app, RunRequest())
    app.catalog.gone = {45}
    app.catalog.films, app.catalog.releases = range(1, 45), range(1, 230)
    for request in (RunRequest(mode="incremental"), RunRequest(max_pages=1), RunRequest(film_ids=(1,))):
        assert gone_lines(app, await complete(app, request)) == []
    app.catalog.faults["/releases/230"] = [GONE]
    assert gone_lines(app, await complete(app, RunRequest())) == ["/3/movie/45", "/releases/230"]


async def test_a_list_of_a_fraction_is_not_believed() -> None:
    """More than half of all films on no list: that is no removal, nobody is asked, and the note says so."""
    app = CrossfadeApp(FakeCatalog(45, 0))
    films = RunRequest(sources=("tmdb",))
    await complete(app, films)
    app.catalog.films = range(1, 5)
    run_id = await complete(app, films)
    assert len(app.catalog.asked) == 1 + 4 + 1
    note = (await app.services.runs.get(run_id)).note
    assert note == "41 of 45 known records of tmdb are on no list: not asked for"
    app.catalog.films = range(1, 46)
    assert gone_lines(app, await complete(app, films)) == []


async def test_a_process_that_dies_asks_again_for_what_it_had_to() -> None:
    """A new process over the same journal makes the same tasks: none is lost, none is asked twice."""
    app = CrossfadeApp(FakeCatalog(45, 0))
    films = RunRequest(sources=("tmdb",))
    await complete(app, films)
    app.catalog.films = range(1, 45)
    run = await app.services.starter.begin(films, "test")
    while app.bus.queues["tmdb-fetch"]:
        await app.fetch(*app.bus.take("tmdb-fetch"))
        app.restart()
        await app.services.fan_in.track(app.bus.take("run-events"))
    assert gone_lines(app, run.run_id) == ["/3/movie/45"]
    assert (await app.services.runs.get(run.run_id)).state == "silver"
