"""One bad film costs only itself: the others of its task land, and it is reported by its id, to be replayed."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from shared.adapters.bus import Delivery
from shared.ingestion import raw_blobs as raw
from shared.messages.manifests import RunManifest
from shared.messages.tasks import DetailsParams, FetchTask
from shared.planning.roots import RunRequest
from shared.runs.state import RunState
from tests.fakes import CrossfadeApp, FakeCatalog
from tests.fakes.catalog import film_of

pytestmark = pytest.mark.usefixtures("no_backoff")
BAD: dict[str, httpx.Response] = {
    "500": httpx.Response(
        500, json={"success": False, "status_code": 11, "status_message": "Internal error"}
    ),
    "page": httpx.Response(403, text="<html>Request blocked.</html>"),
    "refused": httpx.Response(422, json={"status_code": 5, "status_message": "Invalid parameters"}),
    "not JSON": httpx.Response(200, text='{"id": 7'),
    "torn gzip": httpx.Response(200, content=b"\x1f\x8b\x08\x00\x00"),
    "zstd": httpx.Response(200, content=b"\x28\xb5\x2f\xfd\x20\x09\x49\x00\x00" + b'{"id": 7}'),
    "brotli": httpx.Response(200, content=b"\x80\x00\x10" + b'{"id": 7}' + b"\x03"),
    "error body": httpx.Response(200, json={"status_code": 25, "status_message": "Over the limit"}),
    "another film": httpx.Response(200, json=film_of(8)),
    "no credits": httpx.Response(200, json={**film_of(7), "credits": None}),
}


def an_app(films: int = 40) -> CrossfadeApp:
    return CrossfadeApp(FakeCatalog(films=films, releases=300), max_attempts=1)


async def finish(app: CrossfadeApp, **request: Any) -> tuple[RunState, RunManifest]:
    run = await app.services.starter.begin(RunRequest(**request), "test")
    await app.drain_queues(batch=200)
    return run, manifest(app, run)


def manifest(app: CrossfadeApp, run: RunState) -> RunManifest:
    return RunManifest.from_json(app.lake.blob("control", f"bronze/{run.run_id}.json"))


def landed(app: CrossfadeApp, run: RunState) -> list[int]:
    folder = f"tmdb/details/ingest_date={run.ingest_date}/run_id={run.run_id}/"
    blobs = (raw.decode(app.lake.blob("raw", name)) for name in app.lake.blob_names("raw", folder))
    return sorted(int(line.body["id"]) for lines in blobs for line in lines)


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
async def test_one_bad_film_costs_only_itself(answer: httpx.Response) -> None:
    """39 of 40 films land; the other is the one failure, by its id, with a reason that names it."""
    app = an_app()
    app.catalog.faults["/3/movie/7"] = [answer for _ in range(20)]
    run, made = await finish(app)
    assert landed(app, run) == [n for n in range(1, 41) if n != 7]
    (failure,) = made.failures
    assert failure.task_id.startswith("tmdb.details-7-01-")
    assert "/3/movie/7" in failure.reason


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
async def test_a_replay_lands_exactly_the_film_that_was_missing(answer: httpx.Response) -> None:
    """Once the source answers, the replay of a completed run asks for that film and for nothing else."""
    app = an_app()
    app.catalog.faults["/3/movie/7"] = [answer for _ in range(20)]
    run, _ = await finish(app)
    await app.services.lifecycle.complete(run.run_id)
    app.catalog.faults.clear()
    app.catalog.asked.clear()
    replay = await app.services.operations.replay(run.run_id)
    assert replay.run is not None and replay.tasks == 1
    await app.drain_queues()
    assert landed(app, replay.run) == [7]
    assert [path.split("?")[0] for path in app.catalog.asked] == ["/3/movie/7"]


async def test_a_film_that_was_bad_for_a_moment_lands() -> None:
    """Bad for as long as its task asked, or only until the others had answered: nothing is missing."""
    app = an_app()
    app.catalog.faults["/3/movie/9"] = [BAD["500"] for _ in range(3)]
    app.catalog.faults["/3/movie/7"] = [BAD["500"] for _ in range(6)]
    run, made = await finish(app)
    assert landed(app, run) == list(range(1, 41)) and made.failures == ()
    blobs = app.lake.blob_names("raw", f"tmdb/details/ingest_date={run.ingest_date}/run_id={run.run_id}/")
    assert [name for name in blobs if "details-7-01" in name] and not [n for n in blobs if "details-9-" in n]


async def test_an_incremental_run_keeps_what_answered() -> None:
    """The bad film is reported, the unchanged ones land nothing, and the run survives."""
    app = an_app(films=200)
    for mode in ("full", "incremental"):
        before, _ = await finish(app, mode=mode)
        await app.services.lifecycle.complete(before.run_id)
    app.catalog.faults["/3/movie/7"] = [BAD["no credits"] for _ in range(20)]
    run, made = await finish(app, mode="incremental", sources=("tmdb",))
    assert run.mode == "incremental" and made.counts["tmdb"] == 0
    assert [failure.task_id[:18] for failure in made.failures] == ["tmdb.details-7-01-"]


async def test_a_lost_child_of_a_bad_film_is_made_again() -> None:
    """The message for the one film was lost: it is found by the report of the task it was left by."""
    app = an_app()
    app.catalog.faults["/3/movie/7"] = [BAD["500"] for _ in range(6)]
    run = await app.services.starter.begin(RunRequest(film_ids=(6, 7, 8), sources=("tmdb",)), "test")
    (root,) = app.bus.tasks
    app.bus.queues.clear()
    await app.fetch(Delivery(root.to_json(), root.message_id, 1))
    (event,) = app.bus.events
    assert (event.left, event.asked, event.records) == ((7,), 2, 2)
    app.bus.queues.clear()
    await app.services.fan_in.track([Delivery(event.to_json(), event.message_id)])
    journal = await app.services.recovery.open_journal(run.run_id)
    state = await app.services.runs.get(run.run_id)
    open_tasks = await app.services.recovery.open_tasks(state, journal)
    alone = FetchTask.create(run.run_id, run.ingest_date, DetailsParams(film_ids=(7,)))
    assert alone in open_tasks


async def test_a_redelivered_task_leaves_the_same_film_again() -> None:
    """Died after the blob was written: the film that is not in it is asked for alone, as before."""
    app = an_app()
    app.catalog.faults["/3/movie/7"] = [BAD["500"] for _ in range(6)]
    await app.services.starter.begin(RunRequest(film_ids=(6, 7, 8), sources=("tmdb",)), "test")
    (root,) = app.bus.tasks
    app.bus.queues.clear()
    await app.fetch(Delivery(root.to_json(), root.message_id, 1))
    (first,) = app.bus.events
    app.restart()
    app.bus.queues.clear()
    app.bus.forget_duplicates()
    await app.fetch(Delivery(root.to_json(), root.message_id, 2))
    (again,) = app.bus.events
    assert (again.left, again.children, again.asked) == (first.left, first.children, first.asked)


async def test_the_failed_share_counts_films_and_releases() -> None:
    """5 of 40 films and 300 releases are missing: over 1 %, and the reason says so and names one."""
    app = an_app()
    for film in range(1, 6):
        app.catalog.faults[f"/3/movie/{film}"] = [BAD["500"] for _ in range(20)]
    run = await app.services.starter.begin(RunRequest(), "test")
    await app.drain_queues(batch=200)
    ended = await app.services.runs.get(run.run_id)
    assert ended.state == "failed"
    assert "5 of " in str(ended.reason) and "films and releases" in str(ended.reason)
    assert "/3/movie/" in str(ended.reason)


async def test_rows_that_were_passed_over_are_counted() -> None:
    """A null and an id of 0 among 40 films: the run completes, and its progress says 2."""
    app = an_app()
    rows = [{"id": n} for n in range(1, 19)] + [None, {"id": 0}]
    body = {"page": 1, "results": rows, "total_pages": 2, "total_results": 40}
    app.catalog.faults["/3/discover/movie"] = [httpx.Response(200, json=body)]
    run, made = await finish(app, sources=("tmdb",))
    assert made.failures == () and landed(app, run) == list(range(1, 41)), "a second reading finds 19 and 20"
    progress = json.loads(app.lake.blob("control", f"runs/{run.run_id}/progress.json"))
    assert progress["sources"]["tmdb"]["passed_over"] == 2


async def test_one_bad_film_of_each_kind_costs_only_those() -> None:
    """Ten bad films of 1,000: exactly those are named, and a replay over a healthy source mends them all."""
    app = an_app(films=1_000)
    bad = dict(zip(range(7, 1007, 100), BAD.values(), strict=True))
    for film_id, answer in bad.items():
        app.catalog.faults[f"/3/movie/{film_id}"] = [answer for _ in range(20)]
    run, made = await finish(app)
    assert landed(app, run) == [n for n in range(1, 1_001) if n not in bad]
    named = sorted(int(failure.task_id.split("-")[1]) for failure in made.failures)
    assert named == sorted(bad)
    await app.services.lifecycle.complete(run.run_id)
    app.catalog.faults.clear()
    replay = await app.services.operations.replay(run.run_id)
    assert replay.run is not None
    await app.drain_queues()
    assert landed(app, replay.run) == sorted(bad)
