"""The manifest a stage starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.files import Files
from spark_jobs.runtime.stage_run import read_manifest


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """An empty lake."""
    return Files(f"{tmp_path}/{{area}}")


def test_a_manifest_is_read_as_it_is(files: Files) -> None:
    """The file of the stage and run, whole."""
    content = {"raw": [], "run_id": "R"}
    files.write_json("control", "bronze/R.json", content)
    assert read_manifest(files, "bronze", "R", "raw") == content


@pytest.mark.parametrize(
    ("stage", "content", "message"),
    [
        ("bronze", None, r"no manifest .*/control/bronze/R\.json: check the run id, let the run land first"),
        ("silver", {"raw": []}, "run the silver job first"),
        ("bronze", {"raw": "all"}, "bronze manifest of R has no 'raw': write it again"),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(
    files: Files, stage: str, content: dict[str, Any] | None, message: str
) -> None:
    """A file that is not there and one without its list are two messages, each with the next step."""
    if content:
        files.write_json("control", "bronze/R.json", content)
    with pytest.raises(LakeError, match=message):
        read_manifest(files, stage, "R", "raw")
