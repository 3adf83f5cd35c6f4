"""A whole run, from both APIs to matches."""

from __future__ import annotations

from local.console.matches import best_matches
from local.console.summary import count_dead_letters, summarise
from local.stack import Stack
from tests.e2e.conftest import FILMS, RELEASES, Run


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
    """A reader of the lake finds matches through the pointer, each with a score and a reason."""
    rows = best_matches(stack.wiring.lake)
    assert rows
    assert quiet.status["counts"]["matches"] >= len(rows)
    assert all(0.5 <= row["score"] <= 1 and row["reason"] for row in rows)


def test_the_lake_on_disk_outlives_the_stack(stack: Stack, quiet: Run) -> None:
    """The Spark jobs' copy of the lake has the tables that the storage account has."""
    for table in ("intermediate/movies", "intermediate/releases", "gold/matches"):
        folder = stack.wiring.lake_mirror / table / f"snapshot={quiet.run_id}"
        assert list(folder.glob("*.parquet")), folder
