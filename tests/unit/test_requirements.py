"""The pinned packages, on every Python that the project says it runs on."""

from __future__ import annotations

import platform
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import distributions, requires, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.machine.interpreters import NEWEST, OLDEST

ROOT = Path(__file__).resolve().parents[2]
COMPILED, APP = ROOT / "requirements.txt", ROOT / "requirements.in"
FILES = [APP, *sorted(set(ROOT.glob("requirements*.txt")) - {COMPILED})]
"""Those that are written by hand."""
CONNECT = ROOT / "requirements-connect.txt"
APART = {"requirements-bench", "requirements-notebook", CONNECT.stem}
"""Those that are not installed in the environment of the tests."""
PYTHONS = [f"3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 2)]
"""Those that are tried, and the next one, which set-up takes where there is no other."""


def requirements_of(path: Path) -> list[Requirement]:
    """The requirements a file states itself."""
    lines = [line.partition("#")[0].strip() for line in path.read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-r")]


def wanted_on(python: str, path: Path) -> list[Requirement]:
    """Those of a file that apply on a Python, such as 3.13 or 3.13.1."""
    major, minor, patch = (*python.split("."), "0")[:3]
    here = {"python_version": f"{major}.{minor}", "python_full_version": f"{major}.{minor}.{patch}"}
    return [found for found in requirements_of(path) if not found.marker or found.marker.evaluate(here)]


def pins_on(python: str, path: Path) -> dict[str, str]:
    """The version of each package of a file on a Python."""
    return {
        canonicalize_name(found.name): str(found.specifier).removeprefix("==")
        for found in wanted_on(python, path)
    }


def asked_for(names: Iterable[str]) -> set[str]:
    """These packages and all that they ask for, as what is installed here says it."""
    found: set[tuple[str, str]] = set()
    left = {(canonicalize_name(name), "") for name in names}
    while left:
        name, extra = left.pop()
        found.add((name, extra))
        for wanted in map(Requirement, requires(name) or ()):
            if not wanted.marker or wanted.marker.evaluate({"extra": extra}):
                left |= {(canonicalize_name(wanted.name), extra) for extra in ("", *wanted.extras)} - found
    return {name for name, _ in found}


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
    (pin,) = [found for found in wanted_on(python, APP) if found.name == "azure-functions"]
    assert str(pin.specifier).removeprefix("==").startswith(line)


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_deployed_is_compiled_from_the_list_by_hand(python: str) -> None:
    """`make pins` was run: the compiled list has each package at one version, and the app's own at theirs."""
    names = Counter(requirement.name for requirement in wanted_on(python, COMPILED))
    assert set(names.values()) == {1}
    assert all(str(found.specifier).startswith("==") for found in requirements_of(COMPILED))
    assert pins_on(python, APP).items() <= pins_on(python, COMPILED).items()


def test_nothing_that_is_deployed_floats() -> None:
    """Whatever a package of the app asks for, and what that asks for, has its pin; nothing else has one."""
    python = platform.python_version()
    assert asked_for(pins_on(python, APP)) == set(pins_on(python, COMPILED))


def test_protobuf_is_one_that_the_worker_can_load() -> None:
    """On the app's Python the worker's messages are made by protobuf 5.29, and the app's package is found first."""
    assert pins_on("3.13", COMPILED)["protobuf"].startswith("5.29.")


def test_what_is_installed_is_what_is_pinned_for_this_python() -> None:
    """The tests run against the versions that the markers choose."""
    python = platform.python_version()
    files = [COMPILED, *(path for path in FILES if path.stem not in APART)]
    pins = [pin for path in files for pin in wanted_on(python, path)]
    assert {pin.name: version(pin.name) for pin in pins} == {
        pin.name: str(pin.specifier).removeprefix("==") for pin in pins
    }


def test_the_client_of_spark_connect_has_what_pyspark_asks_for() -> None:
    """Every package of pyspark's extra `connect` is met: by the folder of its own, else by the environment."""
    wanted = [found for found in map(Requirement, requires("pyspark") or ()) if is_of("connect", found)]
    assert len(wanted) >= 6
    pins = pins_on(platform.python_version(), CONNECT)
    unmet = [found for found in wanted if not found.specifier.contains(version_in(pins, found.name))]
    assert not unmet


def test_the_folder_of_spark_connect_lacks_no_package() -> None:
    """Its packages are installed without what they ask for: each such is pinned beside them or in the environment."""
    pins = pins_on(platform.python_version(), CONNECT)
    found = {
        canonicalize_name(item.name): item for item in distributions(path=[str(ROOT / ".local/connect")])
    }
    assert {name: item.version for name, item in found.items()} == pins
    wanted = [Requirement(line) for item in found.values() for line in item.requires or ()]
    needed = [item for item in wanted if not item.marker or item.marker.evaluate({"extra": ""})]
    assert all(item.specifier.contains(version_in(pins, item.name)) for item in needed)


def is_of(extra: str, wanted: Requirement) -> bool:
    return wanted.marker is not None and wanted.marker.evaluate({"extra": extra})


def version_in(pins: dict[str, str], name: str) -> str:
    return pins.get(canonicalize_name(name)) or version(name)


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
