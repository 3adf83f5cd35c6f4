"""Bulk runs: Discogs' dump first, then the films of TMDB's id export in steps, each where the last one ended."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import httpx
import pytest

from shared.bulk.film_ids import FilmIds
from shared.messages.base import Source
from shared.messages.manifests import RunManifest
from shared.messages.tasks import ChangesParams, DetailsParams, DiscoverParams, SearchParams
from shared.orchestration.film_steps import FilmSteps
from shared.planning.roots import RunRequest
from shared.runs.state import RunState
from tests.fakes import CrossfadeApp
from tests.unit.shared.orchestration.test_stages import publish
from tests.unit.shared.orchestration.test_watchdog import age

BOTH: tuple[Source, ...] = ("tmdb", "discogs")
PREFIX = "discogs/dump/ingest_date=2026-11-01/run_id=R/"


@pytest.fixture
def app() -> CrossfadeApp:
    """30 films, of which a run may ask for 20."""
    return with_export(CrossfadeApp(bulk_job_id=13), budget=20)


def with_export(app: CrossfadeApp, budget: int, status: int = 200) -> CrossfadeApp:
    """The app with an id export of its films, the last ids the most popular."""
    rows = [{"id": one, "popularity": one / 10, "adult": False, "video": False} for one in app.catalog.films]
    data = gzip.compress(b"\n".join(json.dumps(row).encode() for row in rows))
    transport = httpx.MockTransport(lambda _: httpx.Response(status, stream=httpx.ByteStream(data)))
    ids = FilmIds(
        lake=app.lake,
        http=httpx.AsyncClient(transport=transport),
        base_url="http://files.invalid",
        now=lambda: datetime.now(UTC),
    )
    app.services.film_steps = FilmSteps(lake=app.lake, film_ids=ids, budget=budget)
    return app


async def begin(app: CrossfadeApp, *sources: Source) -> RunState:
    return await app.services.starter.begin(RunRequest(sources=sources or BOTH, mode="bulk"), "test")


async def end_dump(app: CrossfadeApp, run_id: str, records: int = 5) -> None:
    """The bulk job writes its manifest."""
    raw = [
        {"source": "discogs", "kind": "release", "prefix": PREFIX, "blobs": 1, "records": records, "bytes": 9}
    ]
    manifest = {
        "version": 1,
        "stage": "bulk",
        "run_id": run_id,
        "created_at": "2026-11-28T06:00:00Z",
        "seconds": 1.5,
        "dump": {"name": "discogs_20261101_releases.xml.gz"},
        "raw": raw if records else [],
        "counts": {"bulk_releases": records} if records else {},
        "note": None if records else "read by a run before",
    }
    await app.lake.put("control", f"bulk/{run_id}.json", json.dumps(manifest).encode())


async def complete(app: CrossfadeApp, run_id: str) -> RunState:
    """Work the queues, and let silver and gold publish."""
    await app.drain_queues()
    await app.services.stages.start_silver(run_id)
    await publish(app, run_id, "silver")
    await app.services.stages.start_gold(run_id)
    await publish(app, run_id, "gold")
    await app.services.stages.finish(run_id)
    return await app.services.runs.get(run_id)


def films_asked(app: CrossfadeApp) -> list[int]:
    """Films whose details were asked for, in order."""
    paths = [asked.split("?")[0] for asked in app.catalog.asked if asked.startswith("/3/movie/")]
    return [int(path.rsplit("/", 1)[-1]) for path in paths if not path.endswith("changes")]


async def test_the_dump_is_read_before_anything_is_asked(app: CrossfadeApp) -> None:
    """The job starts with the dump's address; what it landed is in the bronze manifest beside the APIs' answers."""
    state = await begin(app)
    assert (state.state, list(state.stages)) == ("bulk", ["bulk", "ingest", "silver", "gold"])
    assert app.bus.sent == []
    (job, given), *_ = app.databricks.started
    assert job == 13 and given["run_id"] == state.run_id and given["dump_day"] == ""
    assert given["dump_url"].startswith("https://") and given["files"] == "/Volumes/crossfade/files/{area}"
    await end_dump(app, state.run_id)
    await app.services.starter.continue_after_dump(state.run_id)
    ended = await complete(app, state.run_id)
    assert ended.state == "completed" and all(stage.ended_at for stage in ended.stages.values())
    assert ended.counts["bulk_releases"] == 5 and not ended.wants_dump
    bronze = RunManifest.from_json(await app.lake.read("control", f"bronze/{state.run_id}.json") or b"")
    assert PREFIX in [part.prefix for part in bronze.raw] and bronze.counts["discogs"] >= 5


async def test_the_newest_years_come_on_top_of_the_dump(app: CrossfadeApp) -> None:
    """Three years of Discogs' search, and no list of films."""
    state = await begin(app)
    await end_dump(app, state.run_id)
    await app.services.starter.continue_after_dump(state.run_id)
    params = [task.params for task in app.bus.tasks]
    years = [one.year for one in params if isinstance(one, SearchParams)]
    assert years == [state.ingest_date.year - 1, state.ingest_date.year, state.ingest_date.year + 1]
    assert not [one for one in params if isinstance(one, DiscoverParams)]


async def test_films_follow_in_steps_the_most_popular_first(app: CrossfadeApp) -> None:
    """A budget a run; the next one goes on, asks for changes too, and the one after that for what is new alone."""
    first = await complete(app, (await begin(app, "tmdb")).run_id)
    assert films_asked(app) == list(range(30, 10, -1))
    assert "20 films" in str(first.note) and "10 are left" in str(first.note)
    app.catalog.asked.clear()
    second = await begin(app, "tmdb")
    params = [task.params for task in app.bus.tasks]
    due = [film_id for one in params if isinstance(one, DetailsParams) for film_id in one.film_ids]
    assert due == list(range(10, 0, -1)) and [one for one in params if isinstance(one, ChangesParams)]
    await complete(app, second.run_id)
    third = await begin(app, "tmdb")
    assert "all 30 films" in str(third.note)
    kinds = {task.kind for task in app.bus.tasks}
    assert kinds == {"tmdb.changes", "tmdb.discover"}


async def test_a_film_that_changed_is_asked_for_once_beside_its_step(app: CrossfadeApp) -> None:
    """All films changed, and 10 of them are the second step: no film is asked for twice, none is left out."""
    await complete(app, (await begin(app, "tmdb")).run_id)
    app.catalog.asked.clear()
    await complete(app, (await begin(app, "tmdb")).run_id)
    asked = films_asked(app)
    assert asked[:10] == list(range(10, 0, -1)) and sorted(asked) == list(range(1, 31))


async def test_a_step_that_failed_is_made_good_by_the_next_run(app: CrossfadeApp) -> None:
    """Only what a completed run has landed is known."""
    cancelled = await begin(app, "tmdb")
    await app.services.operations.cancel(cancelled.run_id)
    app.bus.sent.clear()
    await complete(app, (await begin(app, "tmdb")).run_id)
    assert films_asked(app) == list(range(30, 10, -1))


async def test_without_an_export_the_run_says_why(app: CrossfadeApp) -> None:
    """It fails at once with the setting's name, and the next may begin."""
    state = await begin(with_export(app, 20, status=404), "tmdb")
    assert state.state == "failed" and "TMDB_EXPORT_URL" in str(state.reason)
    assert await app.services.runs.active() is None


async def test_without_the_job_a_bulk_run_names_the_setting() -> None:
    """BULK_JOB_ID is the one setting that only bulk runs need."""
    state = await begin(with_export(CrossfadeApp(), 20))
    assert state.state == "failed" and "BULK_JOB_ID" in str(state.reason)


async def test_a_dump_that_cannot_be_read_fails_the_run(app: CrossfadeApp) -> None:
    """With the job's own words; no task was sent, so nothing of it is published."""
    state = await begin(app)
    app.databricks.end(1000, is_ok=False, reason="DumpError: the dump is torn")
    await app.services.watchdog.watch()
    ended = await app.services.runs.get(state.run_id)
    assert (ended.state, ended.reason) == ("failed", "the bulk job failed: DumpError: the dump is torn")
    assert app.bus.sent == []


async def test_a_lost_trigger_after_the_dump_is_made_good(app: CrossfadeApp) -> None:
    """The job is done and its manifest there: the run goes on."""
    state = await begin(app)
    app.databricks.end(1000, is_ok=True)
    await end_dump(app, state.run_id)
    await age(app, state)
    await app.services.watchdog.watch()
    assert (await app.services.runs.get(state.run_id)).state == "ingesting" and app.bus.sent


async def test_the_trigger_may_come_twice(app: CrossfadeApp) -> None:
    """What the dump brought counts once."""
    state = await begin(app)
    await end_dump(app, state.run_id)
    for _ in range(2):
        await app.services.starter.continue_after_dump(state.run_id)
    found = await app.services.runs.get(state.run_id)
    assert len(found.inherited_raw) == 1 and found.state == "ingesting"


async def test_a_dump_that_was_read_before_brings_nothing(app: CrossfadeApp) -> None:
    """The run says so and goes on with the APIs."""
    state = await begin(app)
    await end_dump(app, state.run_id, records=0)
    await app.services.starter.continue_after_dump(state.run_id)
    found = await app.services.runs.get(state.run_id)
    assert "read by a run before" in str(found.note) and found.inherited_raw == ()


async def test_a_job_that_is_refused_is_started_again(app: CrossfadeApp) -> None:
    """The run waits in planning, and the watchdog tries again."""
    app.databricks.refusal = "no right yet"
    state = await begin(app)
    assert state.state == "planning"
    app.databricks.refusal = None
    await age(app, state)
    await app.services.watchdog.watch()
    assert (await app.services.runs.get(state.run_id)).state == "bulk"


async def test_a_cancelled_bulk_run_stops_its_job_and_its_replay_reads_the_dump(app: CrossfadeApp) -> None:
    """What was not read is read by the run that does it again."""
    state = await begin(app)
    await app.services.operations.cancel(state.run_id)
    assert app.databricks.cancelled == [1000]
    replay = await app.services.operations.replay(state.run_id)
    assert replay.run is not None and replay.run.state == "bulk" and replay.run.wants_dump
    assert len(app.databricks.started) == 2
