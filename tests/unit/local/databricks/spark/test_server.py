"""When the Spark server is kept and when it is started anew; a small listener stands where Java would."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from local.databricks.spark.environment import JobEnvironment
from local.databricks.spark.program import SparkProgram
from local.databricks.spark.server import SparkServer, remove_rolled

LISTEN = "import socket,sys,time; s=socket.create_server(('127.0.0.1',int(sys.argv[1]))); time.sleep(600)"


class Listener(SparkProgram):
    """A program that only listens."""

    def command(self, port: int, warehouse: Path, events: Path) -> list[str]:
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


def test_a_long_lived_server_keeps_the_end_of_its_event_log(tmp_path: Path) -> None:
    """The two newest files of each log stay; the tenth is newer than the ninth; what is no log is left alone."""
    folder = tmp_path / "eventlog_v2_local-1"
    folder.mkdir()
    for number in (1, 2, 9, 10):
        (folder / f"events_{number}_local-1").touch()
    (folder / "appstatus_local-1.inprogress").touch()
    remove_rolled(tmp_path)
    assert {path.name for path in folder.iterdir()} == {
        "events_9_local-1", "events_10_local-1", "appstatus_local-1.inprogress",
    }  # fmt: skip
