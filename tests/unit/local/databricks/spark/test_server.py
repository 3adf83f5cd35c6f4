"""When the Spark server is kept and when it is started anew; a small listener stands where Java would."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from local.databricks.spark.environment import JobEnvironment
from local.databricks.spark.program import SparkProgram
from local.databricks.spark.server import SparkServer

LISTEN = "import socket,sys,time; s=socket.create_server(('127.0.0.1',int(sys.argv[1]))); time.sleep(600)"


class Listener(SparkProgram):
    """A program that only listens."""

    def command(self, port: int, warehouse: Path) -> list[str]:
        return [sys.executable, "-c", LISTEN, str(port)]


async def test_a_server_that_served_other_packages_is_started_anew(tmp_path: Path) -> None:
    """Its Python processes may hold modules of before; one that only warmed up, or served the same, is kept."""
    (tmp_path / "spark").mkdir()
    program = Listener(tmp_path, tmp_path, ())
    environment = JobEnvironment(Path(sys.executable), tmp_path / "packages")
    server = SparkServer(program, environment, tmp_path / "spark")

    async def pid(packages: str | None) -> int:
        await server.client_variables(packages)
        return int(json.loads((tmp_path / "spark" / "server.json").read_text())["pid"])

    try:
        warm = await pid(None)
        assert [await pid("a"), await pid("a"), await pid(None)] == [warm, warm, warm]
        other = await pid("b")
        assert other != warm
        assert await pid("b") == other
    finally:
        await server.end()
