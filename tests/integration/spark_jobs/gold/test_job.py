"""The gold job on silver tables, from silver's manifest to matches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from spark_jobs.explain import explain, lines
from spark_jobs.gold.job import run_gold
from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.schemas.gold import CANDIDATES
from spark_jobs.schemas.relations import KEYS, RELATIONS
from spark_jobs.silver.job import run_silver
from spark_jobs.views.catalogue import VIEWS
from tests.builders.notebooks import app_that_answers, executed
from tests.integration.spark_jobs.builders.bronze_files import Bronze, answer, blob, film, page, record
from tests.integration.spark_jobs.builders.serverless import Refused, refusing

RUN = "20261120T063000Z-0001"
NOBODY = {"credits": {"cast": [], "crew": []}}
FILMS = (
    film(1, "Far Astray"),
    film(2, "Far Astray", release_date="1990-01-01", **NOBODY),
    film(3, "Far Astray II", release_date="2017-01-01"),
    film(
        4,
        "Le Grand Lac",
        original_title="Velikoye Ozero",
        alternative_titles={"titles": [{"title": "The Big Lake"}]},
    ),
    *[film(100 + n, f"Home {n}", **NOBODY) for n in range(40)],
)
RECORDS = (
    record(10, "Hans Mori - Far Astray (Original Motion Picture Soundtrack)"),
    record(11, "Hans Mori (2) - FAR ASTRAY", year="2044"),
    record(12, "Various - Far Astray 2: Music From The Motion Picture", year="2017"),
    record(13, "Hans Mori - The Big Lake"),
    record(
        14,
        "DJ Nobody - Far Astray",
        genre=["Electronic"],
        style=["Techno"],
        format=["Vinyl", '12"'],
        year="1996",
    ),
    record(15, "Eva Lund - Something Else Entirely"),
)


@pytest.fixture(scope="module")
def gold(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bronze, dict[str, Any]]:
    """A lake after silver and gold, in a session that refuses what serverless compute refuses."""
    lake = Bronze(tmp_path_factory.mktemp("lake"))
    lake.land(
        RUN,
        {
            "details": {"a": blob(*[answer("details", f) for f in FILMS])},
            "search": {"s": blob(page(*RECORDS))},
        },
    )
    with refusing(spark):
        run_silver(spark, RUN, lake.addresses)
        return lake, run_gold(spark, RUN, lake.addresses)


@pytest.fixture(scope="module")
def matches(gold: tuple[Bronze, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Published matches by release id."""
    return {row["release_id"]: row for row in gold[0].rows("gold.matches", RUN)}


def test_each_record_gets_the_film_it_belongs_to(matches: dict[int, dict[str, Any]]) -> None:
    """Namesakes, sequels, reissues and alternative titles are told apart; other music has no film."""
    assert {release: row["film_id"] for release, row in matches.items()} == {10: 1, 11: 1, 12: 3, 13: 4}


def test_a_match_carries_its_evidence(matches: dict[int, dict[str, Any]]) -> None:
    """Score, margin, person, year gap and a sentence stand in the row."""
    row = matches[10]
    assert row["score"] > 0.9
    assert 0 < row["margin"] <= row["score"]
    assert (row["person"], row["year_gap"], row["rank"]) == ("Hans Mori", 0, 1)
    assert row["contributions"]["composer"] > 0
    assert row["reason"] == (
        "title exact after removing 'Original Motion Picture Soundtrack'; composer Hans Mori is the artist; "
        "film 2014, release 2014"
    )


def test_counts_and_metrics_are_written(gold: tuple[Bronze, dict[str, Any]], matches: dict[int, Any]) -> None:
    """Manifest, set and metrics agree; thresholds and inputs are on record."""
    lake, manifest = gold
    metrics = lake.json(f"metrics/{RUN}/gold.json")
    current, silver = lake.json("control/tables/gold.json"), lake.json(f"control/silver/{RUN}.json")
    assert manifest["counts"]["matches"] == len(matches) == current["tables"]["matches"]["rows"]
    assert manifest["counts"]["candidates"] >= len(matches)
    assert lake.json(f"control/gold/{RUN}.json") == manifest
    versions = {name: silver["tables"][name]["version"] for name in ("movies", "releases")}
    assert metrics["lineage"]["inputs"] == versions
    assert metrics["lineage"]["thresholds"]["score"] > 0


def test_keys_and_relations_hold(gold: tuple[Bronze, dict[str, Any]]) -> None:
    """What docs and contract say: no key occurs twice, and what leads to a row of another table finds it."""

    def values(name: str, *columns: str) -> list[tuple[Any, ...]]:
        stage, _, table = name.partition(".")
        entry = gold[0].json(f"control/{stage}/{RUN}.json")["tables"][table]
        found = DeltaTable(gold[0].folder(name), version=entry["version"]).to_pyarrow_table(
            columns=list(columns)
        )
        return [tuple(row[column] for column in columns) for row in found.to_pylist()]

    for name, key in KEYS.items():
        rows = values(name, *key)
        assert len(set(rows)) == len(rows), name
    for relation in RELATIONS:
        led = {value for value in values(relation.table.full_name, relation.column) if value != (None,)}
        assert led <= set(values(relation.parent.full_name, relation.parent_column)), relation


def test_candidates_rank_within_a_record(gold: tuple[Bronze, dict[str, Any]]) -> None:
    """Every pair once, ranks without gaps, scores of a record at most 1."""
    found = gold[0].rows("gold.match_candidates", RUN)
    assert list(found[0]) == [field.name for field in CANDIDATES]
    assert len({(row["film_id"], row["release_id"]) for row in found}) == len(found)
    for release in {row["release_id"] for row in found}:
        mine = sorted((row for row in found if row["release_id"] == release), key=lambda row: row["rank"])
        assert [row["rank"] for row in mine] == list(range(1, len(mine) + 1))
        assert sum(row["score"] for row in mine) <= 1.0


def test_every_view_is_published_with_its_report(gold: tuple[Bronze, dict[str, Any]]) -> None:
    """Each view has a version of exactly its columns and its rows in the manifest; report and index are there."""
    lake, manifest = gold
    for view in VIEWS:
        version = lake.version(f"gold.{view.name}", RUN)
        stored = DeltaTable(lake.folder(f"gold.{view.name}"), version=version).to_pyarrow_table()
        assert stored.column_names == view.schema.fieldNames()
        assert manifest["tables"][view.name]["rows"] == stored.num_rows
    kpis = lake.rows("gold.kpis", RUN)
    assert {row["name"]: row["value"] for row in kpis}["films"] == len(FILMS)
    assert "Far Astray" in (lake.root / f"report/{RUN}/index.html").read_text(encoding="utf-8")
    assert lake.json("search/_current.json")["snapshot"] == RUN


def test_a_rerun_changes_nothing(spark: SparkSession, gold: tuple[Bronze, dict[str, Any]]) -> None:
    """The same run again gives the same counts and versions."""
    lake, manifest = gold
    again = run_gold(spark, RUN, lake.addresses, with_views=False)
    assert again["counts"] == manifest["counts"]
    assert again["tables"] == {name: manifest["tables"][name] for name in again["tables"]}


def test_the_session_of_these_tests_refuses(spark: SparkSession) -> None:
    """Frames in memory and settings but the time zone are refused, as on serverless compute."""
    with refusing(spark):
        spark.conf.set("spark.sql.session.timeZone", "UTC")
        for forbidden in (spark.range(1).persist, spark.range(1).localCheckpoint):
            with pytest.raises(Refused):
                forbidden()
        with pytest.raises(Refused):
            spark.conf.set("spark.sql.shuffle.partitions", "3")


def test_gold_without_silver_says_what_to_do(spark: SparkSession, tmp_path: Path) -> None:
    """The error names the manifest and the job to run."""
    with pytest.raises(LakeError, match="run the silver job first"):
        run_gold(spark, RUN, Bronze(tmp_path).addresses)


def test_gold_of_an_empty_silver_is_empty(spark: SparkSession, tmp_path: Path) -> None:
    """No tables, no matches, no failure."""
    lake = Bronze(tmp_path)
    lake.write(f"control/silver/{RUN}.json", b'{"tables": {}, "created_at": "2026-11-20T06:30:00Z"}')
    found = run_gold(spark, RUN, lake.addresses, with_views=False)
    assert found["counts"] == {"candidates": 0, "matches": 0}


def test_a_match_can_be_explained_from_the_lake(
    spark: SparkSession, gold: tuple[Bronze, dict[str, Any]]
) -> None:
    """The tables as they are, and as the run left them, tell the same of a pair; a run that never was is an error."""
    addresses = gold[0].addresses
    now, then = (explain(spark, addresses, 1, 10, run) for run in (None, RUN))
    assert now == then
    assert now.match and now.match["film_id"] == 1
    assert "decision: this film" in "\n".join(lines(now, 1, 10))
    with pytest.raises(LakeError):
        explain(spark, addresses, 1, 10, "20991231T000000Z-0000")


def test_matches_carry_their_type_and_what_is_published(matches: dict[int, dict[str, Any]]) -> None:
    """The composer's record is the score and sure enough to publish; a Various one holds songs."""
    assert (matches[10]["link_type"], matches[10]["published"]) == ("score", True)
    assert matches[12]["link_type"] == "songs"


def test_the_notebooks_run_from_top_to_bottom(
    gold: tuple[Bronze, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over this lake, and an app that answers: runs, tables, a match taken apart, and too few films to regress."""
    state = {"progress": {}, "troubles": {}, "stages": {}, "counts": {"matches": 4}, "reason": None}
    with app_that_answers("k", RUN, [{"state": "completed", **state}]) as url:
        addresses = gold[0].addresses
        for name, value in (
            ("TABLES_URI", addresses.tables), ("FILES_PATH", addresses.files), ("CROSSFADE_URL", url),
            ("CROSSFADE_KEY", "k"),
        ):  # fmt: skip
            monkeypatch.setenv(name, value)
        shown = executed(("runner", "inspection", "matching", "films_and_music"))
    assert "completed: no answers yet" in shown["runner"] and "matches" in shown["runner"]
    assert RUN in shown["inspection"] and "silver.movies" in shown["inspection"]
    assert "Far Astray" in shown["matching"] and "composer" in shown["matching"]
    assert "films are too few for a regression" in shown["films_and_music"]
