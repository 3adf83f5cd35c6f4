"""What a history tells of writes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pyspark.sql import Row

from spark_jobs.lakehouse.commits import (
    counts_of,
    is_marked,
    mark_of,
    run_of,
    standing_writes,
    version_saying,
)


def history(*operations: str | tuple[str, dict[str, Any]]) -> list[Row]:
    """Commits of these operations, the newest first."""
    told = [each if isinstance(each, tuple) else (each, {}) for each in operations]
    rows = [
        Row(version=n, operation=operation, operationParameters=more, operationMetrics={}, userMetadata=None)
        for n, (operation, more) in enumerate(told)
    ]
    return rows[::-1]


@pytest.mark.parametrize(
    ("operations", "least", "standing"),
    [
        (("CREATE TABLE", "WRITE", "SET TBLPROPERTIES", "OPTIMIZE", "VACUUM END"), -1, [1]),
        (("WRITE", "MERGE", "DELETE", "UPDATE"), -1, [3, 2, 1, 0]),
        (("WRITE", "UPDATE COLUMN METADATA", "UPDATE SCHEMA"), -1, [0]),
        (("CREATE OR REPLACE TABLE AS SELECT", "Replace Table"), -1, [1, 0]),
        (("WRITE", "WRITE", "WRITE", ("RESTORE", {"version": "1"})), 1, []),
        (("WRITE", "WRITE", "WRITE", ("RESTORE", {"version": "1"}), "WRITE"), 1, [4]),
        (("WRITE", "WRITE", "WRITE", ("RESTORE", {"version": "0"})), 1, [3, 2]),
        (("WRITE", "WRITE", "WRITE", ("RESTORE", {"version": None})), 1, [3, 2]),
        (
            ("WRITE", "WRITE", ("RESTORE", {"version": "0"}), "WRITE", ("RESTORE", {"version": "2"})),
            0,
            [],
        ),
    ],
)
def test_what_was_taken_back_no_longer_counts(
    operations: tuple[Any, ...], least: int, standing: list[int]
) -> None:
    """A RESTORE hides the writes it took back; one behind the set, or to a time, is a write itself."""
    found = [commit.version for commit in standing_writes(history(*operations), least)]
    assert found == standing


def test_nothing_after_the_set_is_nothing_written() -> None:
    """An empty history has no writes."""
    assert standing_writes([], 3) == []


def test_a_mark_tells_the_run() -> None:
    """It differs by run and by what the run starts from, and whoever has none is no run."""
    assert run_of(mark_of("one", None)) == "one"
    assert len({mark_of("one", None), mark_of("one", "two"), mark_of("two", None)}) == 3
    found = [is_marked(Row(userMetadata=text)) for text in (mark_of("one", None), None, "", "somebody")]
    assert found == [True, False, False, False]


def test_the_newest_version_that_says_so() -> None:
    """Of properties set several times the newest counts; other properties and values do not."""
    said = [("SET TBLPROPERTIES", {"properties": json.dumps({"run": run})}) for run in ("a", "b", "a", "c")]
    commits = history("WRITE", *said)
    assert [version_saying(commits, "run", run) for run in ("a", "b", "d")] == [3, 2, None]
    assert version_saying(commits, "other", "a") is None


def test_counts_are_numbers() -> None:
    """What is none is left out."""
    assert counts_of(Row(operationMetrics={"numFiles": "2", "time": "n/a"})) == {"numFiles": 2}
    assert counts_of(Row(operationMetrics=None)) == {}
