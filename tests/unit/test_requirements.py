"""The pinned packages, on every Python that the project says it runs on."""

from __future__ import annotations

import re
import sys
import tomllib
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from local.interpreters import NEWEST, OLDEST

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(ROOT.glob("requirements*.txt"))
PYTHONS = [f"3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 2)]
"""Those that are tried, and the next one, which set-up takes where there is no other."""


def requirements_of(path: Path) -> list[Requirement]:
    """The requirements a file states itself."""
    lines = [line.partition("#")[0].strip() for line in path.read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-r")]


def wanted_on(python: str, path: Path) -> list[Requirement]:
    """Those of a file that apply on a Python."""
    here = {"python_version": python, "python_full_version": f"{python}.0"}
    return [found for found in requirements_of(path) if not found.marker or found.marker.evaluate(here)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
@pytest.mark.parametrize("python", PYTHONS)
def test_each_package_has_one_pin_on_each_python(python: str, path: Path) -> None:
    """No Python is left without a package, and none gets two versions of it."""
    names = Counter(requirement.name for requirement in wanted_on(python, path))
    assert set(names) == {requirement.name for requirement in requirements_of(path)}
    assert set(names.values()) == {1}
    assert all(str(found.specifier).startswith("==") for found in requirements_of(path))


@pytest.mark.parametrize(("python", "line"), [("3.11", "1."), ("3.12", "1."), ("3.13", "2."), ("3.14", "2.")])
def test_azure_functions_is_of_the_line_made_for_the_python(python: str, line: str) -> None:
    """Its 1.x refuses Python 3.13 and its 2.x those before."""
    (pin,) = [
        found for found in wanted_on(python, ROOT / "requirements.txt") if found.name == "azure-functions"
    ]
    assert str(pin.specifier).removeprefix("==").startswith(line)


def test_what_is_installed_is_what_is_pinned_for_this_python() -> None:
    """The tests run against the versions that the markers choose."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    pins = [pin for path in FILES if path.stem != "requirements-bench" for pin in wanted_on(python, path)]
    assert {pin.name: version(pin.name) for pin in pins} == {
        pin.name: str(pin.specifier).removeprefix("==") for pin in pins
    }


def test_one_range_of_pythons_is_said_everywhere() -> None:
    """The wheel, the linters, ci's matrix, the Makefile and the README name the Pythons set-up knows."""
    oldest, newest = (f"{major}.{minor}" for major, minor in (OLDEST, NEWEST))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert project["project"]["requires-python"] == f">={oldest}"
    assert project["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"
    assert project["tool"]["mypy"]["python_version"] == oldest
    assert ci["jobs"]["check"]["strategy"]["matrix"]["python"] == PYTHONS[:-1]
    assert f"Python {oldest} to {newest}" in (ROOT / "README.md").read_text()
    assert f"Python {oldest} to {newest}" in (ROOT / "Makefile").read_text()


def test_the_app_runs_on_a_python_that_is_tried_and_that_ci_tests_whole() -> None:
    """What main.bicep names for Azure is within the range, and the one that ci runs every test on and deploys from."""
    bicep = (ROOT / "infrastructure/main.bicep").read_text()
    in_azure = re.findall(r"^param pythonVersion string = '(.+)'$", bicep, re.MULTILINE)[0]
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    deploy = yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text())
    (whole,) = ci["jobs"]["check"]["strategy"]["matrix"]["include"]
    set_up = [
        step["with"] for step in deploy["jobs"]["deploy"]["steps"] if "setup-python" in step.get("uses", "")
    ]
    container = (ROOT / ".devcontainer/devcontainer.json").read_text()
    assert in_azure in PYTHONS[:-1]
    assert f"devcontainers/python:{in_azure}-" in container
    assert whole == {"python": in_azure, "all": True}
    assert [step["python-version"] for step in set_up] == [in_azure]
