"""The catalog's files over HTTP, as the bulk job and the app fetch them; the server ends with nothing left of them."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from shared.bulk.film_ids import FilmIds
from spark_jobs.bulk.download import new_client
from spark_jobs.bulk.job import BulkRun
from spark_jobs.lakehouse.files import Files
from tests.fakes import FakeLake
from tests.integration.local.catalog.process import Server, running

FILMS, RELEASES, RUN = 120, 300, "20261128T060000Z-0001"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for the tests of this module."""
    with running("--films", str(FILMS), "--releases", str(RELEASES)) as made:
        yield made


def test_the_bulk_job_lands_every_release_of_the_dump(server: Server, tmp_path: Path) -> None:
    """Address, CHECKSUM, download, lines: each release once, under the day of the newest dump."""
    today = datetime.now(UTC).date()
    files = Files(f"{tmp_path}/{{area}}")
    with new_client() as http:
        manifest = BulkRun(files, RUN, http, f"{server.url}/files/discogs", None, today).run()
    (part,) = manifest["raw"]
    blobs = Path(files.path("raw", part["prefix"])).iterdir()
    lines = [json.loads(line) for blob in blobs for line in gzip.decompress(blob.read_bytes()).splitlines()]
    assert len({line["request"]["path"] for line in lines}) == len(lines) == part["records"] == RELEASES
    assert manifest["dump"]["day"] == today.replace(day=1).isoformat()
    assert not list((tmp_path / "state").rglob("*.part"))


async def test_the_app_reads_the_export_of_today(server: Server) -> None:
    """All films, by one request without credentials."""
    async with httpx.AsyncClient() as http:
        ids = FilmIds(
            lake=FakeLake(), http=http, base_url=f"{server.url}/files/tmdb", now=lambda: datetime.now(UTC)
        )
        export = await ids.newest()
    assert len(export.film_ids) + export.adult == FILMS and export.day == datetime.now(UTC).date()


def test_nothing_is_left_of_a_servers_files() -> None:
    """They lie in a folder of their own, which goes when the server is told to end."""
    before = set(Path(tempfile.gettempdir()).glob("catalog-files-*"))
    with running("--films", "5", "--releases", "5") as made:
        made.control("files/discogs/2020/discogs_20200101_CHECKSUM.txt").raise_for_status()
        assert set(Path(tempfile.gettempdir()).glob("catalog-files-*")) - before
    assert set(Path(tempfile.gettempdir()).glob("catalog-files-*")) <= before
