"""What is in MongoDB after exports: every document, what changed, what is checked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_jobs.export.declared import FILMS
from spark_jobs.export.documents import Stamp
from spark_jobs.export.job import Request, export, indexes, verify
from spark_jobs.export.mongo.address import MongoAddress
from spark_jobs.export.mongo.errors import DifferenceError, OvertakenError
from spark_jobs.export.mongo.server import Documents
from spark_jobs.export.rows import all_rows, plain_rows
from spark_jobs.export.source import Source, current_source
from spark_jobs.export.writing import Target, write
from spark_jobs.schemas.tables import MOVIES
from tests.integration.spark_jobs.builders.exported import FIRST, SECOND, THIRD, ExportLake
from tests.integration.spark_jobs.export.conftest import Contents, ThreeRuns, contents, rows_held


def runs_of(documents: Documents, collection: str) -> dict[Any, str]:
    """The run of each document."""
    return {each["_id"]: each["export_run"] for each in documents[collection].find()}


@pytest.mark.usefixtures("first_is_exported")
def test_the_first_export_writes_everything(documents: Documents) -> None:
    """Films that TMDB removed are left out; every field is gold's; `exports` says what is current."""
    assert runs_of(documents, "films") == dict.fromkeys((1, 2, 3, 5), FIRST)
    assert documents["releases"].find_one({"_id": 11})["barcodes"] == ["12345678"]
    current = documents["exports"].find_one({"_id": "current"})
    assert current["documents"] == 4 + 2 + 2 + 2 + 2 + 1
    assert (current["run"], current["state"], current["number"]) == (FIRST, "completed", 1)
    assert current["collections"]["films"]["count"] == 4
    assert current["begun"] <= current["ended"]


@pytest.mark.usefixtures("first_is_exported")
def test_odd_values_become_what_readers_can_use(documents: Documents) -> None:
    """NaN is null, a day of 1895 is a date, a map with dots and dollars in its keys is pairs, a null key is found."""
    film = documents["films"].find_one({"_id": 1})
    assert film["popularity"] is None
    assert film["release_date"] == datetime(1895, 12, 28, tzinfo=UTC)
    assert film["fetched_at"] == datetime(2026, 11, 20, 6, 30, 0, 123_000, UTC)
    link = documents["links"].find_one({"_id": 10})
    assert link["contributions"] == [{"key": "$c", "value": None}, {"key": "a.b", "value": 0.5}]
    assert documents["genre_pairs"].find_one({"_id": {"genre": None, "other_genre": "Drama"}})["films"] == 1


@pytest.mark.usefixtures("first_is_exported")
def test_the_next_export_writes_what_changed(
    spark: SparkSession, runs: ThreeRuns, address: MongoAddress, documents: Documents, quick: Request
) -> None:
    """Of each run the documents that it changed; what is gone is removed; a link's new lineage is no change."""
    figures = export(spark, runs.second, address, quick)
    assert runs_of(documents, "films") == {1: FIRST, 2: SECOND, 3: FIRST, 6: SECOND}
    assert runs_of(documents, "links") == {10: FIRST, 11: SECOND}
    assert (figures["documents"], figures["removed"]) == (3, 1)
    assert verify(runs.second, address, quick) == []


@pytest.fixture
def third_of_a_copy(spark: SparkSession, runs: ThreeRuns, tmp_path: Path) -> Iterator[Source]:
    """Films of the third run in a copy of the lake; afterwards the session knows the table of the lake again."""
    copy = ExportLake(spark, Path(shutil.copytree(runs.lake.root, tmp_path / "lake")))
    yield replace(current_source(spark, copy.addresses, 7), collections=(FILMS,))
    current_source(spark, runs.lake.addresses, 7).rows(FILMS)


@pytest.mark.slow
@pytest.mark.usefixtures("first_is_exported")
def test_what_changed_before_the_retention_is_exported_anew(
    spark: SparkSession,
    runs: ThreeRuns,
    third_of_a_copy: Source,
    address: MongoAddress,
    documents: Documents,
    quick: Request,
) -> None:
    """Files of the version that was exported last are gone: that collection is written whole, and is as gold is."""
    table = third_of_a_copy.tables.location(MOVIES)
    for file in DeltaTable(table, version=runs.first.version(FILMS).version).file_uris():
        Path(file.removeprefix("file://")).unlink()
    export(spark, third_of_a_copy, address, quick)
    assert runs_of(documents, "films") == dict.fromkeys((1, 2, 3, 5), THIRD)
    assert verify(third_of_a_copy, address, quick) == []


@pytest.mark.usefixtures("first_is_exported")
def test_an_export_done_twice_writes_nothing(
    spark: SparkSession, runs: ThreeRuns, address: MongoAddress, documents: Documents, quick: Request
) -> None:
    """The same set again: no document is touched, and the export completes."""
    figures = export(spark, runs.first, address, quick)
    assert (figures["documents"], figures["removed"], figures["number"]) == (0, 0, 2)
    assert set(runs_of(documents, "films").values()) == {FIRST}


@pytest.mark.slow
@pytest.mark.usefixtures("first_is_exported")
def test_a_full_export_writes_all_and_removes_the_rest(
    spark: SparkSession, runs: ThreeRuns, exported: Contents, address: MongoAddress, documents: Documents
) -> None:
    """`--full` rewrites every document and removes what gold does not have, whoever put it there."""
    documents["films"].insert_one({"_id": 99, "title": "x"})
    export(spark, runs.third, address, Request(is_full=True))
    assert runs_of(documents, "films") == dict.fromkeys((1, 2, 3, 5), THIRD)
    assert rows_held(contents(documents)) == rows_held(exported)


@pytest.mark.slow
@pytest.mark.usefixtures("first_is_exported")
def test_an_older_run_after_a_newer_writes_nothing(
    spark: SparkSession, runs: ThreeRuns, address: MongoAddress, documents: Documents, quick: Request
) -> None:
    """The set that gold published earlier is refused, and all stays as the newer one left it.

    The newer one, two runs after the older, writes nothing of what came and went between.
    """
    figures = export(spark, runs.third, address, quick)
    assert (figures["documents"], figures["removed"]) == (0, 0)
    newer = contents(documents)
    with pytest.raises(OvertakenError, match=THIRD):
        export(spark, runs.first, address, quick)
    assert contents(documents) == newer


@pytest.mark.slow
@pytest.mark.usefixtures("first_is_exported")
def test_an_export_that_is_overtaken_stops(
    spark: SparkSession,
    runs: ThreeRuns,
    exported: Contents,
    address: MongoAddress,
    documents: Documents,
    quick: Request,
) -> None:
    """A newer run's export begins and ends meanwhile: the older one writes nothing more."""

    def tell(done: str) -> None:
        if done == "indexed":
            export(spark, runs.third, address, quick)

    with pytest.raises(OvertakenError):
        export(spark, runs.second, address, Request(tell=tell))
    assert documents["exports"].find_one({"_id": "current"})["run"] == THIRD
    assert rows_held(contents(documents)) == rows_held(exported)


@pytest.mark.slow
def test_a_document_that_is_too_large_is_marked(
    spark: SparkSession, runs: ThreeRuns, address: MongoAddress, documents: Documents, quick: Request
) -> None:
    """Of a film of 17 MB its key is there, and how large it is; the others are whole."""
    films = runs.first.rows(FILMS)
    long = F.when(F.col("film_id") == 2, F.repeat(F.lit("x"), 17 << 20)).otherwise(F.col("overview"))
    rows = all_rows(plain_rows(films.withColumn("overview", long), FILMS))
    done = write(rows, Target(address, FILMS.name, FILMS.key, Stamp(FIRST, 1), 20))
    assert [name.partition(":")[0] for name in done.too_large] == ["2"]
    marked = documents["films"].find_one({"_id": 2})
    assert marked["film_id"] == 2
    assert "overview" not in marked
    assert marked["export_too_large_bytes"] > 17 << 20
    assert documents["films"].find_one({"_id": 3})["title"] == "Marsh"


@pytest.mark.slow
def test_what_is_inserted_again_is_replaced(
    spark: SparkSession, runs: ThreeRuns, address: MongoAddress, documents: Documents
) -> None:
    """A task that is done again in what began as an empty collection writes the same documents over its own."""
    rows = all_rows(plain_rows(runs.first.rows(FILMS), FILMS))
    for number in (1, 2):
        target = Target(address, FILMS.name, FILMS.key, Stamp(FIRST, number), 20, is_empty=True)
        assert write(rows, target).documents == 4
    assert {each["_id"]: each["export_number"] for each in documents["films"].find()} == dict.fromkeys(
        (1, 2, 3, 5), 2
    )


@pytest.mark.slow
@pytest.mark.usefixtures("first_is_exported")
@pytest.mark.parametrize("planted", ["removed", "added", "stale"])
def test_a_difference_fails_the_export_and_the_next_one_mends_it(
    spark: SparkSession,
    runs: ThreeRuns,
    exported: Contents,
    address: MongoAddress,
    documents: Documents,
    quick: Request,
    planted: str,
) -> None:
    """A document lost, added or of another content is found by name; the last good export stays current."""
    if planted == "removed":
        documents["films"].delete_one({"_id": 3})
    elif planted == "added":
        documents["films"].insert_one({"_id": 99, "title": "x"})
    else:
        documents["films"].update_one({"_id": 3}, {"$set": {"export_digest": 1}})
    with pytest.raises(DifferenceError, match="films holds") as raised:
        export(spark, runs.first, address, quick)
    assert raised.value.collections == ("films",)
    assert documents["exports"].find_one({"_id": "current"})["number"] == 1
    failed = documents["exports"].find_one({"_id": 2})
    assert (failed["state"], failed["differing"]) == ("failed", ["films"])
    export(spark, runs.first, address, quick)
    assert rows_held(contents(documents)) == rows_held(exported)


@pytest.mark.slow
@pytest.mark.usefixtures("first_is_exported")
def test_a_field_changed_by_hand_is_found(
    spark: SparkSession, runs: ThreeRuns, address: MongoAddress, documents: Documents, quick: Request
) -> None:
    """`--verify` names the document, where counts and checksums see nothing."""
    documents["films"].update_one({"_id": 3}, {"$set": {"title": "Swamp"}})
    documents["links"].delete_one({"_id": 10})
    found = verify(runs.first, address, quick)
    assert found == ["films 3", "links 10", "links holds 1 documents, gold 2"]


def test_an_index_that_nobody_declares_is_named_and_stays(
    address: MongoAddress, documents: Documents, quick: Request
) -> None:
    """Declared ones are made; making them again changes nothing."""
    documents["films"].create_index([("runtime_min", 1)], name="by_hand")
    assert indexes(address, quick) == ["films.by_hand"]
    assert indexes(address, quick) == ["films.by_hand"]
    there = documents["films"].index_information()
    assert there["by_hand"]["key"] == [("runtime_min", 1)]
    assert [(name, int(way)) for name, way in there["release_year_1_revenue_-1"]["key"]] == [
        ("release_year", 1),
        ("revenue", -1),
    ]
