"""Records which classes a Spark server loads, for all Sparks of this machine to come: `python -m` this, as set-up does.

It starts a server, has it serve its warm-up once, and ends it; the JVM then writes its archive of classes.
"""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from local.databricks.spark.environment import JobEnvironment
from local.databricks.spark.program import SparkProgram, client_variables, spark_home
from local.databricks.spark.server import SAFE_PATH, WARM_UP
from local.machine.servers import free_port
from spark_jobs.runtime.class_archive import BASE, CLASSES, recording_options
from spark_jobs.runtime.delta_jars import delta_jars
from spark_jobs.runtime.java import java_home

_ROOT = Path(__file__).parents[3]
_LIMIT_S = 180.0
_POLL_S = 0.1


def main() -> None:
    """Leave both archives in the Java home of Spark; what was there before is replaced in one step."""
    home = java_home()
    with TemporaryDirectory(prefix="classes-", dir=home) as work:
        base, classes = Path(work) / BASE, Path(work) / CLASSES
        java = str(home / "bin" / "java")
        dump = [java, "-Xshare:dump", f"-XX:SharedArchiveFile={base}", "-XX:+UseSerialGC"]
        subprocess.run(dump, check=True, stdout=sys.stderr)  # noqa: S603 - Spark's own Java
        (home / CLASSES).unlink(missing_ok=True)  # it fits the base that it was recorded on
        base.replace(home / BASE)
        serve_once(home, classes)
        classes.replace(home / CLASSES)
    print(home / CLASSES)


def serve_once(home: Path, classes: Path) -> None:
    """Have a server record its classes in this file while it serves one client."""
    jars, options = tuple(delta_jars()), recording_options(home, classes)
    program = SparkProgram(home, spark_home(), jars, "1g", options)
    work = classes.parent
    environment = JobEnvironment(Path(sys.executable), _ROOT, _ROOT / ".local" / "connect")
    with _served(program, environment, work) as variables:
        warm_up = [sys.executable, SAFE_PATH, str(WARM_UP), str(work / "tables")]
        subprocess.run(warm_up, env=variables, check=True, timeout=_LIMIT_S)  # noqa: S603 - our own


@contextmanager
def _served(program: SparkProgram, environment: JobEnvironment, work: Path) -> Iterator[dict[str, str]]:
    """The environment of a client of a server, which has ended, its archive written, when this is left."""
    port, token = free_port(), secrets.token_urlsafe(24)
    for name in ("events", "scratch"):
        (work / name).mkdir()
    command = program.command(port, work / "warehouse", work / "events")
    variables = program.variables(environment.variables(), work / "scratch", token)
    server = subprocess.Popen(command, cwd=work, env=variables, stdout=sys.stderr)  # noqa: S603 - pyspark's own
    try:
        _wait_for(port, server)
        yield environment.variables() | client_variables(port, token)
    finally:
        server.terminate()
        server.wait(_LIMIT_S)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    limit_s = time.monotonic() + _LIMIT_S
    while server.poll() is None and time.monotonic() < limit_s:
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(_POLL_S)
    raise RuntimeError(f"Spark's server did not start: exit code {server.returncode}")


if __name__ == "__main__":
    main()
