"""A whole run over fakes: whatever is delivered how often and who dies when, the same bronze comes out."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import timedelta

import httpx
import pytest
import stamina
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.bus import Delivery
from shared.ingestion import raw_blobs as raw
from shared.messages.manifests import RunManifest
from shared.planning.roots import RunRequest
from tests.fakes import BusDown, CrossfadeApp, FakeCatalog, LakeDown

FILMS, RELEASES = 45, 230


def landed(app: CrossfadeApp, kind: str, run_id: str) -> Counter[str]:
    """How often each request of a kind is in bronze."""
    names = [name for name in app.lake.blob_names("raw", f"{kind}/") if run_id in name]
    lines = [line for name in names for line in raw.decode(app.lake.blob("raw", name))]
    return Counter(f"{line.request.path} {sorted(line.request.query.items())}" for line in lines)


def manifest(app: CrossfadeApp, run_id: str) -> RunManifest:
    return RunManifest.from_json(app.lake.blob("control", f"bronze/{run_id}.json"))


async def test_an_undisturbed_run_lands_everything_once() -> None:
    """All films, all releases, each asked for once; the manifest says what lies where, and adds up."""
    app = CrossfadeApp(FakeCatalog(FILMS, RELEASES))
    run = await app.services.starter.begin(RunRequest(), "test")
    await app.drain_queues()
    assert (await app.services.runs.get(run.run_id)).state == "silver"
    made = manifest(app, run.run_id)
    assert made.counts == {"tmdb": FILMS, "discogs": RELEASES}
    assert (made.failed, made.failures) == (0, ())
    assert max(Counter(app.catalog.asked).values()) == 1
    blobs = app.lake.blob_names("raw")
    assert sum(part.blobs for part in made.raw) == len(blobs)
    assert sum(part.bytes for part in made.raw) == sum(len(app.lake.blob("raw", name)) for name in blobs)
    for part in made.raw:
        assert len(app.lake.blob_names("raw", part.prefix)) == part.blobs
    progress = json.loads(app.lake.blob("control", f"runs/{run.run_id}/progress.json"))
    assert progress["open_tasks"] == 0
    assert progress["coverage"]["tmdb.discover"]["found"] == FILMS
    assert progress["coverage"]["discogs.search"]["reported"] == RELEASES


@settings(max_examples=15)
@given(st.data())
def test_deaths_and_double_deliveries_change_nothing(data: st.DataObject) -> None:
    """Processes die at random writes, batches come back, messages come twice and in any order."""
    with stamina.set_testing(True, attempts=3, cap=True):
        asyncio.run(_disturbed_run(data))


async def _disturbed_run(data: st.DataObject) -> None:
    app = CrossfadeApp(FakeCatalog(FILMS, RELEASES))
    run = await app.services.starter.begin(RunRequest(), "test")
    queues = ["tmdb-fetch", "discogs-fetch", "run-events"]
    for _ in range(200):
        if not app.bus.sent:
            break
        queue = data.draw(st.sampled_from([name for name in queues if app.bus.queues[name]]))
        app.bus.queues[queue].reverse()
        batch = app.bus.take(queue, data.draw(st.integers(1, 20)))
        await _work_until_done(app, queue, batch, data)
    assert not app.bus.sent, "the run did not come to an end"
    assert (await app.services.runs.get(run.run_id)).state == "silver"
    made = manifest(app, run.run_id)
    assert (made.counts, made.failed) == ({"tmdb": FILMS, "discogs": RELEASES}, 0)
    for kind in ("tmdb/details", "tmdb/discover", "discogs/search"):
        assert set(landed(app, kind, run.run_id).values()) == {1}
    assert len(landed(app, "tmdb/details", run.run_id)) == FILMS


async def _work_until_done(app: CrossfadeApp, queue: str, batch: list[Delivery], data: st.DataObject) -> None:
    """Deliver a batch as often as it takes; a death is followed by a new process."""
    app.lake.writes_left = data.draw(st.none() | st.integers(0, 6))
    app.lake.lost_answers = data.draw(st.booleans())
    app.bus.is_down = data.draw(st.sampled_from([False, False, True]))
    for count in range(1, 5):
        try:
            await _work(app, queue, batch)
            if not data.draw(st.booleans()):
                return
        except (LakeDown, BusDown):
            app.restart()
        app.lake.writes_left, app.bus.is_down = None, False
        batch = [Delivery(one.body, one.message_id, count + 1) for one in batch]
    await _work(app, queue, batch)


async def _work(app: CrossfadeApp, queue: str, batch: list[Delivery]) -> None:
    if queue == "run-events":
        await app.services.fan_in.track(batch)
    else:
        await app.fetch(*batch)


async def test_a_run_for_given_films_asks_for_these_only() -> None:
    """film_ids in the request: their details, their collections, nothing else."""
    app = CrossfadeApp(FakeCatalog(FILMS, RELEASES))
    run = await app.services.starter.begin(RunRequest(film_ids=(1, 2, 3)), "test")
    await app.drain_queues()
    assert manifest(app, run.run_id).counts["tmdb"] == 3
    assert not [path for path in app.catalog.asked if "discover" in path or "search" in path]


async def test_a_rotated_token_is_taken_up_in_mid_run() -> None:
    """The key changes while the run is on: it goes on with the new one, and nothing fails."""
    app = CrossfadeApp(FakeCatalog(FILMS, RELEASES))
    run = await app.services.starter.begin(RunRequest(), "test")
    await app.fetch(*app.bus.take("tmdb-fetch", 1))
    app.tokens["tmdb"] = "another-token-for-tests"
    app.catalog.tokens = {
        "Bearer another-token-for-tests",
        *(t for t in app.catalog.tokens if "Discogs" in t),
    }
    await app.drain_queues()
    assert manifest(app, run.run_id).failed == 0


async def test_rows_that_moved_between_pages_are_found_by_a_second_reading() -> None:
    """A first reading that lists a film twice and misses another: the list is read again, the film asked for."""
    app = CrossfadeApp(FakeCatalog(FILMS, RELEASES))
    moved = {
        "results": [{"id": n} for n in range(20, 40)],
        "page": 2,
        "total_pages": 3,
        "total_results": FILMS,
    }
    run = await app.services.starter.begin(RunRequest(sources=("tmdb",)), "test")
    await app.fetch(*app.bus.take("tmdb-fetch", 1))
    app.catalog.faults["/3/discover/movie"] = [httpx.Response(200, json=moved)]
    await app.drain_queues(batch=1)
    assert manifest(app, run.run_id).counts["tmdb"] >= FILMS
    films = set(landed(app, "tmdb/details", run.run_id))
    assert len(films) == FILMS
    progress = json.loads(app.lake.blob("control", f"runs/{run.run_id}/progress.json"))
    assert progress["coverage"]["tmdb.discover"]["reread"] == 1


@pytest.mark.usefixtures("no_backoff")
async def test_one_bad_film_in_a_hundred_does_not_fail_the_run() -> None:
    """One film of 350: the other 19 of its task land, bronze is closed, and the failure is listed by its id."""
    app = CrossfadeApp(FakeCatalog(films=350, releases=10), max_attempts=1)
    app.catalog.faults["/3/movie/7"] = [httpx.Response(500) for _ in range(9)]
    run = await app.services.starter.begin(RunRequest(), "test")
    await app.drain_queues(batch=200)
    made = manifest(app, run.run_id)
    assert (made.failed, len(made.failures)) == (1, 1)
    (failure,) = made.failures
    assert failure.task_id.startswith("tmdb.details-7-01") and "answered 500 to /3/movie/7" in failure.reason
    assert made.counts["tmdb"] == 349


async def test_an_incremental_run_lands_only_what_changed() -> None:
    """All films are reported changed; only the ones whose answer differs are landed again."""
    app = CrossfadeApp(FakeCatalog(FILMS, RELEASES))
    first = await app.services.starter.begin(RunRequest(sources=("tmdb",)), "test")
    await app.drain_queues()
    await app.services.lifecycle.complete(first.run_id)
    totals = []
    for _ in range(2):
        run = await app.services.starter.begin(RunRequest(sources=("tmdb",), mode="incremental"), "test")
        assert run.mode == "incremental"
        await app.drain_queues()
        totals.append(manifest(app, run.run_id).counts["tmdb"])
        await app.services.lifecycle.complete(run.run_id)
    assert totals[-1] == 0
    app.catalog.gone.add(3)
    run = await app.services.starter.begin(RunRequest(sources=("tmdb",), mode="incremental"), "test")
    await app.drain_queues()
    assert [path.split()[0] for path in landed(app, "tmdb/details", run.run_id)] == ["/3/movie/3"]


async def test_a_fresh_run_is_not_asked_for_again() -> None:
    """Within the freshness time a repeated run takes the lake's answers, and says how many requests it saved."""
    app = CrossfadeApp(FakeCatalog(FILMS, RELEASES), freshness_min=60)
    first = await app.services.starter.begin(RunRequest(), "test")
    await app.drain_queues()
    await app.services.lifecycle.complete(first.run_id)
    asked = len(app.catalog.asked)
    again = await app.services.starter.begin(RunRequest(), "test")
    await app.drain_queues()
    assert len(app.catalog.asked) == asked
    assert manifest(app, again.run_id).counts == manifest(app, first.run_id).counts
    progress = json.loads(app.lake.blob("control", f"runs/{again.run_id}/progress.json"))
    assert sum(sums["saved_requests"] for sums in progress["sources"].values()) == asked


async def test_a_stale_run_is_asked_for_again() -> None:
    """Answers older than the freshness time are not used."""
    app = CrossfadeApp(
        FakeCatalog(FILMS, RELEASES), freshness_min=timedelta(milliseconds=0.001) / timedelta(minutes=1)
    )
    first = await app.services.starter.begin(RunRequest(), "test")
    await app.drain_queues()
    await app.services.lifecycle.complete(first.run_id)
    asked = len(app.catalog.asked)
    await app.services.starter.begin(RunRequest(), "test")
    await app.drain_queues()
    assert len(app.catalog.asked) == 2 * asked
