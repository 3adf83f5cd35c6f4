"""`spark_jobs.restore`: the tables as a run left them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.restore import restore
from tests.integration.spark_jobs.builders.bronze_files import Bronze
from tests.integration.spark_jobs.builders.two_runs import (
    FIRST,
    SECOND,
    STAGES,
    TwoRuns,
    both_stages,
    commits,
    copied,
    rows,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def restored(
    spark: SparkSession, two_runs: TwoRuns, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Bronze, dict[str, list[str]]]:
    """A copy of the lake after both runs, brought back to the first; and what that says."""
    lake = copied(two_runs.after_both, tmp_path_factory.mktemp("restored") / "lake")
    return lake, restore(spark, FIRST, lake.addresses)


def sets(lake: Bronze) -> dict[str, bytes]:
    return {stage: (lake.root / f"control/tables/{stage}.json").read_bytes() for stage in STAGES}


def test_the_rows_are_those_of_the_run(
    restored: tuple[Bronze, dict[str, list[str]]], two_runs: TwoRuns
) -> None:
    """In every table but the quarantine: what was refused stays refused."""
    lake, _ = restored
    for stage in STAGES:
        found = rows(lake, stage, f"control/tables/{stage}.json")
        then = rows(two_runs.after_first, stage, f"control/tables/{stage}.json")
        now = rows(two_runs.after_both, stage, f"control/tables/{stage}.json")
        assert found == then | {name: now[name] for name in ("quarantine",) if name in now}


def test_only_tables_with_other_rows_change(
    restored: tuple[Bronze, dict[str, list[str]]], two_runs: TwoRuns
) -> None:
    """Those that it names have one commit more, the others none."""
    lake, changed = restored
    names = {f"{stage}.{name}" for stage, names in changed.items() for name in names}
    was, now = commits(two_runs.after_both), commits(lake)
    assert {name for name in now if now[name] > was[name]} == names
    assert sum(now.values()) == sum(was.values()) + len(names)
    assert "silver.movies" in names
    assert "silver.genre_map" not in names


def test_the_sets_say_so(restored: tuple[Bronze, dict[str, list[str]]], two_runs: TwoRuns) -> None:
    """The run, that it was restored, the newest versions with the content of then, and what was before."""
    lake, changed = restored
    for stage, names in changed.items():
        current, then = (
            lake.json(f"control/{part}.json") for part in (f"tables/{stage}", f"{stage}/{FIRST}")
        )
        assert (current["run_id"], current["is_restored"]) == (FIRST, True)
        assert current["previous"]["run_id"] == SECOND
        for name in names:
            entry = current["tables"][name]
            assert entry["version"] == len(lake.commits(f"{stage}.{name}")) - 1
            assert entry["content"] == then["tables"][name]["content"]
            assert entry["rows"] == then["tables"][name]["rows"]


def test_a_run_done_again_after_it_ends_as_it_did(
    spark: SparkSession, restored: tuple[Bronze, dict[str, list[str]]], two_runs: TwoRuns, tmp_path: Path
) -> None:
    """The second run starts from what was restored, and leaves the rows it had left."""
    lake = copied(restored[0], tmp_path / "lake")
    both_stages(spark, lake, SECOND)
    for stage in STAGES:
        name = f"control/tables/{stage}.json"
        assert rows(lake, stage, name) == rows(two_runs.after_both, stage, name)
        assert lake.json(name)["is_restored"] is False


def test_a_run_without_manifest_changes_nothing(spark: SparkSession, two_runs: TwoRuns) -> None:
    """Unknown to either stage: the manifest that is missing is named."""
    lake = two_runs.after_both
    before = sets(lake), commits(lake)
    with pytest.raises(LakeError, match=r"no manifest .*control/silver/unknown\.json: check the run id"):
        restore(spark, "unknown", lake.addresses)
    gold = lake.root / f"control/gold/{FIRST}.json"
    hidden = gold.rename(gold.with_suffix(".hidden"))
    try:
        with pytest.raises(LakeError, match=rf"no manifest .*control/gold/{FIRST}\.json"):
            restore(spark, FIRST, lake.addresses)
    finally:
        hidden.rename(gold)
    assert (sets(lake), commits(lake)) == before


def test_a_version_past_the_retention_changes_nothing(
    spark: SparkSession, two_runs: TwoRuns, tmp_path: Path
) -> None:
    """One table of the last stage is too old: no table of any stage is touched."""
    lake = copied(two_runs.after_both, tmp_path / "lake")
    version = lake.json(f"control/gold/{FIRST}.json")["tables"]["matches"]["version"]
    for number in range(version + 1):  # no commit is taken for older than the one before it
        entry = Path(lake.folder("gold.matches"), "_delta_log", f"{number:020}.json")
        os.utime(entry, (0, entry.stat().st_mtime - 8 * 86_400))
    before = sets(lake), commits(lake)
    with pytest.raises(LakeError, match=rf"gold\.matches cannot be read at version {version}: "):
        restore(spark, FIRST, lake.addresses)
    assert (sets(lake), commits(lake)) == before
