"""The bundle's build command: the same sources give the same wheel, others another version."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.utils import parse_wheel_filename

from tests.builders.declared_tree import ROOT

BUNDLE = yaml.safe_load((ROOT / "infrastructure" / "databricks.yml").read_text())
ARTIFACT = BUNDLE["artifacts"]["crossfade_spark"]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
RETIRED = "spark_jobs/retired.py"


def checkout(directory: Path) -> Path:
    """What the wheel is made of, in a directory of its own."""
    for name in ("infrastructure", "spark_jobs"):
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", directory)
    return directory


def built(root: Path, umask: int = 0o022) -> Path:
    """The one wheel that the bundle's command makes there, with this test's Python as python3."""
    python = root / ".bin" / "python3"
    python.parent.mkdir(exist_ok=True)
    if not python.exists():
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
    environment = {**os.environ, "PATH": f"{python.parent}:/usr/bin:/bin"}
    where = (root / "infrastructure" / ARTIFACT["path"]).resolve()
    command = ["sh", "-c", ARTIFACT["build"]]
    subprocess.run(command, cwd=where, env=environment, umask=umask, check=True, timeout=300)
    (wheel,) = (root / "dist").glob("*.whl")
    return wheel


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the sources as they are, built in a fresh checkout."""
    return built(checkout(tmp_path_factory.mktemp("first")))


@pytest.fixture(scope="module")
def worked_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout that built the wheel of other sources, and has traces of an older build's kind."""
    root = checkout(tmp_path_factory.mktemp("worked_in"))
    (root / RETIRED).write_text('"""Gone in the next build."""\n')
    built(root)
    kept = root / "build" / "lib" / RETIRED
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(root / RETIRED, kept)
    return root


def test_the_version_is_that_of_the_project_with_a_number_of_its_sources(first: Path) -> None:
    """A post release: the number names the sources, pyproject.toml stays as it is."""
    _, version, _, _ = parse_wheel_filename(first.name)
    assert version.base_version == VERSION and version.post is not None
    assert (first.parents[1] / "pyproject.toml").read_text() == (ROOT / "pyproject.toml").read_text()


def test_the_wheel_holds_the_sources_and_nothing_else(first: Path) -> None:
    """Every module and every data file that stands in the repository."""
    kinds = {".py", ".json", ".j2"}
    found = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "spark_jobs").rglob("*") if path.suffix in kinds
    }
    assert names_in(first) == found


@pytest.mark.slow
def test_other_sources_are_another_version_and_the_same_ones_the_same_bytes(
    first: Path, worked_in: Path
) -> None:
    """A module more is another file; without it, with its traces there, the first wheel to the byte, and alone.

    What pyproject.toml says of linters is no source: what is not said of the wheel does not change it.
    """
    (other,) = (worked_in / "dist").glob("*.whl")
    assert other.name != first.name and RETIRED in names_in(other)
    (worked_in / RETIRED).unlink()
    (worked_in / "spark_jobs" / "__pycache__").mkdir()
    (worked_in / "spark_jobs" / "__pycache__" / "retired.cpython-311.pyc").write_bytes(b"old")
    for path in (worked_in / "spark_jobs").rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    project = worked_in / "pyproject.toml"
    text = project.read_text()
    project.write_text(text.replace("line-length = 110", "line-length = 111"))
    assert project.read_text() != text
    again = built(worked_in, umask=0o077)
    assert again.name == first.name and not other.exists()
    assert again.read_bytes() == first.read_bytes()
    assert not (worked_in / "spark_jobs.egg-info").exists()
