"""The lake on disk is made equal to the blobs in a real Azurite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from local.databricks.lake.areas import RAW, SEARCH, Area, Scope
from local.databricks.lake.mirror import Mirror, Mirrored
from local.databricks.lake.mirror_index import MirrorIndex
from local.databricks.lake.staging import describe
from local.databricks.lake.storage import Storage
from local.machine.servers import azurite_connection_string
from tests.integration.local.databricks.server import Lake

WHOLE = Scope(SEARCH)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    """An empty directory with its index."""
    index = MirrorIndex(tmp_path / "lake.sqlite")
    yield Mirror(tmp_path / "lake", index)
    index.close()


async def sync(mirror: Mirror, lake: Lake, scope: Scope = WHOLE) -> Mirrored:
    """Stage one area."""
    async with Storage(lake.connection_string) as storage:
        return await mirror.sync(storage, scope)


async def test_only_what_changed_is_downloaded(mirror: Mirror, lake: Lake) -> None:
    """The second time nothing is downloaded, after a change only the changed blob, also of equal size."""
    for name in ("a/_current.json", "a/snapshot=R1/part 0+ü%.parquet", "b"):
        lake.put("gold", f"search/{name}", "one")
    assert await sync(mirror, lake) == Mirrored(downloaded=3)
    assert await sync(mirror, lake) == Mirrored(kept=3)
    lake.put("gold", "search/b", "two")
    assert await sync(mirror, lake) == Mirrored(downloaded=1, kept=2)
    assert mirror.file_of(SEARCH, "b").read_text() == "two"
    assert mirror.file_of(SEARCH, "a/snapshot=R1/part 0+ü%.parquet").read_text() == "one"


async def test_files_without_blob_are_removed(mirror: Mirror, lake: Lake) -> None:
    """Files whose blobs are gone, or never were, are removed with their folders."""
    lake.put("gold", "search/a/snapshot=R1/x", "one")
    lake.put("gold", "search/kept", "one")
    lake.put("gold", "report/R1/index.html", "of another area")
    await sync(mirror, lake)
    for name in ("a/snapshot=R1/.x.crc", "a/_temporary/0/y"):
        file = mirror.file_of(SEARCH, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("local")
    lake.service.get_blob_client("gold", "search/a/snapshot=R1/x").delete_blob()
    await sync(mirror, lake)
    assert sorted(path.name for path in (mirror.root / "search").rglob("*")) == ["kept"]


async def test_a_file_that_was_written_locally_is_fetched_again(mirror: Mirror, lake: Lake) -> None:
    """A file that a failed job overwrote is the blob's again."""
    lake.put("gold", "search/_current.json", "right")
    await sync(mirror, lake)
    file = mirror.file_of(SEARCH, "_current.json")
    file.write_text("wrong")
    assert await sync(mirror, lake) == Mirrored(downloaded=1)
    assert file.read_text() == "right"


async def test_only_the_prefixes_of_the_scope_are_fetched(mirror: Mirror, lake: Lake) -> None:
    """Blobs outside of the scope stay where they are, and leave the disk when the scope moves on."""
    for run in ("R1", "R2"):
        lake.put("raw", f"tmdb/run_id={run}/a.gz", run)
    await sync(mirror, lake, Scope(RAW, ("tmdb/run_id=R1/",)))
    await sync(mirror, lake, Scope(RAW, ("tmdb/run_id=R2/",)))
    assert [path.read_text() for path in (mirror.root / "raw").rglob("*.gz")] == ["R2"]


async def test_a_missing_container_is_an_empty_one(mirror: Mirror, lake: Lake) -> None:
    """A lake in which a container was never made can be staged."""
    assert await sync(mirror, lake, Scope(Area("never", "never-made"))) == Mirrored()


async def test_many_small_blobs_arrive_whole(mirror: Mirror, lake: Lake) -> None:
    """More blobs than one batch or one listing round are all there, each with its own content."""
    names = {f"n{number:04}": str(number) for number in range(600)}
    for name, text in names.items():
        lake.put("gold", f"search/{name}", text)
    assert (await sync(mirror, lake)).downloaded == 600
    assert {path.name: path.read_text() for path in (mirror.root / "search").iterdir()} == names


@pytest.fixture
async def moody() -> AsyncIterator[TestServer]:
    """A storage that fails every blob's first download, and refuses the blob named secret."""
    asked: set[str] = set()

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("/secret"):
            return web.Response(status=403)
        if request.path in asked:
            return web.Response(body=b"at last", headers={"ETag": '"0x1"'})
        asked.add(request.path)
        return web.Response(status=500)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        yield server


async def test_a_storage_that_stumbles_is_asked_again(moody: TestServer, tmp_path: Path) -> None:
    """A 5xx answer is tried again, a 403 is not, and the error that is told bears no signature."""
    async with Storage(azurite_connection_string(str(moody.make_url("")).rstrip("/"))) as storage:
        assert await storage.download("gold", "a", tmp_path / "a") == "0x1"
        assert (tmp_path / "a").read_bytes() == b"at last"
        with pytest.raises(aiohttp.ClientResponseError) as caught:
            await storage.download("gold", "secret", tmp_path / "b")
    assert describe(caught.value) == "HTTP 403 Forbidden"
