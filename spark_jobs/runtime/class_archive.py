"""An archive of Spark's classes, which a JVM maps into memory in place of unpacking and checking some 20,000 of them.

The JDK calls it class data sharing (JEP 350): a base archive of Java's own classes, and on top of it those that a
program had loaded when it ended. An archive that fits neither Java nor class path is passed over by the JVM itself.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

BASE, CLASSES = "base.jsa", "spark.jsa"
_QUIET = "-Xlog:cds*=off -Xlog:cds+dynamic=off"


def sharing_options(java_home: Path) -> str:
    """JVM options that use the archive in the home directory of a shim; '' where there is none."""
    base, classes = java_home / BASE, java_home / CLASSES
    if not classes.is_file():
        return ""
    return f"{_archive(f'{base}{os.pathsep}{classes}')} {_QUIET}"


def recording_options(java_home: Path, draft: Path) -> str:
    """JVM options that leave the classes loaded in `draft` when the program ends; the base archive is there."""
    return f"{_archive(str(java_home / BASE))} -XX:ArchiveClassesAtExit={shlex.quote(str(draft))} {_QUIET}"


def _archive(paths: str) -> str:
    return f"-XX:SharedArchiveFile={shlex.quote(paths)}"
