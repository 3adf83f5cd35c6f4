"""The matcher on the labelled real records."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from spark_jobs.evaluate import main

SHARED = Path(__file__).parents[4].parent / "shared" / "data"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SHARED / "real").is_dir(), reason="the labelled real records are not here"),
]


def figures(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """What the command prints for a folder of labelled data."""
    files = (
        ("--movies", "tmdb_movies.jsonl.gz"),
        ("--releases", "discogs_releases.jsonl.gz"),
        ("--links", "links.csv"),
    )
    main([part for name, file in files for part in (name, str(folder / file))] + ["--json", "--errors", "3"])
    found: dict[str, float] = json.loads(capsys.readouterr().out)
    return found


def test_f1_on_the_real_records(spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    """F1 0.98 or more, in the keys the command promises."""
    found = figures(SHARED / "real", capsys)
    assert {"precision", "recall", "f1", "predicted", "links", "seconds"} <= set(found)
    assert found["links"] == 965
    assert found["f1"] >= 0.98


def test_f1_on_the_hard_variant(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """F1 0.95 or more with decoys, reissues and mangled names."""
    script = str(SHARED / "make_hard.py")
    subprocess.run(
        [sys.executable, script, str(SHARED / "real"), str(tmp_path)], check=True, capture_output=True
    )
    assert figures(tmp_path, capsys)["f1"] >= 0.95
