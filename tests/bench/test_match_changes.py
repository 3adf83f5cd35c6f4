"""The lake that the matcher's benchmark of changes and reviews makes."""

from __future__ import annotations

from pathlib import Path

from spark_jobs.runtime.session import QUICK_COMPILER, SHORT_LIVED
from spark_jobs.runtime.stage_run import session_settings
from tests.bench.match_changes import RUNS, _addresses, write_bronze_manifest


def test_the_gold_job_finds_what_bronze_brought(tmp_path: Path) -> None:
    """Its session is the one that a run of this size has."""
    for records, settings in ((1_000, SHORT_LIVED), (40_000, QUICK_COMPILER), (1_000_000, {})):
        write_bronze_manifest(tmp_path, RUNS[0], records)
        assert session_settings(_addresses(tmp_path), RUNS[0]) == settings
