"""What others do to a table: their writes are reported, their housekeeping is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import Row

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.errors import TableChangedError
from spark_jobs.lakehouse.sets import TableVersion
from spark_jobs.lakehouse.tables import Tables
from tests.integration.spark_jobs.builders.things import THINGS, Things

NAME = "spark_catalog.silver.things"
PAN = pa.table({"id": [9], "name": ["pan"], "rating": [2.0]})
Write = Callable[[Tables, Things, TableVersion], TableVersion]
WRITES: dict[str, Write] = {
    "all": lambda tables, things, before: tables.replace_all(THINGS, things.rows(mug=1), before),
    "keys": lambda tables, things, before: tables.replace_keys(THINGS, things.rows(mug=1), [1], before),
    "keep": lambda tables, things, before: tables.keep(THINGS, before),
}


@pytest.fixture(scope="module")
def start(things: Things) -> TableVersion:
    """The set that everything starts from."""
    first = things.tables("one").replace_all(THINGS, things.rows(cup=1), None)
    return things.tables("two", "one").replace_all(THINGS, things.rows(cup=1, jug=2), first)


@pytest.fixture
def changed(things: Things, start: TableVersion, tmp_path: Path) -> Things:
    """A copy in which somebody has appended a row, with delta-rs."""
    copy = things.copy(tmp_path / "tables")
    write_deltalake(copy.folder, PAN, mode="append")
    return copy


def test_what_somebody_wrote_is_never_written_over(changed: Things, start: TableVersion) -> None:
    """Each kind of write stops before its first commit, and names table, version and remedy."""
    before = changed.commits()
    remedy = rf"{NAME} was written by somebody else: version {start.version + 1}, WRITE .*; "
    remedy += rf"take it back with RESTORE TABLE {NAME} TO VERSION AS OF {start.version}$"
    for write in WRITES.values():
        with pytest.raises(TableChangedError, match=remedy):
            write(changed.tables("three", "two"), changed, start)
    assert changed.commits() == before
    assert changed.found() == {1: "cup", 2: "jug", 9: "pan"}


def test_what_somebody_writes_right_after_is_seen(
    things: Things, start: TableVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run does not take a rival's commit for its own, nor for a sign that it wrote nothing."""
    copy, newest, asked = things.copy(tmp_path / "tables"), Tables._newest, []

    def rival_first(tables: Tables, table: TableDefinition) -> Row:
        asked.append(table)
        if len(asked) == 2:  # the write lies between the first time and the second
            write_deltalake(copy.folder, PAN, mode="append")
        return newest(tables, table)

    monkeypatch.setattr(Tables, "_newest", rival_first)
    with pytest.raises(TableChangedError, match=f"somebody else: version {start.version + 2}, WRITE"):
        WRITES["all"](copy.tables("three", "two"), copy, start)
    assert copy.found() == {1: "mug", 9: "pan"}


def test_the_remedy_works(changed: Things, start: TableVersion) -> None:
    """After the statement that the message tells, the run goes on from the rows of its set."""
    changed.tables("three", "two").read(THINGS, start)  # the name is that of this copy now
    changed.spark.sql(f"RESTORE TABLE {NAME} TO VERSION AS OF {start.version}").collect()
    said = WRITES["keys"](changed.tables("three", "two"), changed, start)
    assert changed.found(said) == {1: "mug", 2: "jug"}
    assert changed.commits()[start.version + 1 :] == ["WRITE", "RESTORE", "WRITE"]


def test_going_behind_the_set_is_a_write(things: Things, start: TableVersion, tmp_path: Path) -> None:
    """Somebody's RESTORE to rows older than the set's is reported; a replacement by keys would mix them in."""
    copy = things.copy(tmp_path / "tables")
    DeltaTable(copy.folder).restore(1)
    with pytest.raises(TableChangedError, match=rf"{NAME} was written by somebody else: .* RESTORE "):
        WRITES["keys"](copy.tables("three", "two"), copy, start)
    assert copy.found() == {1: "cup"}


def test_housekeeping_is_no_write(things: Things, start: TableVersion, tmp_path: Path) -> None:
    """After an OPTIMIZE and a VACUUM of others a run goes on, and finds the rows of its set."""
    copy = things.copy(tmp_path / "tables")
    tables = copy.tables("three", "two")
    write_deltalake(copy.folder, PAN, mode="append")
    DeltaTable(copy.folder).restore(start.version)
    DeltaTable(copy.folder).optimize.compact()
    tables.vacuum(THINGS)
    said = WRITES["keys"](tables, copy, start)
    assert copy.found(said) == {1: "mug", 2: "jug"}
    assert "VACUUM END" in copy.commits()
