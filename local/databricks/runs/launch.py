"""Starts a job's process so that a crash of the server never leaves an unknown process behind.

The new process first waits for one byte on its stdin, which the server sends once it has written the
process's id to disk, and only then becomes the job. A server that dies in between closes the pipe,
and the process ends without having begun.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.databricks.runs.processes import birth_of, end_session

GATE = "import os,sys; sys.stdin.buffer.read(1) or sys.exit(75); os.execv(sys.argv[1], sys.argv[1:])"
_WITHHELD = ("DATABRICKS_TOKEN",)


@dataclass(frozen=True)
class SparkEnvironment:
    """What a job's process is given: interpreter, import package and path, Java, memory.

    `driver_memory` is in Spark's notation ("4g"); `withheld` names environment variables, such as the
    storage connection string, that the job must not see.
    """

    python: Path
    package: str
    source: Path
    java_home: Path | None
    driver_memory: str = "4g"
    withheld: tuple[str, ...] = field(default=())

    def command(self, entry_point: str, parameters: list[str]) -> list[str]:
        """The job's command line."""
        return [str(self.python), "-m", f"{self.package}.{entry_point}", *parameters]

    def variables(self, spark_dir: Path) -> dict[str, str]:
        """The job's environment; Spark's own temporary files go to `spark_dir`."""
        hidden = {*_WITHHELD, *self.withheld}
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        java = {"JAVA_HOME": str(self.java_home)} if self.java_home else {}
        submit = f"--driver-memory {self.driver_memory} --conf spark.ui.enabled=false pyspark-shell"
        return {
            **kept,
            **java,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(self.source), kept.get("PYTHONPATH", "")])),
            "PYSPARK_PYTHON": str(self.python),
            "PYSPARK_DRIVER_PYTHON": str(self.python),
            "PYSPARK_SUBMIT_ARGS": submit,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(spark_dir),
        }


@dataclass(frozen=True)
class JobProcess:
    """A started job: its process, which leads a session of its own, and its birth mark."""

    process: Process
    birth: str

    async def wait(self) -> int:
        """The exit code; every process the job left behind is ended first."""
        code = await self.process.wait()
        await self.end()
        return code

    async def end(self) -> None:
        """End the job with all it started."""
        await end_session(self.process.pid, self.birth)
        await self.process.wait()


async def start_job(
    command: list[str], env: Mapping[str, str], directory: Path, on_born: Callable[[int, str], object]
) -> JobProcess:
    """Start a command in `directory`, its output in the files stdout and stderr there.

    `on_born` gets pid and birth mark and must have recorded them when it returns.
    """
    gate = [sys.executable, "-I", "-S", "-c", GATE, *command]
    with (directory / "stdout").open("ab") as out, (directory / "stderr").open("ab") as err:
        process = await asyncio.create_subprocess_exec(
            *gate, stdin=PIPE, stdout=out, stderr=err, cwd=directory, env=dict(env),
            start_new_session=True,
        )  # fmt: skip
    birth = birth_of(process.pid) or ""
    gate_keeper = process.stdin
    if gate_keeper is None:
        raise RuntimeError("the job's process was started without a pipe")
    try:
        on_born(process.pid, birth)
        gate_keeper.write(b"\n")
    finally:
        gate_keeper.close()
    return JobProcess(process, birth)
