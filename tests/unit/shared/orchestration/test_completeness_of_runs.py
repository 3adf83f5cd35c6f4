"""What a run says of itself: how much of what the sources report it found, and which films nobody found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from shared.bulk.film_ids import ID_EXPORT
from shared.bulk.id_export import IdExport
from shared.planning.completeness import REASONS
from shared.planning.roots import RunRequest
from tests.fakes import CrossfadeApp, FakeCatalog

FILMS, RELEASES = 45, 230
UNLISTED, UNKNOWN = 45, 50
TMDB = RunRequest(sources=("tmdb",))


class UnlistedFilm(FakeCatalog):
    """A catalog whose last film is on no list, and answers when it is asked for by its id."""

    def _discover(self, query: Mapping[str, str]) -> dict[str, Any]:
        body = super()._discover(query)
        rows = [row for row in body["results"] if row["id"] != UNLISTED]
        return body | {"results": rows, "total_results": FILMS - 1}


async def run_of(app: CrossfadeApp, request: RunRequest) -> str:
    """A run to its end; returns its id."""
    run = await app.services.starter.begin(request, "test")
    await app.drain_queues()
    await app.services.lifecycle.complete(run.run_id)
    return run.run_id


async def test_a_whole_run_says_that_nothing_is_missing() -> None:
    """Both sources: as many found as reported, and no reason needed."""
    app = CrossfadeApp(FakeCatalog(FILMS, RELEASES))
    run = await app.services.run_reader.run(await run_of(app, RunRequest()))
    for source, count in (("tmdb", FILMS), ("discogs", RELEASES)):
        lists = run.completeness[source]
        assert (lists.reported, lists.found) == (count, count)
        assert lists.missing == dict.fromkeys(REASONS, 0)
    assert run.unfound is None


async def test_a_film_that_a_list_names_and_that_is_gone_has_its_reason() -> None:
    """404 for a film of the list: one is missing, because it is gone."""
    app = CrossfadeApp(FakeCatalog(FILMS, RELEASES))
    app.catalog.gone.add(3)
    run = await app.services.run_reader.run(await run_of(app, TMDB))
    lists = run.completeness["tmdb"]
    assert (lists.reported, lists.found, lists.missing["gone"]) == (FILMS, FILMS - 1, 1)


async def test_films_of_the_id_export_that_nobody_found_are_named_and_asked_for() -> None:
    """Without an export nothing is said; with one, what no list names is in control, and the next run asks for it."""
    app = CrossfadeApp(UnlistedFilm(FILMS, RELEASES))
    export = IdExport(day=date(2026, 11, 20), film_ids=[*range(1, FILMS + 1), UNKNOWN])
    await app.lake.put("control", ID_EXPORT, export.to_bytes())
    first = await run_of(app, TMDB)
    named = json.loads(app.lake.blob("control", f"runs/{first}/unfound.json"))
    assert named == {"export_day": "2026-11-20", "exported": FILMS + 1, "film_ids": [UNLISTED, UNKNOWN]}
    assert (await app.services.run_reader.run(first)).unfound == 2

    before = len(app.catalog.asked)
    second = await run_of(app, TMDB)
    asked = [path.split("?")[0] for path in app.catalog.asked[before:]]
    assert {f"/3/movie/{UNLISTED}", f"/3/movie/{UNKNOWN}"} <= set(asked)
    assert (await app.services.run_reader.run(second)).unfound == 0
    before = len(app.catalog.asked)
    await run_of(app, TMDB)
    assert not any(path.startswith(f"/3/movie/{UNKNOWN}?") for path in app.catalog.asked[before:])


async def test_a_run_of_some_films_holds_nothing_against_the_export() -> None:
    """Only the whole list can say what nobody found."""
    app = CrossfadeApp(FakeCatalog(FILMS, RELEASES))
    await app.lake.put("control", ID_EXPORT, IdExport(date(2026, 11, 20), [1, 99]).to_bytes())
    run_id = await run_of(app, RunRequest(film_ids=(1, 2)))
    assert (await app.services.run_reader.run(run_id)).unfound is None
