"""The matcher on the written cases of public facts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from spark_jobs.evaluate import main
from tests.matching_cases.builder import PARTS, write_cases


@pytest.mark.parametrize("part", PARTS)
def test_written_cases_are_matched(
    part: str, spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Precision 0.95 and F1 0.9 or more, on the cases the weights were fitted on and on those they were not."""
    folder = write_cases(part, tmp_path / part)
    files = {"movies": "tmdb_movies.jsonl.gz", "releases": "discogs_releases.jsonl.gz", "links": "links.csv"}
    main([given for name, file in files.items() for given in (f"--{name}", str(folder / file))] + ["--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["links"] > 70
    assert (found["precision"] >= 0.95, found["f1"] >= 0.9) == (True, True), found
