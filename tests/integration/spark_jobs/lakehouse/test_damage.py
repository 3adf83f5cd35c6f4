"""A damaged table is an error that names it; older rows are never shown in the place of newer ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.sets import TableVersion
from tests.integration.spark_jobs.builders.things import THINGS, Things

NAME = r"spark_catalog\.silver\.things"


@pytest.fixture(scope="module")
def versions(things: Things) -> list[TableVersion]:
    """Two runs that each wrote the table anew."""
    first = things.tables("one").replace_all(THINGS, things.rows(cup=1), None)
    return [first, things.tables("two", "one").replace_all(THINGS, things.rows(jug=2), first)]


@pytest.fixture
def copy(things: Things, versions: list[TableVersion], tmp_path: Path) -> Things:
    """The table elsewhere, to be damaged."""
    return things.copy(tmp_path / "tables")


def lose(things: Things, version: int) -> None:
    """An entry of the log goes, with its checksum."""
    for path in things.log.glob(f"*{version:020}.*"):
        path.unlink()


def test_the_newest_entry_lost(copy: Things, versions: list[TableVersion]) -> None:
    """Reading and each kind of write say so; Spark alone would show the version before."""
    lose(copy, versions[1].version)
    before, rows = copy.commits(), copy.rows(mug=1)
    with pytest.raises(
        LakeError, match=rf"{NAME} cannot be read at version {versions[1].version}: .*restore a run"
    ):
        copy.tables("reader").read(THINGS, versions[1]).collect()
    tables, lost = (
        copy.tables("three", "two"),
        rf"{NAME} has no version {versions[1].version}, the newest is ",
    )
    with pytest.raises(LakeError, match=lost):
        tables.replace_keys(THINGS, rows, [1], versions[1])
    with pytest.raises(LakeError, match=lost):
        tables.replace_all(THINGS, rows, versions[1])
    with pytest.raises(LakeError, match=lost):
        tables.keep(THINGS, versions[1])
    assert copy.commits() == before


def test_an_inner_entry_lost(copy: Things, versions: list[TableVersion]) -> None:
    """The table can be neither read nor written; its folder is named, what is wrong with it, and what to do."""
    lose(copy, versions[0].version)
    damage = (
        r"intermediate/things cannot be opened: .* not contiguous.*; move it away, and run the stage again"
    )
    with pytest.raises(LakeError, match=damage):
        copy.tables("reader").read(THINGS, versions[1])
    with pytest.raises(LakeError, match=damage):
        copy.tables("three", "two").keep(THINGS, versions[1])


def test_a_data_file_lost(copy: Things, versions: list[TableVersion]) -> None:
    """The rows cannot be read, and the file is named with its table's folder."""
    for path in copy.folder.glob("*.parquet"):
        path.unlink()
    with pytest.raises((PySparkException, Py4JJavaError), match=r"intermediate/things/part-"):
        copy.tables("reader").read(THINGS, versions[1]).collect()
