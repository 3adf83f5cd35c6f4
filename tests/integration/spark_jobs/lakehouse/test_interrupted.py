"""A run that dies at any commit ends as if it had not, and nobody sees half of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from spark_jobs.lakehouse.tables import Tables
from spark_jobs.silver import assessment, job, publishing
from spark_jobs.silver.quality import alignment
from spark_jobs.silver.tables import Ranked, Source
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

pytestmark = pytest.mark.slow

SET = "control/tables/silver.json"
KEPT = {"genre_map", "tracks", "release_credits"}
"""Tables that the second run leaves as they were; nothing ever arrives for the last two."""
COMMITS = len(set(STAGES["silver"]) - {"quarantine", *KEPT})
"""What a run commits that is counted: a table that stays as it is takes no commit of rows."""


PAUSE_S = 0.1  # between two looks: without one a reader takes the core that the run needs


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


class Remembered:
    """What silver reads and counts of a run, worked out once: until a set is written it is the same each time."""

    _STEPS = ((job, "rank"), (job, "assess"), (alignment, "measure"), (assessment, "_film_counts"))

    def __init__(self) -> None:
        self._found: dict[tuple[str, ...], Any] = {}

    def use(self, patch: pytest.MonkeyPatch) -> None:
        """From now on the steps give what they gave before, or remember what they give now."""
        for module, name in self._STEPS:
            patch.setattr(module, name, self._once(name, getattr(module, name)))

    def _once(self, name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def once(*given: Any, **more: Any) -> Any:
            key = (name, *(part.key for part in given if isinstance(part, Source)))
            if key not in self._found:
                made = step(*given, **more)
                is_ranked = isinstance(made, Ranked) and made.rows is not None
                # Staged files go with the run that wrote them.
                self._found[key] = replace(made, rows=made.rows.localCheckpoint()) if is_ranked else made
            return self._found[key]

        return once


def attempt(
    spark: SparkSession, lake: Bronze, run_id: str, commits: int, remembered: Remembered | None = None
) -> bool:
    """Run silver until it dies; whether it came to its end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing, "SMALL_ROWS", 0)
        if remembered:
            remembered.use(patch)
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
                self.ended.wait(PAUSE_S)
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
) -> tuple[Bronze, Reader]:
    """The second run, which dies before its first commit and after each one, until none is left to make.

    All but the last time it goes on with what it read and counted the first time, which is half of its cost.
    """
    lake = copied(two_runs.after_first, tmp_path_factory.mktemp("disturbed") / "lake")
    remembered = Remembered()
    with reading(lake) as reader:
        for commits in (0, *[1] * COMMITS):
            assert not attempt(spark, lake, SECOND, commits, remembered)
        assert attempt(spark, lake, SECOND, 1), "a commit was left to make"
    return lake, reader


def test_small_files_are_written_as_a_volume_wants_them(two_runs: TwoRuns) -> None:
    """Both jobs ran where nothing can be renamed, linked or appended to, and left all their files."""
    for run_id in (FIRST, SECOND):
        names = ("silver.json", "quality.json", "quality.html", "schema_alignment.csv", "matching.json")
        for path in (f"control/silver/{run_id}.json", *(f"metrics/{run_id}/{name}" for name in names)):
            assert (two_runs.after_both.root / path).stat().st_size > 0


def test_a_run_killed_at_each_commit_ends_the_same(
    disturbed: tuple[Bronze, Reader], undisturbed: Rows
) -> None:
    """The rows of every table are those of a run that nothing befell."""
    lake, *_ = disturbed
    assert rows(lake, "silver", SET) == undisturbed
    assert lake.json(SET)["run_id"] == SECOND


def test_no_table_is_written_twice(disturbed: tuple[Bronze, Reader]) -> None:
    """However often the run began: one write a table, and one word that what did not change was kept."""
    lake, *_ = disturbed
    for name in set(STAGES["silver"]) - {"quarantine"}:
        log = lake.commits(name := f"silver.{name}")
        version = lake.json(f"control/silver/{FIRST}.json")["tables"][name.split(".")[1]]["version"]
        kind = "SET TBLPROPERTIES" if name.split(".")[1] in KEPT else "WRITE"
        assert [commit["operation"] for commit in log[version + 1 :]] == [kind]


def test_a_reader_sees_whole_sets_only(disturbed: tuple[Bronze, Reader], two_runs: TwoRuns) -> None:
    """At each look all tables were those of the first run, or all those of the second."""
    _, reader = disturbed
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
    remembered = Remembered()
    assert not attempt(spark, lake, FIRST, 3, remembered)
    assert not (lake.root / SET).exists()
    assert attempt(spark, lake, FIRST, 100, remembered)
    assert rows(lake, "silver", SET) == rows(two_runs.after_first, "silver", SET)
    kinds = {name: [c["operation"] for c in lake.commits(f"silver.{name}")] for name in STAGES["silver"]}
    del kinds["quarantine"]
    empty = {"tracks", "release_credits"}
    assert kinds == {name: ["CREATE TABLE"] if name in empty else ["CREATE TABLE", "WRITE"] for name in kinds}


def test_an_older_run_replayed_keeps_newer_rows(
    spark: SparkSession, disturbed: tuple[Bronze, Reader], undisturbed: Rows
) -> None:
    """The first run once more after the second: no row is that of the first where the second has one."""
    lake, *_ = disturbed
    silver(spark, lake, FIRST)
    assert lake.json(SET)["run_id"] == FIRST
    assert rows(lake, "silver", SET) == undisturbed
