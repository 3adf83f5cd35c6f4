"""Gold over several runs: only what changed is scored, and the tables are those of a full run."""

from __future__ import annotations

import json
import shutil

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from spark_jobs.lakehouse.lake import open_lake
from spark_jobs.matching.increments import LastMatching, MatcherState, matcher_fingerprint
from tests.integration.spark_jobs.builders.bronze_files import Bronze
from tests.integration.spark_jobs.builders.three_runs import (
    LIVING_TWIN,
    OTHER_FILM,
    OTHER_RECORD,
    RUNS,
    TWINS_RECORD,
)

pytestmark = pytest.mark.slow

COMPARED = (
    *("match_films", "match_records", "match_candidates", "matches"),
    *("unmatched_releases", "unmatched_films", "film_soundtracks"),
)


def rows(lake: Bronze, table: str, run: str) -> list[str]:
    """Rows of a table after a run, or of the matcher's state, in an order of their own."""
    folder = lake.root / f"state/matching/{run}/{table}"
    if folder.exists():
        found = pq.read_table(folder).to_pylist()
    else:
        version = lake.json(f"control/gold/{run}.json")["tables"][table]["version"]
        found = DeltaTable(lake.root / "tables/gold" / table, version=version).to_pyarrow_table().to_pylist()
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in found)


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
        TWINS_RECORD: LIVING_TWIN,
        OTHER_RECORD: OTHER_FILM,
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
    """Probability equals score; band, rival and the versions it was made from stand in the row."""
    found = {row["release_id"]: row for row in map(json.loads, rows(lake, "matches", RUNS[1]))}
    row = found[10]
    assert row["probability"] == row["score"]
    assert (row["band"], row["is_ambiguous"], row["rival_film_id"]) == ("strong", False, 3)
    silver = lake.json(f"control/silver/{RUNS[1]}.json")["tables"]
    made_of = {name: row[f"{name}_version"] for name in ("movies", "releases")}
    assert made_of == {name: silver[name]["version"] for name in made_of}
    assert len(row["matcher"]) == 16


def test_what_stays_unmatched_says_why(lake: Bronze) -> None:
    """Each record and each film is either matched or listed with its nearest miss."""
    records = {row["release_id"]: row for row in map(json.loads, rows(lake, "unmatched_releases", RUNS[1]))}
    films = {row["film_id"]: row for row in map(json.loads, rows(lake, "unmatched_films", RUNS[1]))}
    matched = [json.loads(row) for row in rows(lake, "matches", RUNS[1])]
    assert {row["release_id"] for row in matched} | set(records) == {
        *range(10, 16),
        TWINS_RECORD,
        OTHER_RECORD,
    }
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


def test_what_the_last_run_left_is_used_only_when_it_is_whole(spark: SparkSession, lake: Bronze) -> None:
    """Without its state, with another matcher, or before there was a run, everything is scored anew."""
    ours = matcher_fingerprint()

    def last(run_id: str, matcher: str = ours) -> LastMatching | None:
        return MatcherState(open_lake(spark, lake.addresses, "gold", run_id), run_id).last(matcher)

    found = last("later")
    assert found is not None
    assert found.run_id == RUNS[2]
    assert last("later", "another matcher") is None
    shutil.move(lake.root / f"state/matching/{RUNS[2]}", lake.root / "elsewhere")
    try:
        assert last("later") is None
    finally:
        shutil.move(lake.root / "elsewhere", lake.root / f"state/matching/{RUNS[2]}")
