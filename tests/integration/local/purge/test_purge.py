"""`python -m local.purge` over a storage account and the folders of the jobs on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

from local.machine.servers import azurite_connection_string, start_azurite
from local.purge.__main__ import main
from local.purge.lake import find, remove
from local.purge.scope import Scope
from local.stack import make_containers
from local.wiring import NODE_MODULES
from tests.builders.emulators import started

ROOT = Path(__file__).parents[4]
ENTRY = {"table": "silver.x", "version": 1}
OWN = {
    "tmdb": [
        "raw/tmdb/details/t.jsonl.gz",
        "intermediate/tables/movies/0.parquet",
        "control/exports/tmdb-movie-ids.gz",
        "control/runs/R/known/tmdb.details.json",
        "control/runs/R/unfound.json",
    ],
    "discogs": [
        "raw/discogs/search/t.jsonl.gz",
        "intermediate/tables/releases/0.parquet",
        "control/dumps/discogs.json",
        "control/runs/R/known/discogs.release.json",
    ],
}
MIXED = [
    "gold/tables/matches/0.parquet",
    "gold/report/R/index.html",
    "feed/films/tmdb/1.json",
    "metrics/R/quality.html",
]
OURS = ["control/runs/R/state.json", "metrics/R/gold.json", "intermediate/tables/genre_map/0.parquet"]
ON_DISK = [
    "tables/intermediate/movies",
    "tables/intermediate/releases",
    "tables/gold/matches",
    "lake/state/matching",
    "lake/control/exports/tmdb-movie-ids.gz",
    "lake/control/dumps/discogs.json",
]


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a lake with something of everything."""
    log = tmp_path_factory.mktemp("azurite") / "log"
    with started(partial(start_azurite, log, modules=ROOT / NODE_MODULES)) as azurite:
        connection = azurite_connection_string(azurite.url)
        make_containers(connection)
        with BlobServiceClient.from_connection_string(connection) as service:
            for name in [*OWN["tmdb"], *OWN["discogs"], *MIXED, *OURS]:
                put(service, name, b"x")
            tables = {"movies": ENTRY, "releases": ENTRY}
            value = {"run_id": "R", "tables": tables, "previous": None}
            put(service, "control/tables/silver.json", json.dumps(value).encode())
        yield connection


def put(service: BlobServiceClient, name: str, data: bytes) -> None:
    container, _, blob = name.partition("/")
    service.get_blob_client(container, blob).upload_blob(data, overwrite=True)


def left(connection: str) -> set[str]:
    with BlobServiceClient.from_connection_string(connection) as service:
        return {
            f"{container.name}/{blob.name}"
            for container in service.list_containers()
            for blob in service.get_container_client(container.name).list_blobs()
        }


async def test_all_of_one_source_goes_and_the_other_stays(storage: str, tmp_path: Path) -> None:
    """Raw, silver, what mixes both, on disk too; what is ours stays. An active run is in the way."""
    for name in ON_DISK:
        (tmp_path / name).mkdir(parents=True)
    scope = Scope("tmdb")
    found = await find(storage, tmp_path, scope)
    await remove(storage, found, scope)
    assert left(storage) == {*OWN["discogs"], *OURS, "control/tables/silver.json"}
    with BlobServiceClient.from_connection_string(storage) as service:
        blob = service.get_blob_client("control", "tables/silver.json").download_blob().readall()
        assert json.loads(blob)["tables"] == {"releases": ENTRY}
        kept = ["tables/intermediate/releases", "lake/control/dumps/discogs.json"]
        assert [name for name in ON_DISK if (tmp_path / name).exists()] == kept
        put(service, "control/active.json", b"{}")


def test_the_command_says_what_it_would_do(storage: str, capsys: pytest.CaptureFixture[str]) -> None:
    """While a run is active nothing; then, without --yes, it shows and removes nothing; with it, it removes."""
    lake = {"LAKE": storage}
    assert main(["--source", "discogs", "--yes"], lake) == 1
    assert "purge: a run is active" in capsys.readouterr().err
    with BlobServiceClient.from_connection_string(storage) as service:
        service.get_blob_client("control", "active.json").delete_blob()
    before = left(storage)
    assert main(["--source", "discogs"], lake) == 0
    assert "raw: 1 blobs" in capsys.readouterr().out and left(storage) == before
    assert main(["--source", "discogs", "--yes"], lake) == 0
    assert "removed" in capsys.readouterr().out and left(storage) == {*OURS, "control/tables/silver.json"}


def test_a_lake_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, with what to do."""
    assert main(["--source", "tmdb", "--state-dir", str(tmp_path)], {}) == 1
    assert f"no lake in {tmp_path}" in capsys.readouterr().err
