"""A whole run, from both APIs to matches."""

from __future__ import annotations

from azure.storage.blob import BlobServiceClient

from local.console.matches import best_matches
from local.console.summary import count_dead_letters, summarise
from local.stack import Stack
from tests.e2e.conftest import FILMS, RELEASES, Run
from tests.e2e.support.tables import current_tables, opened, tables_of


def test_a_run_carries_every_record_to_silver(stack: Stack, quiet: Run) -> None:
    """Every film and release of the catalog arrives in bronze and silver, with no failure on the way."""
    dead_letters = count_dead_letters(stack.queue_stats())
    summary = summarise(quiet.status, start_s=stack.start_s, total_s=0.0, dead_letters=dead_letters)
    assert summary["status"] == "completed"
    records = summary["records"]
    assert (records["bronze_tmdb"], records["bronze_discogs"]) == (FILMS, RELEASES)
    assert (records["silver_movies"], records["silver_releases"]) == (FILMS, RELEASES)
    assert records["quarantined"] == 0
    assert [summary[name] for name in ("http_429", "retries", "failed_tasks", "dead_letters")] == [0, 0, 0, 0]
    assert all(summary["seconds"][stage] for stage in ("ingest", "silver", "gold"))


def test_no_request_is_asked_twice(stack: Stack, quiet: Run) -> None:
    """Each request's answer lands once, and a quiet run asks for nothing twice."""
    assert max(quiet.bronze.requests.values()) == 1
    asked = {source: quiet.status["progress"][source]["requests"] for source in ("tmdb", "discogs")}
    landed = dict.fromkeys(asked, 0)
    for (kind, _), count in quiet.bronze.requests.items():
        landed[kind.split("/")[0]] += count
    assert asked == landed


def test_matches_are_published_with_their_evidence(stack: Stack, quiet: Run) -> None:
    """A reader finds the current matches through the set that gold published, each with a score and a reason."""
    rows = best_matches(stack.wiring.lake, stack.wiring.tables)
    assert rows
    assert quiet.status["counts"]["matches"] >= len(rows)
    assert all(0.5 <= row["score"] <= 1 and row["reason"] for row in rows)


def test_every_table_of_a_run_can_be_read_at_its_version(stack: Stack, quiet: Run) -> None:
    """Without Spark, from disk, each table that a manifest names has the rows that the manifest says."""
    published = tables_of(stack, quiet.run_id)
    assert {"silver.movies", "silver.releases", "gold.matches"} <= set(published)
    rows = {name: opened(stack, found).to_pyarrow_dataset().count_rows() for name, found in published.items()}
    assert rows == {name: found.rows for name, found in published.items()}
    assert (rows["silver.movies"], rows["silver.releases"]) == (FILMS, RELEASES)
    assert rows["gold.matches"] == quiet.status["counts"]["matches"]


def test_the_current_tables_are_one_whole_set(stack: Stack, quiet: Run) -> None:
    """What is current is what one run of each stage published, and every such table can be opened."""
    current = current_tables(stack)
    assert set(current) >= set(tables_of(stack, quiet.run_id))
    assert all(opened(stack, found).version() == found.version for found in current.values())


def test_tables_lie_on_disk_only(stack: Stack, quiet: Run) -> None:
    """The storage account has what the functions read: no file of a table, of silver or of gold."""
    with BlobServiceClient.from_connection_string(stack.wiring.lake) as service:
        silver = list(service.get_container_client("intermediate").list_blob_names())
        gold = list(service.get_container_client("gold").list_blob_names())
    assert silver == []
    assert {name.split("/")[0] for name in gold} == {"search", "report"}
    assert f"report/{quiet.run_id}/index.html" in gold
