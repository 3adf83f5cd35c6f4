"""`python -m local.mongo [--port 0] [--work DIR]`: a MongoDB on 127.0.0.1, told in one ready line.

A mongod of the PATH, with its data in DIR; else the stand-in, which keeps all in memory. Runs until it is stopped.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from local.machine.child import Child, ProcessError
from local.machine.commands import OneLineParser, fail
from local.machine.servers import free_port
from local.mongo.stand_in import JarsMissing, stand_in
from spark_jobs.runtime.java import JavaNotFound, java_home

ROOT = Path(__file__).resolve().parents[2]
JARS = ROOT / ".local" / "mongo-jars"
DATABASE = "crossfade"


def main(argv: Sequence[str] | None = None) -> None:
    """Start the server that this machine has, say where it listens, and wait for SIGTERM or Ctrl-C."""
    given = _parser().parse_args(argv)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    mongod = None if given.stand_in else shutil.which("mongod")
    try:
        running = _mongod(mongod, given.work, given.port) if mongod else _stand_in(given.port, given.memory)
        with running as port:
            ready = {"ready": True, "url": f"mongodb://127.0.0.1:{port}/{DATABASE}", "port": port}
            print(json.dumps(ready | {"server": "mongod" if mongod else "stand-in"}), flush=True)
            signal.pause()
    except (JarsMissing, JavaNotFound, ProcessError) as error:
        fail(f"mongo: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="python -m local.mongo", description="A MongoDB on this machine.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (0: a free one)")
    parser.add_argument(
        "--work", type=Path, default=Path(".local/mongo"), help="where a mongod keeps its data"
    )
    parser.add_argument("--memory", default="2g", help="heap of the stand-in")
    parser.add_argument("--stand-in", action="store_true", help="the stand-in, also where there is a mongod")
    return parser


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


@contextmanager
def _mongod(program: str, work: Path, port: int) -> Iterator[int]:
    """The machine's own server."""
    work.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    argv: list[str | Path] = [program, "--dbpath", work, "--bind_ip", "127.0.0.1", "--port", str(port)]

    def ready(line: str) -> dict[str, object] | None:
        return {"ready": True, "port": port} if "Waiting for connections" in line else None

    with Child("mongod", argv, log_path=work / "mongod.log", ready=ready) as child:
        child.wait_ready()
        yield port


@contextmanager
def _stand_in(port: int, memory: str) -> Iterator[int]:
    found = importlib.util.find_spec("pyspark")
    jars = sorted(Path(found.origin).parent.glob("jars/py4j-*.jar")) if found and found.origin else []
    if not jars:
        raise JarsMissing("no jar of py4j: pyspark is not installed, run python -m local.setup run")
    with stand_in(java_home() / "bin" / "java", jars[0], JARS, port=port, memory=memory) as listening:
        yield listening


if __name__ == "__main__":
    main()
