"""The lake against Azurite, and the fake lake against the same contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from azure.storage.blob import BlobServiceClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient

from local.machine.servers import NODE_MODULES, azurite_connection_string, start_azurite
from shared.adapters.blobs import BlobLake
from shared.adapters.lake import CONTAINERS, CONTROL, RAW, Contents, Lake
from shared.adapters.telemetry import Telemetry
from shared.errors import BlobExists, LakeUnavailable, StaleWrite
from shared.messages.events import TaskDone
from shared.messages.tasks import FetchTask, ReleaseParams
from shared.orchestration.retention import Periods, Retention
from shared.runs.journal import Journal
from shared.runs.state import RunPlan, RunState
from shared.runs.store import RunStore
from tests.builders.emulators import started
from tests.fakes import FakeClock, FakeLake
from tests.fakes.simulated import TODAY

from .hierarchical import Namespace, hierarchical

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of an Azurite with the lake's containers."""
    log = tmp_path_factory.mktemp("azurite") / "log"
    with started(partial(start_azurite, log, modules=ROOT / NODE_MODULES)) as azurite:
        connection = azurite_connection_string(azurite.url)
        with BlobServiceClient.from_connection_string(connection) as service:
            for container in CONTAINERS:
                service.create_container(container)
        yield connection


@pytest.fixture(params=["azurite", "fake"])
async def lake(request: pytest.FixtureRequest) -> AsyncIterator[Lake]:
    """The real lake, then the fake one."""
    if request.param == "fake":
        yield FakeLake()
        return
    connection = request.getfixturevalue("storage")
    lake = BlobLake(AsyncBlobServiceClient.from_connection_string(connection))
    yield lake
    await lake.close()


@pytest.fixture
def name() -> str:
    return f"tests/{uuid4()}/blob.json"


async def test_a_blob_is_created_once(lake: Lake, name: str) -> None:
    """The second creation is refused and changes nothing; bytes and metadata are as they were given."""
    await lake.create(RAW, name, b"one", {"run": "r", "count": "1"})
    with pytest.raises(BlobExists, match="already there"):
        await lake.create(RAW, name, b"two")
    assert await lake.read(RAW, name) == b"one"
    assert await lake.metadata(RAW, name) == {"run": "r", "count": "1"}


async def test_of_many_creations_at_once_one_wins(lake: Lake, name: str) -> None:
    """Ten at the same time: one gets through, nine are told."""
    results = await asyncio.gather(
        *(lake.create(RAW, name, str(n).encode()) for n in range(10)), return_exceptions=True
    )
    assert sum(isinstance(result, BlobExists) for result in results) == 9


async def test_what_is_not_there_is_none(lake: Lake, name: str) -> None:
    """Reading, metadata, times and deleting of a missing blob are no errors."""
    assert await lake.read(CONTROL, name) is None
    assert await lake.read_json(CONTROL, name) is None
    assert await lake.metadata(CONTROL, name) is None
    assert await lake.modified_at(CONTROL, name) is None
    await lake.delete(CONTROL, name)


async def test_documents_come_back(lake: Lake, name: str) -> None:
    """JSON written is JSON read, whatever was there before."""
    await lake.put_json(CONTROL, name, {"day": TODAY, "n": [1, None]})
    await lake.put_json(CONTROL, name, {"day": TODAY, "n": "ü"})
    assert await lake.read_json(CONTROL, name) == {"day": "2026-11-20", "n": "ü"}
    modified_at = await lake.modified_at(CONTROL, name)
    assert modified_at is not None and abs(datetime.now(UTC) - modified_at) < timedelta(minutes=1)


async def test_a_document_is_replaced_only_as_it_was_read(lake: Lake, name: str) -> None:
    """With the etag that was read; of two that read the same, the second is told."""
    await lake.replace(CONTROL, name, b"1", None)
    with pytest.raises(StaleWrite):
        await lake.replace(CONTROL, name, b"2", None)
    found = await lake.read_versioned(CONTROL, name)
    assert found is not None
    await lake.replace(CONTROL, name, b"3", found.etag)
    with pytest.raises(StaleWrite):
        await lake.replace(CONTROL, name, b"4", found.etag)
    assert await lake.read(CONTROL, name) == b"3"


async def test_a_log_is_appended_at_its_end_only(lake: Lake, name: str) -> None:
    """Each append says where it begins; a writer that is behind is told, and nothing is written."""
    end = await lake.append(CONTROL, name, b"one\n", 0)
    end = await lake.append(CONTROL, name, b"two\n", end)
    assert end == 8
    for stale in (0, 4, 12):
        with pytest.raises(StaleWrite):
            await lake.append(CONTROL, name, b"three\n", stale)
    assert await lake.read(CONTROL, name) == b"one\ntwo\n"


async def test_of_two_appends_at_once_one_wins(lake: Lake, name: str) -> None:
    """Also when the log is not there yet."""
    for at in (0, 4):
        results = await asyncio.gather(
            *(lake.append(CONTROL, name, b"abc\n", at) for _ in range(4)), return_exceptions=True
        )
        assert sorted(map(str, (r for r in results if isinstance(r, int)))) == [str(at + 4)]
    assert await lake.read(CONTROL, name) == b"abc\nabc\n"


async def test_a_log_that_was_made_and_not_written_to_can_be_begun(lake: Lake, name: str) -> None:
    """A writer that died between the two requests does not block the next one."""
    if isinstance(lake, FakeLake):
        await lake.append(CONTROL, name, b"", 0)
    else:
        assert isinstance(lake, BlobLake)
        await lake._blob(CONTROL, name).create_append_blob()
    assert await lake.append(CONTROL, name, b"one\n", 0) == 4


async def test_a_log_is_read_from_where_one_stopped(lake: Lake, name: str) -> None:
    """From an offset on; at the end there is nothing, not an error."""
    await lake.append(CONTROL, name, b"one\ntwo\n", 0)
    for offset, expected in ((0, b"one\ntwo\n"), (4, b"two\n"), (8, b"")):
        found = await lake.read_versioned(CONTROL, name, offset)
        assert found is not None and found.data == expected
    assert await lake.read_versioned(CONTROL, name + "-missing", 8) is None


async def test_folders_and_names_are_listed_in_order(lake: Lake) -> None:
    """Folders directly under a prefix, and all names under it."""
    prefix = f"tests/{uuid4()}/"
    for path in ("b/state.json", "a/x/1.json", "a/y/2.json", "top.json"):
        await lake.put(CONTROL, prefix + path, b"{}")
    assert await lake.folders(CONTROL, prefix) == ["a", "b"]
    assert [name[len(prefix) :] async for name in lake.names(CONTROL, prefix + "a/")] == [
        "a/x/1.json",
        "a/y/2.json",
    ]
    assert await lake.folders(CONTROL, prefix + "none/") == []
    held = [await lake.read(CONTROL, name) or b"" async for name in lake.names(CONTROL, prefix)]
    assert await lake.size_bytes(CONTROL, prefix) == sum(map(len, held)) > 0
    assert await lake.size_bytes(CONTROL, prefix + "none/") == 0


async def test_a_document_is_deleted_only_as_it_was_read(lake: Lake, name: str) -> None:
    """An etag from before another write is refused; without one, or with the right one, it goes."""
    await lake.put(CONTROL, name, b"1")
    old = await lake.read_versioned(CONTROL, name)
    await lake.put(CONTROL, name, b"2")
    assert old is not None
    with pytest.raises(StaleWrite):
        await lake.delete(CONTROL, name, old.etag)
    new = await lake.read_versioned(CONTROL, name)
    assert new is not None
    await lake.delete(CONTROL, name, new.etag)
    assert await lake.read(CONTROL, name) is None


async def test_a_journal_of_two_writers_has_every_event_once(lake: Lake) -> None:
    """Two instances add the same events at the same time; the lake keeps each once."""
    run_id = f"20261120T063000Z-{uuid4().hex[:4]}"
    tasks = [FetchTask.create(run_id, TODAY, ReleaseParams(release_id=n)) for n in range(1, 41)]
    runs = RunStore(lake, FakeClock().now)
    await runs.save_plan(run_id, RunPlan(request={}, roots=tuple(tasks)))
    writers = [await Journal.open(lake, runs, run_id) for _ in range(2)]
    events = [
        TaskDone(run_id=run_id, task_id=task.task_id, kind=task.kind, outcome="landed", records=1)
        for task in tasks
    ]
    for first in range(0, 40, 8):
        await asyncio.gather(*(writer.add(events[first : first + 8]) for writer in writers))
    reopened = await Journal.open(lake, runs, run_id)
    assert reopened.tracker.is_complete
    assert sorted([event.task_id async for event in reopened.events()]) == sorted(
        task.task_id for task in tasks
    )


async def test_runs_are_active_one_at_a_time(lake: Lake) -> None:
    """Compare-and-swap holds on the real storage: of five begun at once one is active, and it can be ended."""
    runs = RunStore(lake, lambda: datetime.now(UTC))
    now = datetime.now(UTC)
    states = [
        RunState(run_id=f"run-{uuid4().hex[:6]}", ingest_date=TODAY, created_at=now, updated_at=now)
        for _ in range(5)
    ]
    await asyncio.gather(*(runs.create(state) for state in states), return_exceptions=True)
    active = await runs.active()
    assert active is not None
    await asyncio.gather(*(runs.end(active.run_id, "failed", str(n)) for n in range(3)))
    assert await runs.active() is None


async def test_other_errors_are_not_taken_for_conflicts(storage: str) -> None:
    """A container that does not exist is an error of the storage, not a stale write."""
    lake = BlobLake(AsyncBlobServiceClient.from_connection_string(storage))
    with pytest.raises(LakeUnavailable):
        await lake.append("missing", "x", b"1", 0)
    with pytest.raises(LakeUnavailable):
        await lake.replace("missing", "x", b"1", "etag")
    await lake.close()


async def test_many_blobs_are_removed_at_once(lake: Lake, name: str) -> None:
    """More than one batch of them, of which some are not there; the count is of those that were."""
    folder = name.removesuffix("blob.json")
    names = [f"{folder}{number:03d} ü&.json" for number in range(260)]
    for present in names[:258]:
        await lake.put(CONTROL, present, b"{}")
    assert await lake.delete_all(CONTROL, names) == 258
    assert [found async for found in lake.names(CONTROL, folder)] == []
    assert await lake.delete_all(CONTROL, []) == 0


async def test_what_is_past_its_time_is_removed_by_folder(lake: Lake) -> None:
    """Folders of old days go with all that is in them; the days after stay."""
    day = timedelta(days=1)
    for date_of, run in (("2020-01-01", "a"), ("2020-01-02", "b"), (str(TODAY), "c")):
        await lake.put(RAW, f"tmdb/old/ingest_date={date_of}/run_id={run}/t.jsonl.gz", b"x")
    now = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    runs = RunStore(lake, lambda: now)
    periods = Periods(raw={"tmdb": 730 * day}, runs=730 * day, metrics=730 * day)
    retention = Retention(lake=lake, runs=runs, telemetry=Telemetry(), now=lambda: now, periods=periods)
    removal = await retention.remove_expired()
    assert removal.is_done and removal.blobs["raw"] == 2
    left = [found async for found in lake.names(RAW, "tmdb/old/")]
    assert left == [f"tmdb/old/ingest_date={TODAY}/run_id=c/t.jsonl.gz"]


@pytest.fixture
async def folders(storage: str) -> AsyncIterator[tuple[BlobLake, Namespace]]:
    """The real lake over a hierarchical namespace, and what is in that."""
    azurite = BlobServiceClient.from_connection_string(storage).url
    with hierarchical(azurite) as (url, namespace):
        lake = BlobLake(AsyncBlobServiceClient.from_connection_string(azurite_connection_string(url)))
        yield lake, namespace
        await lake.close()


async def test_folders_of_a_hierarchical_namespace_are_no_blobs(folders: tuple[BlobLake, Namespace]) -> None:
    """Names leave them out; contents tells them apart, and has the folder itself, but not its neighbour."""
    lake, _ = folders
    for name in ("hns/a/1.json", "hns/a/b/2.json", "hns/ab/3.json"):
        await lake.put(CONTROL, name, b"{}")
    assert [name async for name in lake.names(CONTROL, "hns/")] == [
        "hns/a/1.json",
        "hns/a/b/2.json",
        "hns/ab/3.json",
    ]
    assert await lake.contents(CONTROL, "hns/a/") == Contents(
        ["hns/a/1.json", "hns/a/b/2.json"], ["hns/a", "hns/a/b"]
    )
    assert await lake.folders(CONTROL, "hns/") == ["a", "ab"]


async def test_a_folder_that_is_not_empty_is_passed_over(folders: tuple[BlobLake, Namespace]) -> None:
    """It stays with what is in it, and whatever else was asked for goes."""
    lake, namespace = folders
    for name in ("full/a/1.json", "full/2.json"):
        await lake.put(CONTROL, name, b"{}")
    assert await lake.delete_all(CONTROL, ["full", "full/2.json"]) == 1
    assert {(CONTROL, "full"), (CONTROL, "full/a")} <= namespace.folders


async def test_retention_leaves_no_folder_of_what_it_removed(folders: tuple[BlobLake, Namespace]) -> None:
    """The run's own folder and its day's are gone, from the runs too; the days after stay."""
    lake, namespace = folders
    day = timedelta(days=1)
    old, new = "20200101T000000-aaaaaaaa", f"{TODAY:%Y%m%d}T000000-bbbbbbbb"
    for date_of, run in (("2020-01-01", old), (str(TODAY), new)):
        await lake.put(RAW, f"tmdb/hns/ingest_date={date_of}/run_id={run}/part/t.jsonl.gz", b"x")
        await lake.put(CONTROL, f"runs/{run}/failed/t.json", b"{}")
    now = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    runs = RunStore(lake, lambda: now)
    periods = Periods(raw={"tmdb": 730 * day}, runs=730 * day, metrics=730 * day)
    retention = Retention(lake=lake, runs=runs, telemetry=Telemetry(), now=lambda: now, periods=periods)
    removal = await retention.remove_expired()
    assert removal.is_done and (removal.blobs["raw"], removal.blobs["runs"]) == (1, 1)
    assert {name for _, name in namespace.folders if "2020" in name} == set()
    assert (RAW, f"tmdb/hns/ingest_date={TODAY}/run_id={new}/part") in namespace.folders
    assert old not in await runs.run_ids() and new in await runs.run_ids()
