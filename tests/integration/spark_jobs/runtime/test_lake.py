"""Snapshots, pointers and pruning."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.errors import PythonException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StructField, StructType

from spark_jobs.runtime.lake import Lake, LakeError

SCHEMA = StructType([StructField("n", LongType())])


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """An empty lake."""
    return Lake(spark, tmp_path.as_uri() + "/{container}")


def rows(lake: Lake, count: int) -> DataFrame:
    """A table of `count` rows."""
    return lake.spark.range(count).select(F.col("id").alias("n"))


def test_old_snapshots_go_and_the_current_one_stays(lake: Lake, tmp_path: Path) -> None:
    """Only the newest are kept, and the pointer's snapshot even when it is older."""
    for number in range(3):
        lake.publish("gold", "t", f"run-{number}", rows(lake, number + 1), keep=2)
    assert sorted(p.name for p in (tmp_path / "gold/t").glob("snap*")) == ["snapshot=run-1", "snapshot=run-2"]
    lake.write_snapshot("gold", "t", "run-8", rows(lake, 1))
    lake.write_snapshot("gold", "t", "run-9", rows(lake, 1))
    assert lake.prune("gold", "t", keep=1) == ["run-8", "run-1"]
    assert (tmp_path / "gold/t/snapshot=run-2").is_dir()


def test_a_write_that_dies_leaves_the_old_table(lake: Lake) -> None:
    """The pointer moves only after the data; the next try replaces what the dead one left."""
    lake.publish("gold", "t", "run-1", rows(lake, 3), keep=7)
    dying = rows(lake, 5).mapInArrow(_die, SCHEMA)
    with pytest.raises(PythonException, match="killed"):
        lake.publish("gold", "t", "run-2", dying, keep=7)
    pointer = lake.pointer("gold", "t")
    assert pointer is not None
    assert (pointer.snapshot, pointer.rows) == ("run-1", 3)
    assert lake.publish("gold", "t", "run-2", rows(lake, 5), keep=7).rows == 5
    assert lake.read_before("gold", "t", "run-3", SCHEMA).count() == 5


def _die(batches):  # type: ignore[no-untyped-def]
    raise RuntimeError("killed")
    yield from batches


def test_a_run_published_already_starts_from_what_was_before_it(lake: Lake) -> None:
    """A rerun reads the previous snapshot and leaves its own alone."""
    lake.publish("gold", "t", "run-1", rows(lake, 1), keep=7)
    lake.publish("gold", "t", "run-2", rows(lake, 2), keep=7)
    assert lake.read_before("gold", "t", "run-2", SCHEMA).count() == 1
    assert lake.publish("gold", "t", "run-2", rows(lake, 9), keep=7).rows == 2


def test_an_unknown_table_is_empty(lake: Lake) -> None:
    """No pointer, no rows, no error."""
    assert lake.pointer("gold", "none") is None
    assert lake.read_before("gold", "none", "run-1", SCHEMA).count() == 0


def test_small_files_survive_any_text_and_bad_ones_are_named(lake: Lake, tmp_path: Path) -> None:
    """JSON comes back as written, without side files; broken JSON names the file."""
    lake.write_json("control", "a/b.json", {"title": "\u5929 \U0001f3ac"})
    lake.write_json("control", "a/b.json", {"title": "again"})
    assert lake.read_json("control", "a/b.json") == {"title": "again"}
    assert [path.name for path in (tmp_path / "control/a").iterdir()] == ["b.json"]
    (tmp_path / "control/a/b.json").write_text("{")
    with pytest.raises(LakeError, match=r"a/b\.json is not JSON"):
        lake.read_json("control", "a/b.json")
    (tmp_path / "control/a/b.json").write_text("[]")
    with pytest.raises(LakeError, match="no JSON object"):
        lake.read_json("control", "a/b.json")


def test_a_template_without_container_is_refused(spark: SparkSession) -> None:
    """The message shows how one looks."""
    with pytest.raises(ValueError, match=r"\{container\}"):
        Lake(spark, "file:///lake")
