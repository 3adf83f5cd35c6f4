"""How long a version can be read: by the age of its own commit, so each run makes the versions of its set young."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.sets import TableVersion
from tests.integration.spark_jobs.builders.things import THINGS, Things

HOUR = 3600.0
DAYS = 1 / 24
NAME = r"spark_catalog\.silver\.things"


@pytest.fixture(scope="module")
def versions(things: Things) -> list[TableVersion]:
    """Written two hours ago, kept by a run just now, and written anew since; versions are kept for an hour."""
    first = things.tables("one", days=DAYS).replace_all(THINGS, things.rows(cup=1), None)
    for version in range(first.version + 1):
        things.age(version, 2 * HOUR)
    kept = things.tables("two", "one", days=DAYS).keep(THINGS, first)
    return [
        first,
        kept,
        things.tables("three", "two", days=DAYS).replace_all(THINGS, things.rows(jug=2), kept),
    ]


@pytest.fixture(scope="module")
def later(things: Things, versions: list[TableVersion], tmp_path_factory: pytest.TempPathFactory) -> Things:
    """The same table, as a process sees it that starts now."""
    return things.copy(tmp_path_factory.mktemp("later") / "tables")


def test_an_aged_commit_is_refused(later: Things, versions: list[TableVersion]) -> None:
    """To read it or to go back to it is an error with table, version and remedy."""
    tables = later.tables("reader", days=DAYS)
    with pytest.raises(
        LakeError, match=rf"{NAME} cannot be read at version {versions[0].version}: .*restore a run"
    ):
        tables.read(THINGS, versions[0]).collect()
    with pytest.raises(LakeError, match=rf"{NAME} cannot be restored to version {versions[0].version}: "):
        tables.restore(THINGS, versions[0])
    assert later.commits()[-1] == "WRITE"


def test_what_a_run_kept_outlives_vacuum_and_can_be_restored(
    later: Things, versions: list[TableVersion]
) -> None:
    """Though its rows were written long ago; files that no version names go."""
    orphan = later.folder / "left-by-a-dead-run.parquet"
    orphan.write_bytes(b"half")
    for path in later.folder.glob("*.parquet"):
        _age(path, 2 * HOUR)
    tables = later.tables("four", "three", days=DAYS)
    tables.vacuum(THINGS)
    assert (
        0 < tables.size_bytes(THINGS) <= sum(path.stat().st_size for path in later.folder.glob("*.parquet"))
    )
    assert not orphan.exists()
    assert [row.name for row in tables.read(THINGS, versions[1]).collect()] == ["cup"]
    restored = tables.restore(THINGS, versions[1])
    assert (later.found(restored), restored.content) == ({1: "cup"}, versions[0].content)


def _age(path: Path, seconds: float) -> None:
    stat = path.stat()
    os.utime(path, (stat.st_atime, stat.st_mtime - seconds))
