"""Delta Lake's jars, which set-up brings (`python -m local.setup run`); Databricks has its own."""

from __future__ import annotations

import os
from pathlib import Path

import spark_jobs

_FOLDER = Path(spark_jobs.__file__).resolve().parents[1] / ".local" / "jars"


class JarsNotFound(RuntimeError):
    """Spark has to be started here, and Delta Lake's jars are not there."""


def delta_jars() -> list[Path]:
    """The jars, from the folder that CROSSFADE_JARS names, else from `.local/jars` of the source tree."""
    folder = Path(os.environ.get("CROSSFADE_JARS", _FOLDER))
    jars = sorted(folder.glob("delta-*.jar"))
    if not jars:
        raise JarsNotFound(f"no jars of Delta Lake in {folder}: run `python -m local.setup run`")
    return jars
