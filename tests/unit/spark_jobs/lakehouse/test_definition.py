"""Definitions of tables, and the SQL that makes and alters them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import ArrayType, DoubleType, LongType, MapType, StringType, StructField, StructType

from spark_jobs.lakehouse.definition import FoundTable, TableDefinition, quoted, same_type
from spark_jobs.lakehouse.errors import TableSchemaError
from spark_jobs.schemas.fields import DOUBLE, INT, LONG, STRING, column
from spark_jobs.schemas.tables import MATCHING, SILVER
from spark_jobs.views.catalogue import GOLD

ID, NAME, RATING = column("id", LONG, "its number"), column("name", STRING, "it's"), column("r", DOUBLE, "")
THINGS = TableDefinition(
    "silver",
    "things",
    "a thing",
    StructType([ID, NAME]),
    key="id",
    required=("id",),
    checks={"positive": "id > 0"},
)
AS_DEFINED = FoundTable(THINGS.columns, THINGS.properties(7), "a thing")


def test_a_table_is_made_with_all_it_promises() -> None:
    """Columns, NOT NULL, comments, place, retention, statistics and constraints stand in one statement."""
    sql = THINGS.create("c.silver.things", "file:///lake/it's", 7)
    assert sql.startswith(
        "CREATE TABLE IF NOT EXISTS c.silver.things (`id` bigint NOT NULL COMMENT 'its number', "
    )
    assert (
        "`name` string COMMENT 'it\\'s') USING delta LOCATION 'file:///lake/it\\'s' COMMENT 'a thing' " in sql
    )
    for pair in (
        "'delta.constraints.positive' = 'id > 0'",
        "'delta.dataSkippingStatsColumns' = 'id'",
        "'delta.deletedFileRetentionDuration' = 'interval 604800 seconds'",
        "'delta.enableDeletionVectors' = 'false'",
    ):
        assert pair in sql


def test_retention_is_a_second_at_least() -> None:
    """Delta takes whole seconds."""
    kept = [THINGS.properties(days)["delta.logRetentionDuration"] for days in (2 / 86_400, 1e-9)]
    assert kept == ["interval 2 seconds", "interval 1 seconds"]


def test_the_digest_changes_with_the_definition() -> None:
    """With columns, comments, constraints and retention; the same definition has the same digest."""
    others = [
        replace(THINGS, row="something"),
        replace(THINGS, columns=StructType([ID, NAME, RATING])),
        replace(THINGS, columns=StructType([ID, column("name", STRING, "other words")])),
        replace(THINGS, checks={}),
        replace(THINGS, required=()),
        replace(THINGS, has_change_feed=True),
    ]
    digests = [each.digest(7) for each in (THINGS, *others)] + [THINGS.digest(8)]
    assert len(set(digests)) == len(digests)
    assert THINGS.digest(7) == replace(THINGS).digest(7.0)


def test_a_table_as_defined_needs_no_statement() -> None:
    """So that a rerun makes no commit."""
    assert THINGS.evolve("t", AS_DEFINED, 7) == []


def test_only_what_differs_is_altered() -> None:
    """A new column, a comment, the table's own, the retention: one statement each."""
    wanted = replace(THINGS, row="another", columns=StructType([ID, column("name", STRING, "new"), RATING]))
    assert wanted.evolve("t", AS_DEFINED, 1) == [
        "ALTER TABLE t ADD COLUMNS (`r` double COMMENT '')",
        "ALTER TABLE t SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 86400 seconds', "
        "'delta.logRetentionDuration' = 'interval 86400 seconds')",
        "COMMENT ON TABLE t IS 'another'",
        "ALTER TABLE t ALTER COLUMN `name` COMMENT 'new'",
    ]


def test_constraints_have_statements_of_their_own() -> None:
    """A new one is added, a changed one replaced, and one that somebody else added stays."""
    theirs = replace(AS_DEFINED, properties={**AS_DEFINED.properties, "delta.constraints.theirs": "id < 9"})
    wanted = replace(THINGS, checks={"positive": "id > 1", "named": "name <> ''"})
    assert wanted.evolve("t", theirs, 7) == [
        "ALTER TABLE t DROP CONSTRAINT positive",
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (id > 1)",
        "ALTER TABLE t ADD CONSTRAINT named CHECK (name <> '')",
    ]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([ID], "t has a column name that this version does not write: run the version that wrote it"),
        ([column("id", INT, ""), NAME], r"t\.id is bigint and would become int: give the new type a column"),
        (
            [ID, NAME, column("must", LONG, "")],
            "t has no column must yet, .* a new column cannot be required",
        ),
    ],
)
def test_what_cannot_be_altered_is_named(columns: list[StructField], message: str) -> None:
    """A column gone, retyped, or new and required."""
    wanted = replace(THINGS, columns=StructType(columns), required=("id", "must"))
    with pytest.raises(TableSchemaError, match=message):
        wanted.evolve("t", AS_DEFINED, 7)


def test_all_faults_of_rows_are_told_at_once() -> None:
    """Missing, unknown and of another type; order, nullability and comments are free."""
    THINGS.check_rows(StructType([StructField("name", STRING, False), StructField("id", LONG)]))
    with pytest.raises(TableSchemaError) as caught:
        THINGS.check_rows(StructType([column("id", INT, ""), column("Name", STRING, "")]))
    assert str(caught.value) == (
        "rows for silver.things have no column name; a column Name that the table does not have; "
        "id as int, not bigint: mend what makes them"
    )


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (ArrayType(StringType(), False), ArrayType(StringType(), True), True),
        (ArrayType(StringType()), ArrayType(LongType()), False),
        (MapType(StringType(), LongType(), False), MapType(StringType(), LongType()), True),
        (MapType(StringType(), LongType()), MapType(StringType(), DoubleType()), False),
        (StructType([ID, NAME]), StructType([StructField("id", LONG, False), NAME]), True),
        (StructType([ID, NAME]), StructType([NAME, ID]), False),
        (StructType([ID, NAME]), StructType([ID]), False),
        (LongType(), StringType(), False),
    ],
)
def test_types_are_the_same_whatever_they_say_of_nulls(one, other, is_same: bool) -> None:  # type: ignore[no-untyped-def]
    """Also within arrays, maps and structs; order and number of a struct's fields count."""
    assert same_type(one, other) is is_same


@given(st.text())
def test_a_quoted_text_ends_where_it_ends(text: str) -> None:
    """Whatever it holds, no quote and no backslash of it is left bare."""
    inner = quoted(text)[1:-1]
    assert inner.replace("\\\\", "").replace("\\'", "").count("'") == 0
    assert re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL) == text


@pytest.mark.parametrize("table", [*SILVER, *MATCHING, *GOLD], ids=lambda table: table.full_name)
def test_every_table_is_defined_whole(table: TableDefinition) -> None:
    """Each column has a comment; key and required columns are columns, and the key is a bigint."""
    types = {each.name: each.dataType for each in table.columns}
    assert all(each.metadata.get("comment") for each in table.columns)
    assert {*table.required, *([table.key] if table.key else [])} <= types.keys()
    assert table.key is None or types[table.key] == LONG
    assert table.container == {"silver": "intermediate", "gold": "gold"}[table.schema]
