"""Gold over several runs: only what changed is scored, and the tables are those of a full run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from spark_jobs.gold.job import run_gold
from spark_jobs.silver.job import run_silver
from tests.integration.spark_jobs.builders.bronze_files import Bronze, answer, blob, film, page, record

RUNS = [f"20261120T063000Z-000{n}" for n in range(3)]
LATER = "2026-11-21T06:30:00.000000Z"
COMPARED = (
    *("match_films", "match_records", "match_candidates", "matches"),
    *("unmatched_releases", "unmatched_films", "film_soundtracks"),
)
NOBODY = {"credits": {"cast": [], "crew": []}}
FIRST_FILMS = [
    film(1, "Far Astray"),
    film(2, "Quiet Lantern", **NOBODY),
    *[film(100 + n, "Home", release_date=f"{1950 + n}-01-01", **NOBODY) for n in range(61)],
    *[film(200 + n, f"Marsh {'abcdefghij'[n % 10] * 3}{n}", **NOBODY) for n in range(20)],
]
LATER_FILMS = [
    film(2, "Quiet Lantern", release_date="1999-01-01"),
    film(3, "Far Astray", release_date="1990-01-01", **NOBODY),
    film(170, "Home", release_date="2016-01-01", **NOBODY),
]
FIRST_RECORDS = [
    record(10, "Hans Mori - Far Astray (Original Motion Picture Soundtrack)"),
    record(11, "Various - Home", year="1960"),
    record(12, "Ana Ruiz - Quiet Lantern", year="1999"),
    record(13, "Ana Ruiz - Marsh"),
    record(14, "Ana Ruiz - Nothing Like It"),
]
LATER_RECORDS = [
    record(12, "Hans Mori - Quiet Lantern", year="2001"),
    record(15, "Various - Far Astray", year="1990"),
]


def land(lake: Bronze, run: str, films: list[dict[str, Any]], records: list[dict[str, Any]], at: str) -> None:
    details = blob(*[answer("details", each, at) for each in films])
    lake.land(run, {"details": {"a": details}, "search": {"s": blob(page(*records, at=at))}})


def rows(lake: Bronze, table: str, run: str) -> list[str]:
    """Rows of a snapshot in an order of their own, without what names the run."""
    folder = lake.root / f"gold/{table}/snapshot={run}"
    found = [part for file in folder.glob("*.parquet") for part in pq.ParquetFile(file).read().to_pylist()]
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in found)


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Bronze:
    """Two runs with changes between them, the second incremental, and a third that scores the same in full."""
    lake = Bronze(tmp_path_factory.mktemp("lake"))
    land(lake, RUNS[0], FIRST_FILMS, FIRST_RECORDS, "2026-11-20T06:30:00.000000Z")
    land(lake, RUNS[1], LATER_FILMS, LATER_RECORDS, LATER)
    for run in RUNS[:2]:
        run_silver(spark, run, lake.addresses)
        run_gold(spark, run, lake.addresses, with_views=False)
    lake.write(f"control/silver/{RUNS[2]}.json", (lake.root / f"control/silver/{RUNS[1]}.json").read_bytes())
    lake.write("links.csv", b"tmdb_id,discogs_id,evidence\n1,10,x\n2,12,x\n1,14,x\n1,999,x\n")
    links = (lake.root / "links.csv").as_uri()
    run_gold(spark, RUNS[2], lake.addresses, is_full=True, with_views=False, links=links)
    return lake


@pytest.mark.parametrize("table", COMPARED)
def test_an_incremental_run_ends_like_a_full_one(lake: Bronze, table: str) -> None:
    """Every gold table is the same, row for row and bit for bit."""
    assert rows(lake, table, RUNS[1]) == rows(lake, table, RUNS[2])
    assert rows(lake, table, RUNS[1])


def test_the_metrics_say_how_a_run_was_done(lake: Bronze) -> None:
    """First run full, second incremental since the first, third full because it was asked to be."""
    found = [lake.json(f"metrics/{run}/matching.json") for run in RUNS]
    assert [each["mode"] for each in found] == ["full", "incremental", "full"]
    assert [each["lineage"]["since"] for each in found] == [None, RUNS[0], None]


def test_changes_reach_the_matches(lake: Bronze) -> None:
    """A changed record and a new one find their films; what did not change keeps its film."""
    found = {row["release_id"]: row for row in map(json.loads, rows(lake, "matches", RUNS[1]))}
    assert {release: row["film_id"] for release, row in found.items() if release != 11} == {
        10: 1,
        12: 2,
        15: 3,
    }
    assert found[12]["person"] == "Hans Mori"


def test_a_skewed_name_is_met_by_year(lake: Bronze) -> None:
    """Of 62 films called 'Home' the record of 1960 is compared only with those of 1959 and 1960, and known ones."""
    found = [json.loads(row) for row in rows(lake, "match_candidates", RUNS[1])]
    years = {row["film_year"] for row in found if row["release_id"] == 11}
    assert {1959, 1960} <= years


def test_bands_rates_and_histogram_add_up(lake: Bronze) -> None:
    """Bands sum to the matches, the histogram to the candidates, and known links give a pairs completeness."""
    found = lake.json(f"metrics/{RUNS[2]}/matching.json")
    assert sum(found["bands"].values()) == found["matches"] == len(rows(lake, "matches", RUNS[2]))
    assert sum(step["pairs"] for step in found["score_histogram"]) == found["candidates"]
    assert 0 < found["reduction_ratio"] < 1
    assert found["pairs_completeness"] == 0.5
    assert lake.json(f"metrics/{RUNS[0]}/matching.json")["pairs_completeness"] is None


def test_matches_carry_band_rival_and_lineage(lake: Bronze) -> None:
    """Probability equals score; band, rival and the snapshots it was made from stand in the row."""
    found = {row["release_id"]: row for row in map(json.loads, rows(lake, "matches", RUNS[1]))}
    row = found[10]
    assert row["probability"] == row["score"]
    assert (row["band"], row["is_ambiguous"], row["rival_film_id"]) == ("strong", False, 3)
    assert (row["movies_snapshot"], row["releases_snapshot"]) == (RUNS[1], RUNS[1])
    assert len(row["matcher"]) == 16


def test_what_stays_unmatched_says_why(lake: Bronze) -> None:
    """Each record and each film is either matched or listed with its nearest miss."""
    records = {row["release_id"]: row for row in map(json.loads, rows(lake, "unmatched_releases", RUNS[1]))}
    films = {row["film_id"]: row for row in map(json.loads, rows(lake, "unmatched_films", RUNS[1]))}
    matched = [json.loads(row) for row in rows(lake, "matches", RUNS[1])]
    assert {row["release_id"] for row in matched} | set(records) == {10, 11, 12, 13, 14, 15}
    assert records[14]["why"] == "no title near it"
    assert records[14]["nearest_film_id"] is None
    assert films[200]["why"] in ("no title near it", "none likely enough")
    assert not {row["film_id"] for row in matched} & set(films)


def test_soundtracks_of_a_film(lake: Bronze) -> None:
    """One row per film with its records, the first of them, and sorted sets."""
    found = {row["film_id"]: row for row in map(json.loads, rows(lake, "film_soundtracks", RUNS[1]))}
    assert found[1]["release_count"] == 1
    assert found[1]["releases"][0]["release_id"] == found[1]["first_release_id"] == 10
    assert found[1]["labels"] == ["Milo"]
    assert found[1]["genres"] == ["Stage & Screen"]


def test_a_dead_run_makes_the_next_one_full(spark: SparkSession, lake: Bronze, tmp_path: Path) -> None:
    """Tables of several runs are never mixed: when a run died between them, everything is scored anew."""
    from spark_jobs.runtime.lake import Lake

    from spark_jobs.matching.increments import last_matching, matcher_fingerprint

    other = Bronze(tmp_path)
    for table, run in (("match_films", RUNS[1]), ("match_records", RUNS[0]), ("match_candidates", RUNS[0])):
        pointer = {
            "snapshot": run,
            "path": f"{table}/snapshot={run}",
            "rows": 1,
            "published_at": "",
            "previous": None,
        }
        other.write(f"gold/{table}/_current.json", json.dumps(pointer).encode())
    assert last_matching(Lake(spark, other.template), RUNS[2], matcher_fingerprint()) is None
    assert last_matching(Lake(spark, lake.template), "later", matcher_fingerprint()) is not None
    assert last_matching(Lake(spark, lake.template), "later", "another matcher") is None
