"""A real Azurite for the local workspace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from azure.storage.blob import BlobServiceClient

from local.machine import servers as processes
from tests.integration.local.databricks.server import Lake


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """One Azurite for a module's tests."""
    if not (processes.NODE_MODULES / "azurite").exists():
        pytest.skip(f"Azurite is not installed in {processes.NODE_MODULES}; make test installs it")
    child = processes.start_azurite(tmp_path_factory.mktemp("azurite") / "azurite.log")
    with child:
        child.wait_ready()
        connection_string = processes.azurite_connection_string(child.url)
        with BlobServiceClient.from_connection_string(connection_string) as service:
            yield Lake(connection_string, service)


@pytest.fixture
def lake(azurite: Lake) -> Lake:
    """Empty containers."""
    azurite.empty()
    return azurite
