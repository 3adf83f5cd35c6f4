"""The feed of a run: in its container, as its index says, and over HTTP what it changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import ContainerClient

from local.console.client import RunsClient
from local.stack import Stack
from shared.sources.terms import NOTICES
from tests.e2e.conftest import Run
from tests.e2e.support.running import await_that

pytestmark = pytest.mark.e2e


@pytest.fixture
def container(stack: Stack) -> Iterator[ContainerClient]:
    """The container of the feed."""
    with ContainerClient.from_connection_string(stack.wiring.lake, "feed") as found:
        yield found


def json_of(container: ContainerClient, name: str) -> dict[str, Any]:
    """A file of the feed; {} where there is none."""
    try:
        found: dict[str, Any] = json.loads(container.download_blob(name).readall())
    except ResourceNotFoundError:
        return {}
    return found


def runs_of(index: dict[str, Any]) -> list[str]:
    return [each["run"] for each in index.get("changes", [])]


def test_the_feed_is_as_its_index_says(container: ContainerClient, quiet: Run) -> None:
    """It follows the run; whole files have their checksums, and a film's file says what the links say."""
    await_that(lambda: quiet.run_id in runs_of(json_of(container, "index.json")), "the feed is there")
    index = json_of(container, "index.json")
    assert index["counts"]["links"] and tuple(index["notices"]) == tuple(NOTICES.values())
    for each in index["files"]:
        data = container.download_blob(each["path"]).readall()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (each["bytes"], each["sha256"])
    films = list(container.list_blob_names(name_starts_with="films/tmdb/"))
    film = json_of(container, films[0])
    assert film["generation"] <= index["generation"] and film["soundtracks"]
    release = json_of(container, f"releases/{film['soundtracks'][0]['release_id']}.json")
    assert release["film"]["film_id"] == film["film"]["film_id"]


def test_changes_are_answered(container: ContainerClient, client: RunsClient, quiet: Run) -> None:
    """Since a run of the feed: 200; since one it never had: 404 with what to do."""
    await_that(lambda: quiet.run_id in runs_of(json_of(container, "index.json")), "the feed is there")
    answer = client.request("GET", f"/changes?since={quiet.run_id}&limit=5")
    assert answer.status_code == 200 and answer.json()["since"] == quiet.run_id
    answer = client.request("GET", "/changes?since=20000101T000000Z-0000")
    assert answer.status_code == 404 and "whole" in answer.json()["error"]
