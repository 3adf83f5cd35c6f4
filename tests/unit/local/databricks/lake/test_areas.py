"""Which files a job needs, and where their blobs lie."""

from __future__ import annotations

import json
from typing import cast

from local.databricks.lake.areas import AREAS, Scope, scopes_of
from local.databricks.lake.storage import Storage


class Manifests:
    """A storage account with these control blobs."""

    def __init__(self, **blobs: object) -> None:
        self._blobs = blobs

    async def read(self, container: str, name: str) -> bytes | None:
        """The bronze manifest with this run id."""
        found = self._blobs.get(name.removeprefix("bronze/").removesuffix(".json"))
        return json.dumps(found).encode() if container == "control" and found else None


async def scopes(entry_point: str, run_id: str, **manifests: object) -> dict[str, Scope]:
    """The scope of a job by area."""
    storage = cast(Storage, Manifests(**manifests))
    return {scope.area.name: scope for scope in await scopes_of(storage, entry_point, {"run_id": run_id})}


async def test_silver_reads_the_raw_blobs_of_its_run() -> None:
    """The bronze manifest names the prefixes; nothing else of raw is staged."""
    found = await scopes("silver", "R1", R1={"raw": [{"prefix": "a/"}, {"prefix": "b/"}]})
    assert found["raw"].prefixes == ("a/", "b/")
    assert not found["raw"].includes("c/x")


async def test_silver_without_a_manifest_reads_nothing_raw() -> None:
    """A missing manifest is for the job to tell, not a reason to stage everything."""
    found = await scopes("silver", "R1")
    assert not found["raw"].includes("a/x")


async def test_gold_reads_no_raw_and_strangers_read_all() -> None:
    """Gold works on tables; a job this server does not know gets all."""
    assert "raw" not in await scopes("gold", "R1")
    assert (await scopes("other", "R1"))["raw"].includes("a/x")


async def test_the_bulk_job_finds_what_it_has_landed() -> None:
    """So it can tell whether a dump is there whole; answers of the APIs are not its business."""
    raw = (await scopes("bulk", "R1"))["raw"]
    assert raw.includes("discogs/dump/ingest_date=2026-11-01/run_id=R0/00000.jsonl.gz")
    assert not raw.includes("discogs/search/x")


async def test_the_journals_of_runs_are_left_out() -> None:
    """control/runs is state of the functions, and large."""
    control = (await scopes("gold", "R1"))["control"]
    assert control.includes("bronze/R1.json")
    assert not control.includes("runs/R1/journal.jsonl")


def test_files_that_functions_read_keep_their_blob_names() -> None:
    """Search index and report are parts of the container gold; all other areas are containers of their names."""
    places = {area.name: (area.container, area.prefix) for area in AREAS.values()}
    assert places == {
        "raw": ("raw", ""),
        "control": ("control", ""),
        "metrics": ("metrics", ""),
        "search": ("gold", "search/"),
        "report": ("gold", "report/"),
        "feed": ("feed", ""),
    }
