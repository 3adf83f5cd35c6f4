"""Where the jars of Delta Lake lie, for a Spark that is started here; on Databricks the runtime brings them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import spark_jobs

FOLDER_VARIABLE = "CROSSFADE_JARS"
_FOLDER = Path(spark_jobs.__file__).resolve().parents[1] / ".local" / "jars"
_WANTED = ("delta-spark_*.jar", "delta-storage-*.jar")


class JarsNotFound(Exception):
    """Spark cannot read Delta tables here; the message says what to do."""


def delta_jars(environment: Mapping[str, str] = os.environ, folder: Path = _FOLDER) -> list[Path]:
    """The jars that a Spark session needs for Delta tables, in the folder of CROSSFADE_JARS, else in `.local/jars`.

    Raises JarsNotFound.
    """
    folder = Path(environment.get(FOLDER_VARIABLE) or folder)
    found = [sorted(folder.glob(name)) for name in _WANTED]
    if not all(found):
        raise JarsNotFound(
            f"no jars of Delta Lake in {folder}: run python -m local.setup run, or name their folder "
            f"in {FOLDER_VARIABLE}"
        )
    return [path for paths in found for path in paths]
