"""The manifest a stage starts from."""

from __future__ import annotations

from typing import Any

import pytest

from spark_jobs.runtime.lake import LakeError
from spark_jobs.runtime.stage_run import read_manifest


class OneFile:
    """A lake with one JSON file, or none."""

    def __init__(self, content: dict[str, Any] | None) -> None:
        self.content = content

    def read_json(self, container: str, name: str) -> dict[str, Any] | None:
        return self.content if (container, name) == ("control", "bronze/R.json") else None

    def uri(self, container: str, name: str) -> str:
        return f"file:///lake/{container}/{name}"


def test_a_manifest_is_read_as_it_is() -> None:
    """The file of the stage and run, whole."""
    content = {"raw": [], "run_id": "R"}
    assert read_manifest(OneFile(content), "bronze", "R", "raw") == content  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stage", "content", "message"),
    [
        ("bronze", None, r"no manifest file:///lake/control/bronze/R\.json: check the run id"),
        ("silver", {"raw": []}, "run the silver job first"),
        ("bronze", {"raw": "all"}, "bronze manifest of R has no 'raw': write it again"),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(
    stage: str, content: dict[str, Any] | None, message: str
) -> None:
    """A file that is not there and one without its list are two messages, each with the next step."""
    with pytest.raises(LakeError, match=message):
        read_manifest(OneFile(content), stage, "R", "raw")  # type: ignore[arg-type]
