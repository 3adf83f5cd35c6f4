"""A bulk run over the files of both catalogs, through every part: job, app, silver and gold."""

from __future__ import annotations

import pytest

from local.console.client import RunsClient
from local.stack import Stack
from tests.e2e.conftest import RELEASES, Run
from tests.e2e.support.running import await_end

pytestmark = pytest.mark.e2e


def test_a_bulk_run_brings_what_only_files_have(stack: Stack, client: RunsClient, quiet: Run) -> None:
    """The dump lands whole before anything is asked, silver has the same releases, and the films are known already."""
    run_id = client.refresh({"mode": "bulk"})
    status = await_end(stack, client, run_id)
    assert status["state"] == "completed", status["reason"]
    assert list(status["stages"]) == ["bulk", "ingest", "silver", "gold"]
    assert status["stages"]["bulk"]["ended_at"] <= status["stages"]["ingest"]["started_at"]
    assert status["counts"]["bulk_releases"] == RELEASES and "are known" in status["note"]
    assert status["counts"]["silver_releases"] == quiet.status["counts"]["silver_releases"]
    assert status["counts"]["quarantined"] == 0
    assert status["counts"]["silver_tracks"] > RELEASES and status["counts"]["silver_release_credits"] > 0
    (dump,) = [part for part in status["lineage"]["raw"] if part["prefix"].startswith("discogs/dump/")]
    assert (dump["kind"], dump["records"]) == ("release", RELEASES)
