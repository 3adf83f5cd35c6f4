"""The best matches come from the tables that are current: a blob names the version, the disk has the rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from azure.storage.blob import BlobServiceClient
from deltalake import write_deltalake

from local.console.matches import COLUMNS, best_matches
from tests.integration.local.host.process import azurite

ROW = dict.fromkeys(COLUMNS, "x") | {"film_id": 1, "film_year": 1982, "release_id": 2, "release_year": 1982}


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a storage account with the container control."""
    with azurite(tmp_path_factory.mktemp("azurite")) as connection_string:
        with BlobServiceClient.from_connection_string(connection_string) as service:
            service.create_container("control")
        yield connection_string


def test_the_current_version_is_shown_and_no_newer_one(storage: str, tmp_path: Path) -> None:
    """None before the first run; then what the set names, though a job has written on since."""
    assert best_matches(storage, tmp_path) == []
    for score in (0.75, 0.99):
        rows = pa.Table.from_pylist([ROW | {"score": score}])
        write_deltalake(tmp_path / "gold" / "matches", rows, mode="overwrite")
    matches = {"table": "gold.matches", "version": 0, "rows": 1}
    current = {
        "version": 1,
        "stage": "gold",
        "run_id": "RUN",
        "tables": {"matches": matches},
        "previous": None,
    }
    with BlobServiceClient.from_connection_string(storage) as service:
        service.get_blob_client("control", "tables/gold.json").upload_blob(json.dumps(current))
    assert best_matches(storage, tmp_path) == [ROW | {"score": 0.75}]
