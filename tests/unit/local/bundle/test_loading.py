"""The files of a bundle as one document."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.bundle.errors import BundleError
from local.bundle.source.loading import load

MAIN = """
bundle: {name: b}
include: ["resources/*.yml"]
variables:
  size: {default: 1}
targets:
  dev:
    variables: {size: 2}
    resources:
      jobs:
        j: {tasks: [{task_key: t, environment_key: e}, {task_key: u}]}
"""
JOB = """
resources:
  jobs:
    j: {name: j, tasks: [{task_key: t, max_retries: 1}], spec: ["../dist/*.whl"]}
targets:
  dev:
    resources:
      jobs:
        j: {tags: {a: b}}
"""


def bundle(folder: Path, main: str = MAIN) -> Path:
    """A bundle of two files."""
    (folder / "resources").mkdir()
    (folder / "databricks.yml").write_text(main)
    (folder / "resources" / "j.yml").write_text(JOB)
    return folder


def test_files_and_target_are_merged(tmp_path: Path) -> None:
    """Objects are merged, tasks by their key, a target's value is a variable's default, wheels are made absolute."""
    found = load(bundle(tmp_path), "dev")
    assert found["variables"]["size"] == {"default": 2}
    assert found["resources"]["jobs"]["j"] == {
        "name": "j",
        "tags": {"a": "b"},
        "tasks": [{"task_key": "t", "max_retries": 1, "environment_key": "e"}, {"task_key": "u"}],
        "spec": [str(tmp_path / "dist/*.whl")],
    }
    assert "targets" not in found and "include" not in found


def test_what_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    """A target that is not there, a file that is not there, one that is no YAML, one that holds no object."""
    with pytest.raises(BundleError, match="no target prod: it has dev"):
        load(bundle(tmp_path), "prod")
    with pytest.raises(BundleError, match=r"databricks\.yml cannot be read"):
        load(tmp_path / "nowhere", "dev")
    for text in ("[", "7"):
        (tmp_path / "databricks.yml").write_text(text)
        with pytest.raises(BundleError, match=r"databricks\.yml (cannot be read|holds no object)"):
            load(tmp_path, "dev")
