"""What of a lake came from one source."""

from __future__ import annotations

import json

import pytest

from local.purge.scope import CONTAINERS, Scope
from local.stack import CONTAINERS as OF_LAKE
from spark_jobs.schemas.tables import SILVER

TMDB, DISCOGS = Scope("tmdb"), Scope("discogs")


@pytest.mark.parametrize(
    ("container", "name", "goes_for"),
    [
        ("raw", "tmdb/details/ingest_date=2026-11-20/run_id=R/t.jsonl.gz", "tmdb"),
        ("raw", "discogs/search/ingest_date=2026-11-20/run_id=R/t.jsonl.gz", "discogs"),
        ("raw", "tmdb", "tmdb"),
        ("intermediate", "tables/movies/part-0.parquet", "tmdb"),
        ("intermediate", "tables/reviews/_delta_log/0.json", "tmdb"),
        ("intermediate", "tables/releases", "discogs"),
        ("intermediate", "tables/quarantine/part-0.parquet", "tmdb discogs"),
        ("intermediate", "tables/genre_map/part-0.parquet", ""),
        ("gold", "tables/matches/part-0.parquet", "tmdb discogs"),
        ("gold", "search/_current.json", "tmdb discogs"),
        ("feed", "films/tmdb/1.json", "tmdb discogs"),
        ("metrics", "R/quality.html", "tmdb discogs"),
        ("metrics", "R/quality.json", "tmdb discogs"),
        ("metrics", "R/gold.json", ""),
        ("raw", "discogs/dump/ingest_date=2026-11-01/run_id=R/00000.jsonl.gz", "discogs"),
        ("control", "fingerprints/tmdb.details/000001.json", "tmdb discogs"),
        ("control", "dumps/discogs.json", "discogs"),
        ("control", "exports/tmdb-movie-ids.gz", "tmdb"),
        ("control", "runs/R/known/tmdb.details.json", "tmdb"),
        ("control", "runs/R/known/discogs.release.json", "discogs"),
        ("control", "runs/R/known/discogs.master.json", "discogs"),
        ("control", "runs/R/unfound.json", "tmdb"),
        ("control", "runs/R/failed/tmdb.details-0a-1b.json", "tmdb"),
        ("control", "runs/R/failed/discogs.search-0a-1b.json", "discogs"),
        ("control", "sources/tmdb.json", "tmdb"),
        ("control", "sources/discogs.json", "discogs"),
        ("control", "runs/R/plan.json", ""),
        ("control", "runs/R/progress.json", ""),
        ("control", "runs/R/journal/00001.jsonl", ""),
        ("control", "bulk/R.json", ""),
        ("control", "bronze/R.json", ""),
        ("control", "silver/R.json", ""),
        ("control", "last_completed.json", ""),
        ("control", "history.json", ""),
        ("control", "reviews/log/000001.jsonl", ""),
        ("control", "known/soundtracks.csv", ""),
        ("control", "unreadable/20261120T063000-m.json", ""),
        ("control", "tables/gold.json", "tmdb discogs"),
        ("control", "tables/silver.json", ""),
        ("control", "runs/R/state.json", ""),
    ],
)
def test_each_kind_of_blob(container: str, name: str, goes_for: str) -> None:
    """Each source's own goes with it, what mixes both goes with either, what is of neither stays."""
    assert [each.source for each in (TMDB, DISCOGS) if each.has(container, name)] == goes_for.split()


def test_every_container_is_looked_through() -> None:
    """A container that the lake gets later is not forgotten."""
    assert set(CONTAINERS) == set(OF_LAKE)


def test_every_silver_table_is_of_a_source_or_known_to_be_of_none() -> None:
    """A table that silver gets later is not forgotten either."""
    assert {table.name for table in SILVER} - TMDB.tables - DISCOGS.tables == {"genre_map"}


def test_the_set_of_silver_forgets_what_is_gone() -> None:
    """So does the one before, from which a run starts that is done again; all else stays as it was."""
    tables = {"movies": {"version": 1}, "releases": {"version": 2}}
    value = {
        "run_id": "R2",
        "tables": tables,
        "previous": {"run_id": "R1", "tables": tables, "previous": None},
    }
    left = json.loads(TMDB.silver_set(json.dumps(value).encode()))
    kept = {"releases": {"version": 2}}
    assert left == {
        "run_id": "R2",
        "tables": kept,
        "previous": {"run_id": "R1", "tables": kept, "previous": None},
    }
