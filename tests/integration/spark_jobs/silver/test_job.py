"""The silver job on a small bronze with everything wrong that can be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.schemas.tables import SILVER
from spark_jobs.silver.job import run_silver
from spark_jobs.silver.quality.scores import Gates
from tests.integration.spark_jobs.builders.bronze_files import Bronze, answer, blob, film, page, record

FIRST, SECOND, THIRD = "20261120T063000Z-0001", "20261120T103000Z-0002", "20261120T143000Z-0003"
LATER = "2026-11-20T10:30:00.000000Z"
OPEN = Gates(completeness=0, consistency=0)
BAD_FILM_LINES = (
    '{"source": "tmdb", "kind": "det',
    '["another", "shape"]',
    '{"kind": "details", "status": "?"}',
    answer("details", {"id": 7}),
    answer("details", {"title": "No id"}),
    answer("details", {"status_code": 11}, status=500, path="/3/movie/8"),
)


@dataclass
class Outcome:
    """What three runs of the job left behind."""

    lake: Bronze
    spark: SparkSession
    manifests: dict[str, Any]

    def rows(self, table: str, run_id: str) -> dict[int, dict[str, Any]]:
        """A table's rows after a run, by their first column."""
        return {next(iter(row.values())): row for row in self.lake.rows(f"silver.{table}", run_id)}

    def quarantine(self, run_id: str) -> list[dict[str, Any]]:
        """Quarantined rows of a run."""
        return [row for row in self.lake.rows("silver.quarantine", run_id) if row["run_id"] == run_id]


def first_run() -> dict[str, dict[str, bytes]]:
    """A full run: good films twice, torn, empty and foreign blobs, bad lines, odd values."""
    whole = blob(*[answer("details", film(100 + n, f"Filler {n}", overview="x" * n)) for n in range(400)])
    films = {
        "a": blob(answer("details", film(1, "Old Name")), answer("details", film(2, "Stays"))),
        "b": blob(answer("details", film(1, "New Name"), LATER)),
        "c": blob(*BAD_FILM_LINES),
        "odd": blob(
            answer(
                "details",
                film(
                    "3", "  Odd \u05e9\u05dc\u05d5\u05dd \U0001f3ac ", release_date="0000-00-00", runtime=-4
                ),
            )
        ),
        "torn": whole[: len(whole) - 40],
        "empty": b"",
        "foreign": b"<html>Bad gateway</html>",
    }
    results = [
        record(50, "Hans Mori - New Name (Original Motion Picture Soundtrack)"),
        record(51, "Various - Stays", year="0"),
    ]
    return {"details": films, "search": {"s": blob(page(*results, {"title": "no id"}), page())}}


def second_run() -> dict[str, dict[str, bytes]]:
    """An incremental run: one film is gone upstream, another was never known, a record changed."""
    gone = [answer("details", {"status_code": 34}, LATER, 404, f"/3/movie/{n}") for n in (2, 9999)]
    detail = {"id": 51, "title": "Stays", "artists": [{"name": "Various"}], "year": 2015, "styles": ["Score"]}
    return {
        "details": {"g": blob(*gone, answer("details", film(4, "Fourth"), LATER))},
        "release": {"r": blob(answer("release", detail, LATER, path="/releases/51"))},
    }


@pytest.fixture(scope="module")
def outcome(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A full run, an incremental one, and one in which only records arrived."""
    lake = Bronze(tmp_path_factory.mktemp("lake"))
    lake.land(FIRST, first_run())
    lake.land(SECOND, second_run(), "incremental")
    lake.land(THIRD, {"search": {"s": blob(page(record(52, "Eva Lund - Third"), at=LATER))}}, "incremental")
    runs = (FIRST, SECOND, THIRD)
    manifests = {run_id: run_silver(spark, run_id, lake.addresses, OPEN) for run_id in runs}
    return Outcome(lake, spark, manifests)


def test_the_latest_answer_wins(outcome: Outcome) -> None:
    """Of two answers about one film the later is kept, with its source."""
    row = outcome.rows("movies", FIRST)[1]
    assert row["title"] == "New Name"
    assert row["clean_title"] == "new name"
    assert row["source_blob"].endswith("/b.jsonl.gz")
    assert row["source_blob"].startswith("tmdb/details/")


def test_values_are_typed_and_impossible_ones_are_null(outcome: Outcome) -> None:
    """Ids as text are ids; zero money, negative minutes and impossible dates are null; text is trimmed."""
    rows = outcome.rows("movies", FIRST)
    assert (rows[1]["release_year"], rows[1]["budget"], rows[1]["revenue"], rows[1]["runtime_min"]) == (
        2014,
        None,
        5,
        100,
    )
    assert (rows[1]["composers"], rows[1]["directors"]) == (["Hans Mori"], ["Lea Brandt"])
    assert rows[1]["top_cast"] == ["First", "Second"]
    assert (rows[3]["release_date"], rows[3]["runtime_min"]) == (None, None)
    assert rows[3]["title"] == "Odd \u05e9\u05dc\u05d5\u05dd \U0001f3ac"


def test_a_torn_blob_gives_its_whole_lines(outcome: Outcome) -> None:
    """Most of the torn blob's films are in the table, and the tear is in the quarantine."""
    films = [film_id for film_id in outcome.rows("movies", FIRST) if film_id >= 100]
    assert 50 < len(films) < 400
    assert any("torn" in row["reason"] for row in outcome.quarantine(FIRST))


def test_what_cannot_be_read_is_quarantined_with_the_reason(outcome: Outcome) -> None:
    """Every bad blob, line, film and record is there once, with rule, reason and place."""
    rows = outcome.quarantine(FIRST)
    reasons = [row["reason"] for row in rows]
    for expected in (
        "blob is empty",
        "not gzip",
        "not a JSON object",
        "no status",
        "no title",
        "no film id",
        "no release id",
    ):
        assert any(expected in reason for reason in reasons), (expected, reasons)
    assert any("answered with an error" in reason for reason in reasons)
    assert len(rows) == len(BAD_FILM_LINES) + 3 + 1
    assert outcome.manifests[FIRST]["counts"]["quarantined"] == len(rows)
    assert any(row["raw"] == BAD_FILM_LINES[0] and row["line_no"] == 1 for row in rows)
    assert json.loads(next(row["raw"] for row in rows if row["table"] == "releases")) == {"title": "no id"}


def test_records_are_taken_apart(outcome: Outcome) -> None:
    """Artist, title and clean title are split; a year of 0 is null; 'Various' is nobody."""
    rows = outcome.rows("releases", FIRST)
    assert (rows[50]["artist"], rows[50]["artists"], rows[50]["clean_title"]) == (
        "Hans Mori",
        ["Hans Mori"],
        "new name",
    )
    assert (rows[51]["year"], rows[51]["artists"], rows[51]["have"]) == (None, [], 3)


def test_an_incremental_run_keeps_what_it_did_not_see(outcome: Outcome) -> None:
    """New rows join the current snapshot; a film gone upstream is kept and marked, an unknown one gives nothing."""
    before, after = outcome.rows("movies", FIRST), outcome.rows("movies", SECOND)
    assert set(after) == set(before) | {4}
    assert after[2]["status"] == "removed upstream"
    assert after[2]["title"] == "Stays"
    assert after[1] == before[1]


def test_a_release_detail_replaces_the_search_result(outcome: Outcome) -> None:
    """The later answer wins, of whatever kind; its title gets the artist Discogs leaves out."""
    row = outcome.rows("releases", SECOND)[51]
    assert (row["title"], row["year"], row["styles"]) == ("Various - Stays", 2015, ["Score"])


def test_credits_follow_their_film(outcome: Outcome) -> None:
    """A new answer replaces the film's credits; those of films not answered, or gone, stay as they were."""
    credited = [
        row for row in outcome.lake.rows("silver.cast_credits", SECOND) if row["film_id"] in (1, 2, 4)
    ]
    rows = sorted(credited, key=lambda row: (row["film_id"], row["position"]))
    billed = ("Second", 1), ("First", 0)
    assert [(r["film_id"], r["name"], r["billing_order"]) for r in rows] == [
        (film_id, *place) for film_id in (1, 2, 4) for place in billed
    ]
    assert outcome.manifests[SECOND]["counts"]["silver_crew_credits"] == 2 * len(
        outcome.rows("movies", SECOND)
    )


def test_a_table_nothing_arrived_for_stays(outcome: Outcome) -> None:
    """The third run's films are those that the second wrote, at a version of the third's own."""
    second, third = (outcome.manifests[run_id]["tables"] for run_id in (SECOND, THIRD))
    assert third["movies"]["content"] == second["movies"]["version"] < third["movies"]["version"]
    assert third["releases"]["content"] == third["releases"]["version"] > second["releases"]["version"]
    assert third["releases"]["rows"] == 3
    assert outcome.rows("movies", THIRD) == outcome.rows("movies", SECOND)


def test_manifest_set_and_metrics_agree(outcome: Outcome) -> None:
    """Counts and versions are the same in all three, and the set names the one before it."""
    manifest = outcome.lake.json(f"control/silver/{SECOND}.json")
    current = outcome.lake.json("control/tables/silver.json")
    metrics = outcome.lake.json(f"metrics/{SECOND}/silver.json")
    assert manifest == outcome.manifests[SECOND]
    assert (
        manifest["counts"]["silver_movies"]
        == manifest["tables"]["movies"]["rows"]
        == metrics["counts"]["silver_movies"]
    )
    assert (current["run_id"], current["tables"]) == (THIRD, outcome.manifests[THIRD]["tables"])
    assert current["previous"] == {"run_id": SECOND, "tables": manifest["tables"]}
    assert set(metrics["step_seconds"]) == {"read", "assess", "check", "publish"}
    assert not (outcome.lake.root / "state/staging/silver").exists()


def test_tables_have_their_schema(outcome: Outcome) -> None:
    """Written columns are those of the definition, in order, with their comments and what may not be null."""
    for table in SILVER:
        found = outcome.lake.table(outcome.spark, table.full_name, FIRST).schema
        assert [(f.name, f.dataType, f.metadata) for f in found] == [
            (f.name, f.dataType, f.metadata) for f in table.columns
        ]
        assert {f.name for f in found if not f.nullable} == set(table.required)


def test_a_rerun_ends_the_same(outcome: Outcome) -> None:
    """Running the last run again changes neither rows, nor versions, nor counts."""
    before, tables = outcome.rows("releases", THIRD), outcome.manifests[THIRD]["tables"]
    again = run_silver(outcome.spark, THIRD, outcome.lake.addresses, OPEN)
    assert again["counts"] == outcome.manifests[THIRD]["counts"]
    assert outcome.rows("releases", THIRD) == before
    assert {name: again["tables"][name] for name in tables if name != "quarantine"} == {
        name: tables[name] for name in tables if name != "quarantine"
    }


def test_a_missing_manifest_is_named(spark: SparkSession, tmp_path: Path) -> None:
    """The error says which file is not there."""
    with pytest.raises(LakeError, match=r"bronze/nope\.json"):
        run_silver(spark, "nope", Bronze(tmp_path).addresses)
