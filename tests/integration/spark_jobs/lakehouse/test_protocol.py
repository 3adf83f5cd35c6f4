"""A table is one that others can read and write, whatever was done to it."""

from __future__ import annotations

import json
from dataclasses import replace

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError
from pyspark.sql.types import StructType

from spark_jobs.lakehouse.errors import TableSchemaError
from spark_jobs.lakehouse.sets import TableVersion
from spark_jobs.schemas.fields import DOUBLE, INT, LONG, STRING, column
from tests.integration.spark_jobs.builders.things import COLUMNS, THINGS, WITH_COLOUR, Things

PLAIN = {
    "delta.enableDeletionVectors": "false",
    "delta.columnMapping.mode": "none",
    "delta.checkpointPolicy": "classic",
    "delta.constraints.rating_of_ten": "rating IS NULL OR rating BETWEEN 0 AND 10",
    "delta.dataSkippingStatsColumns": "id",
}
REWORDED = replace(
    WITH_COLOUR,
    row="a thing of the house",
    columns=StructType([column("id", LONG, "its new number"), *WITH_COLOUR.columns[1:]]),
    checks={**THINGS.checks, "number_not_negative": "id >= 0"},
)


def check(things: Things, comments: tuple[str, ...] = ("its number", "what it's called", "0 to 10")) -> None:
    """Protocol, properties, NOT NULL and comments as they stand, in the words of delta-rs."""
    table = DeltaTable(things.folder)
    protocol, metadata = table.protocol(), table.metadata()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 3)
    assert not protocol.reader_features
    assert PLAIN.items() <= metadata.configuration.items()
    fields = json.loads(table.schema().to_json())["fields"]
    assert [field["name"] for field in fields if not field["nullable"]] == ["id"]
    assert tuple(field["metadata"]["comment"] for field in fields) == comments


@pytest.fixture(scope="module")
def first(things: Things) -> TableVersion:
    """The table as the first run leaves it."""
    return things.tables("one").replace_all(THINGS, things.rows(cup=1), None)


@pytest.fixture(scope="module")
def evolved(things: Things, first: TableVersion) -> TableVersion:
    """The table after every kind of write, evolved at last."""
    check(things)
    assert DeltaTable(things.folder).metadata().description == "a thing that isn't a film"
    second = things.tables("two", "one").replace_all(THINGS, things.rows(cup=1, jug=2), first)
    check(things)
    third = things.tables("three", "two").replace_keys(THINGS, things.rows(mug=2), [2], second)
    check(things)
    kept = things.tables("four", "three").keep(THINGS, third)
    check(things)
    restored = things.tables("five", "four").restore(THINGS, second)
    check(things)
    things.tables("five", "four").vacuum(THINGS)
    check(things)
    assert kept.version + 1 == restored.version
    return things.tables("six", "five").keep(WITH_COLOUR, restored)


def test_every_kind_of_write_leaves_it_plain(things: Things, evolved: TableVersion) -> None:
    """Reader 1, writer 3, no mapping, no vectors, no clustering; a new column comes with its comment."""
    check(things, ("its number", "what it's called", "0 to 10", "as one sees it"))
    detail = things.spark.sql(f"DESCRIBE DETAIL delta.`{things.folder}`").collect()[0]
    assert detail.clusteringColumns == []
    assert things.found(evolved) == {1: "cup", 2: "jug"}


def test_rows_of_a_new_column_are_written(things: Things, evolved: TableVersion) -> None:
    """Old rows have none of it, new ones do, and the column is not added twice."""
    row = things.spark.createDataFrame([(2, "jug", 1.0, "blue")], WITH_COLOUR.columns)
    said = things.tables("seven", "six").replace_keys(WITH_COLOUR, row, [2], evolved)
    found = DeltaTable(things.folder, version=said.version).to_pyarrow_table().to_pylist()
    assert {row["id"]: row["colour"] for row in found} == {1: None, 2: "blue"}
    assert things.commits()[evolved.version + 1 :] == ["WRITE"]


def test_new_words_reach_the_table(things: Things, evolved: TableVersion) -> None:
    """Comments, retention and constraints are those of the definition, and set only once."""
    for run in ("eight", "nine"):
        things.tables(run, "six", days=30).replace_where(REWORDED, _jug(things), "id = 2")
        check(things, ("its new number", "what it's called", "0 to 10", "as one sees it"))
    metadata = DeltaTable(things.folder).metadata()
    assert metadata.description == "a thing of the house"
    assert metadata.configuration["delta.constraints.number_not_negative"] == "id >= 0"
    for name in ("deletedFile", "log"):
        assert metadata.configuration[f"delta.{name}RetentionDuration"] == "interval 2592000 seconds"
    assert things.commits().count("ADD CONSTRAINT") == 1
    assert things.commits()[-1] == "WRITE"


def _jug(things: Things):  # type: ignore[no-untyped-def]
    return things.spark.createDataFrame([(2, "jug", 1.0, "red")], WITH_COLOUR.columns)


def test_delta_rs_may_append(things: Things, evolved: TableVersion) -> None:
    """It can, and holds to the constraints and NOT NULL."""
    good = {"id": [5], "name": ["pan"], "rating": [2.0], "colour": ["red"]}
    write_deltalake(things.folder, pa.table(good), mode="append")
    assert things.found()[5] == "pan"
    for bad in ({"rating": [11.0]}, {"id": pa.array([None], pa.int64())}):
        with pytest.raises((DeltaError, ValueError, OSError)):
            write_deltalake(things.folder, pa.table({**good, **bad}), mode="append")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (COLUMNS[:2], "has a column rating that this version does not write"),
        ([COLUMNS[0], column("name", INT, ""), COLUMNS[2]], r"things\.name is string and would become int"),
        ([*COLUMNS, column("must", STRING, "")], "has no column must yet, and rows without it"),
    ],
)
def test_a_definition_that_lost_something_is_refused(
    things: Things, evolved: TableVersion, columns: list, message: str
) -> None:
    """A column gone, retyped, or new and required stops before anything is altered."""
    columns = [*columns, WITH_COLOUR.columns[3]]
    other = replace(
        WITH_COLOUR,
        columns=StructType(columns),
        required=("id", *[c.name for c in columns if c.name == "must"]),
    )
    before = len(things.commits())
    with pytest.raises(TableSchemaError, match=rf"spark_catalog\.silver\.things.*{message}|{message}"):
        things.tables("ten", "six").keep(other, replace(evolved, definition="another"))
    assert len(things.commits()) == before


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (column("id", INT, ""), "id as int, not bigint"),
        (column("id", DOUBLE, ""), "id as double, not bigint"),
        (None, "no column id"),
        (column("ID", LONG, ""), "no column id; a column ID that the table does not have"),
    ],
)
def test_rows_of_another_shape_are_refused(
    things: Things, evolved: TableVersion, field: object, message: str
) -> None:
    """Delta would cast 2.9 to 2 and fill what is missing; here nothing is written at all."""
    fields = [*([field] if field else []), *WITH_COLOUR.columns[1:]]
    value = [] if field is None else [2.9 if field.dataType == DOUBLE else 2]  # type: ignore[attr-defined]
    rows = things.spark.createDataFrame([(*value, "jug", 1.0, "red")], StructType(fields))
    before = len(things.commits())
    with pytest.raises(TableSchemaError, match=f"rows for silver.things have {message}: mend"):
        things.tables("ten", "six").replace_keys(WITH_COLOUR, rows, [2], evolved)
    assert len(things.commits()) == before
