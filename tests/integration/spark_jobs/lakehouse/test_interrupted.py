"""A run that dies at any commit ends as if it had not, and nobody sees half of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from spark_jobs.lakehouse.tables import Tables
from spark_jobs.silver import publishing
from tests.integration.spark_jobs.builders.bronze_files import Bronze
from tests.integration.spark_jobs.builders.two_runs import (
    FIRST,
    SECOND,
    STAGES,
    Rows,
    TwoRuns,
    copied,
    land,
    rows,
    silver,
)

SET = "control/tables/silver.json"


class Killed(RuntimeError):
    """The process is gone."""


def die_after(patch: pytest.MonkeyPatch, commits: int) -> None:
    """Let so many commits pass, those of the quarantine aside; from then on none is made, as in a dead process."""
    lock, write, keep, left = Lock(), Tables._write, Tables.keep, [commits]

    def dying(call: Callable[..., Any], cost: int) -> Callable[..., Any]:
        def checked(self: Tables, table: Any, *more: Any) -> Any:
            with lock:
                if left[0] <= 0:
                    raise Killed
                made = call(self, table, *more)
                left[0] -= cost
            if left[0] <= 0:
                raise Killed
            return made

        return checked

    patch.setattr(Tables, "_write", dying(write, 1))
    patch.setattr(Tables, "keep", dying(keep, 0))


def attempt(spark: SparkSession, lake: Bronze, run_id: str, commits: int) -> bool:
    """Run silver until it dies; whether it came to its end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing, "SMALL_ROWS", 0)
        die_after(patch, commits)
        try:
            silver(spark, lake, run_id)
        except Killed:
            return False
        return True


class Reader(Thread):
    """Reads the current set again and again, and the rows of its tables, with delta-rs."""

    def __init__(self, lake: Bronze) -> None:
        super().__init__(daemon=True)
        self.lake, self.ended = lake, Event()
        self.seen: list[tuple[str, dict[str, list[Any]]]] = []
        self.error: Exception | None = None

    def run(self) -> None:
        """Until `ended` is set, and once more."""
        try:
            while True:
                is_last = self.ended.is_set()
                self._look()
                if is_last:
                    return
        except Exception as error:  # told by the test
            self.error = error

    def _look(self) -> None:
        try:
            current = self.lake.json(SET)
        except json.JSONDecodeError:  # being written, on a disk; a volume shows a file only when it is whole
            return
        found = {name: self._read(name, entry["version"]) for name, entry in current["tables"].items()}
        self.seen.append((current["run_id"], found))

    def _read(self, name: str, version: int) -> list[Any]:
        table = DeltaTable(self.lake.folder(f"silver.{name}"), version=version).to_pyarrow_table()
        return sorted(map(str, table.column(0).to_pylist()))


@contextmanager
def reading(lake: Bronze):  # type: ignore[no-untyped-def]
    """A reader while something else goes on."""
    reader = Reader(lake)
    reader.start()
    try:
        yield reader
    finally:
        reader.ended.set()
        reader.join(60)


@pytest.fixture(scope="module")
def undisturbed(two_runs: TwoRuns) -> Rows:
    """The rows of silver after a second run that nothing befell."""
    return rows(two_runs.after_both, "silver", SET)


@pytest.fixture(scope="module")
def disturbed(
    spark: SparkSession, two_runs: TwoRuns, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Bronze, Reader, int]:
    """The second run, which dies before its first commit and after each one, until none is left to make."""
    lake = copied(two_runs.after_first, tmp_path_factory.mktemp("disturbed") / "lake")
    with reading(lake) as reader:
        assert not attempt(spark, lake, SECOND, 0)
        deaths = 1
        while not attempt(spark, lake, SECOND, 1):
            deaths += 1
            assert deaths < 20, "it comes to no end"
    return lake, reader, deaths


def test_small_files_are_written_as_a_volume_wants_them(two_runs: TwoRuns) -> None:
    """Both jobs ran where nothing can be renamed, linked or appended to, and left all their files."""
    for run_id in (FIRST, SECOND):
        names = ("silver.json", "quality.json", "quality.html", "schema_alignment.csv", "matching.json")
        for path in (f"control/silver/{run_id}.json", *(f"metrics/{run_id}/{name}" for name in names)):
            assert (two_runs.after_both.root / path).stat().st_size > 0


def test_a_run_killed_at_each_commit_ends_the_same(
    disturbed: tuple[Bronze, Reader, int], undisturbed: Rows
) -> None:
    """The rows of every table are those of a run that nothing befell."""
    lake, _, deaths = disturbed
    assert rows(lake, "silver", SET) == undisturbed
    assert lake.json(SET)["run_id"] == SECOND
    assert deaths == 1 + len(set(STAGES["silver"]) - {"quarantine", "genre_map"})


def test_no_table_is_written_twice(disturbed: tuple[Bronze, Reader, int]) -> None:
    """However often the run began: one write a table, and one word that what did not change was kept."""
    lake, *_ = disturbed
    for name in set(STAGES["silver"]) - {"quarantine"}:
        log = lake.commits(name := f"silver.{name}")
        version = lake.json(f"control/silver/{FIRST}.json")["tables"][name.split(".")[1]]["version"]
        kind = "SET TBLPROPERTIES" if name == "silver.genre_map" else "WRITE"
        assert [commit["operation"] for commit in log[version + 1 :]] == [kind]


def test_a_reader_sees_whole_sets_only(disturbed: tuple[Bronze, Reader, int], two_runs: TwoRuns) -> None:
    """At each look all tables were those of the first run, or all those of the second."""
    _, reader, _ = disturbed
    assert reader.error is None
    whole = {run_id: _keys(two_runs.after_both, run_id) for run_id in (FIRST, SECOND)}
    assert {run_id for run_id, _ in reader.seen} == {FIRST, SECOND}
    assert all(found == whole[run_id] for run_id, found in reader.seen)


def _keys(lake: Bronze, run_id: str) -> dict[str, list[str]]:
    entries = lake.json(f"control/silver/{run_id}.json")["tables"]
    reader = Reader(lake)
    return {name: reader._read(name, entry["version"]) for name, entry in entries.items()}


def test_a_first_run_that_died_is_run_again(spark: SparkSession, two_runs: TwoRuns, tmp_path: Path) -> None:
    """Where no set was before it, tables are made once, and the rows are those of an undisturbed run."""
    lake = Bronze(tmp_path / "lake")
    land(lake)
    assert not attempt(spark, lake, FIRST, 3)
    assert not (lake.root / SET).exists()
    silver(spark, lake, FIRST)
    assert rows(lake, "silver", SET) == rows(two_runs.after_first, "silver", SET)
    kinds = {name: [c["operation"] for c in lake.commits(f"silver.{name}")] for name in STAGES["silver"]}
    del kinds["quarantine"]
    assert set(map(tuple, kinds.values())) == {("CREATE TABLE", "WRITE")}


def test_an_older_run_replayed_keeps_newer_rows(
    spark: SparkSession, disturbed: tuple[Bronze, Reader, int], undisturbed: Rows
) -> None:
    """The first run once more after the second: no row is that of the first where the second has one."""
    lake, *_ = disturbed
    silver(spark, lake, FIRST)
    assert lake.json(SET)["run_id"] == FIRST
    assert rows(lake, "silver", SET) == undisturbed
