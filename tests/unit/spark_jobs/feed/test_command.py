"""The feed after gold: whatever goes wrong is written down and fails nothing."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, cast

import pytest
from pyspark.sql import SparkSession

from spark_jobs.feed.command import feed_after_gold
from spark_jobs.lakehouse.lake import Addresses

RUN = "20261120T063000Z-0001"
NO_SPARK = cast(SparkSession, None)  # it stops before anything is computed
ENTRY = {"table": "gold.matches", "version": 1, "rows": 1, "content": 1, "files": 1, "definition": "d"}


def addresses(root: Path) -> Addresses:
    return Addresses(f"{root.as_uri()}/{{container}}", f"{root}/{{area}}")


def put(root: Path, name: str, value: Any) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def reported(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / f"metrics/{RUN}/feed.json").read_text())
    return found


def test_without_gold_it_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One line in the job's log."""
    with caplog.at_level(logging.ERROR):
        feed_after_gold(NO_SPARK, addresses(tmp_path), 7)
    assert "run the gold job first" in caplog.text


@pytest.mark.parametrize(
    ("index", "tables", "says"),
    [
        ({"generation": 1}, {"matches": ENTRY}, "index.json is damaged"),
        (None, {"matches": ENTRY}, "silver.movies, silver.releases, which is not there"),
    ],
)
def test_what_went_wrong_is_written_down(
    tmp_path: Path, index: dict[str, Any] | None, tables: dict[str, Any], says: str
) -> None:
    """With the remedy, beside the run's other figures."""
    put(tmp_path, "control/tables/gold.json", {"run_id": RUN, "tables": tables, "previous": None})
    put(tmp_path, f"control/silver/{RUN}.json", {"tables": {}})
    if index:
        put(tmp_path, "feed/index.json", index)
    feed_after_gold(NO_SPARK, addresses(tmp_path), 7)
    found = reported(tmp_path)
    assert (found["run"], found["state"]) == (RUN, "failed") and says in found["reason"]
