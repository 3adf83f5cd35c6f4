"""What a job's process is given: an interpreter, a path to import from, and no secret of the server's."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

_WITHHELD = ("DATABRICKS_TOKEN", "PYSPARK_SUBMIT_ARGS", "SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED")


@dataclass(frozen=True)
class JobEnvironment:
    """Interpreter and import path of jobs.

    `packages` is the folder that the wheels of jobs are unpacked into; `connect` is that of the packages of a Spark
    Connect client, which come before all others; `withheld` names environment variables, such as the storage connection
    string, that the job must not see.
    """

    python: Path
    packages: Path
    connect: Path | None = None
    withheld: tuple[str, ...] = field(default=())

    def variables(self) -> dict[str, str]:
        """The environment of a job, without the address of a Spark."""
        hidden = {*_WITHHELD, *self.withheld}
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        paths = [str(self.connect or ""), str(self.packages), kept.get("PYTHONPATH", "")]
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "PYSPARK_PYTHON": str(self.python),
            "PYSPARK_DRIVER_PYTHON": str(self.python),
        }
