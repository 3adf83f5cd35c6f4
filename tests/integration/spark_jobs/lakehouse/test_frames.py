"""A frame is a version, or what changed between two; a table is found by its name in three parts."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.sets import TableVersion
from spark_jobs.lakehouse.tables import Tables
from tests.integration.spark_jobs.builders.things import THINGS, Things

NAME = "spark_catalog.silver.things"
WITH_FEED = replace(THINGS, has_change_feed=True)
HOUR_S, HOUR_IN_DAYS = 3600.0, 1 / 24


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


@dataclass(frozen=True)
class Fed:
    """A table with a change feed: written, keys of it replaced, kept, written anew, and gone back to the first."""

    things: Things
    first: TableVersion
    replaced: TableVersion
    kept: TableVersion
    anew: TableVersion
    restored: TableVersion

    def changes(self, since: TableVersion, version: TableVersion) -> list[tuple[str, str]]:
        """Names that came and went, in order of the versions."""
        rows = self.things.tables("reader").changes(WITH_FEED, since, version).collect()
        return [(row._change_type, row.name) for row in sorted(rows, key=lambda row: row._commit_version)]


@pytest.fixture(scope="module")
def fed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Fed:
    """Five runs."""
    things = Things(spark, tmp_path_factory.mktemp("fed") / "tables")
    one, two, three, four, five = (
        things.tables(run, after, days=HOUR_IN_DAYS)
        for run, after in (("1", None), ("2", "1"), ("3", "2"), ("4", "3"), ("5", "4"))
    )
    first = one.replace_all(WITH_FEED, things.rows(cup=1, jug=2, pot=3), None)
    replaced = two.replace_keys(WITH_FEED, things.rows(mug=2), [2, 3], first)
    kept = three.keep(WITH_FEED, replaced)
    anew = four.replace_all(WITH_FEED, things.rows(cup=1, pan=4), kept)
    return Fed(things, first, replaced, kept, anew, five.restore(WITH_FEED, first))


def test_a_feed_tells_what_came_and_went(fed: Fed) -> None:
    """Of keys that were replaced their rows only, of a table that was written anew all of both; of one kept nothing."""
    replaced = {("delete", "jug"), ("delete", "pot"), ("insert", "mug")}
    anew = {("delete", "cup"), ("delete", "mug"), ("insert", "cup"), ("insert", "pan")}
    assert set(fed.changes(fed.first, fed.replaced)) == replaced
    assert fed.changes(fed.replaced, fed.kept) == []
    both = fed.changes(fed.first, fed.anew)
    assert (set(both[:3]), set(both[3:])) == (replaced, anew)
    back = {("insert", "cup"), ("insert", "jug"), ("insert", "pot"), ("delete", "cup"), ("delete", "pan")}
    assert set(fed.changes(fed.anew, fed.restored)) == back


def test_a_feed_is_not_counted(fed: Fed) -> None:
    """Rows and files are those of the table, as delta-rs finds them."""
    for version in (fed.first, fed.replaced, fed.kept, fed.anew, fed.restored):
        assert version.rows == len(fed.things.found(version))
        assert version.files == fed.things.files(version)


def test_a_table_with_a_feed_can_be_read_and_written_by_others(fed: Fed) -> None:
    """Readers need to know of nothing; delta-rs reads the same feed and may append, and the feed tells of it."""
    table = DeltaTable(fed.things.folder)
    assert table.protocol().min_reader_version == 1
    first, last = fed.first.version + 1, fed.replaced.version
    told = pa.table(table.load_cdf(starting_version=first, ending_version=last)).to_pylist()
    assert sorted((row["_change_type"], row["name"]) for row in told) == sorted(
        fed.changes(fed.first, fed.replaced)
    )
    write_deltalake(fed.things.folder, pa.table({"id": [9], "name": ["pen"], "rating": [2.0]}), mode="append")
    appended = replace(fed.restored, version=fed.restored.version + 1)
    assert fed.changes(fed.restored, appended) == [("insert", "pen")]


@pytest.mark.slow
def test_a_feed_goes_with_the_versions(fed: Fed) -> None:
    """Files with rows that went are removed once no version within the retention is left to go back to them."""
    written = list(fed.things.folder.glob("_change_data/**/*.parquet"))
    assert written
    for path in written:
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 2 * HOUR_S))
    fed.things.tables("6", "5", days=HOUR_IN_DAYS).vacuum(WITH_FEED)
    assert not list(fed.things.folder.glob("_change_data/**/*.parquet"))


@pytest.mark.slow
def test_a_feed_does_not_reach_before_its_beginning(things: Things, versions: list[TableVersion]) -> None:
    """A table that got its feed later has none of what was before; that shows when the changes are read."""
    kept = things.tables("four", "two").keep(WITH_FEED, versions[1])
    changes = things.tables("reader").changes(WITH_FEED, versions[0], kept)
    with pytest.raises(Exception, match="DELTA_MISSING_CHANGE_DATA"):
        changes.collect()
