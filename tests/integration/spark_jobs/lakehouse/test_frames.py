"""A frame is a version, and a table is found by its name in three parts."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.sets import TableVersion
from spark_jobs.lakehouse.tables import Tables
from tests.integration.spark_jobs.builders.things import THINGS, Things

NAME = "spark_catalog.silver.things"


@pytest.fixture(scope="module")
def versions(things: Things) -> list[TableVersion]:
    """Two runs that each wrote the table anew."""
    first = things.tables("one").replace_all(THINGS, things.rows(cup=1, jug=2), None)
    second = things.tables("two", "one").replace_all(THINGS, things.rows(pot=3), first)
    return [first, second]


def names(tables: Tables, version: TableVersion) -> list[str]:
    return sorted(row.name for row in tables.read(THINGS, version).collect())


def test_a_frame_stays_what_it_was(things: Things, versions: list[TableVersion]) -> None:
    """What somebody commits after a frame was opened does not show in it, executed before or not."""
    tables = things.tables("reader")
    executed, unexecuted = tables.read(THINGS, versions[1]), tables.read(THINGS, versions[1]).select("name")
    assert executed.count() == 1
    things.tables("three", "two").replace_all(THINGS, things.rows(pan=4, lid=5), versions[1])
    assert [row.name for row in executed.collect()] == [row.name for row in unexecuted.collect()] == ["pot"]
    assert names(tables, versions[0]) == ["cup", "jug"]


def test_a_version_is_opened_once(things: Things, versions: list[TableVersion]) -> None:
    """The same version is the same frame, another version another one."""
    tables = things.tables("reader")
    frames = [tables.read(THINGS, version) for version in (*versions, versions[0])]
    assert frames[0] is frames[2]
    assert frames[0] is not frames[1]


def test_a_session_without_names_finds_tables_where_they_lie(
    spark: SparkSession, things: Things, versions: list[TableVersion]
) -> None:
    """The name in three parts is made again over the folder, and the rows are those of before."""
    spark.sql(f"DROP TABLE {NAME}")
    tables = things.tables("reader")
    assert tables.name(THINGS) == NAME
    assert names(tables, versions[1]) == ["pot"]
    assert spark.catalog.tableExists(NAME)


def test_a_name_of_another_lake_is_forgotten(
    things: Things, versions: list[TableVersion], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A session that has seen one lake reads and writes the next where that one lies, and harms neither."""
    other = Things(things.spark, tmp_path_factory.mktemp("other") / "tables")
    written = other.tables("one").replace_all(THINGS, other.rows(saw=1), None)
    assert other.found(written) == {1: "saw"}
    assert names(things.tables("reader"), versions[0]) == ["cup", "jug"]
    assert names(other.tables("reader"), written) == ["saw"]


def test_a_table_that_is_not_there_is_an_error(spark: SparkSession, things: Things) -> None:
    """It is named, with the remedy; nothing is created."""
    nowhere = Things(spark, things.root.parent / "nowhere")
    with pytest.raises(LakeError, match=rf"{NAME} is not there: run the stage"):
        nowhere.tables("reader").read(THINGS, TableVersion("silver.things", 1, 1, 1, 1, ""))
    assert not nowhere.root.exists()


def test_a_template_without_container_is_refused(spark: SparkSession) -> None:
    """The message shows how one looks."""
    with pytest.raises(ValueError, match=r"no \{container\} in it, as in file:///data/tables/\{container\}"):
        Tables(spark, "spark_catalog", "file:///lake", mark="", retention_days=7)
