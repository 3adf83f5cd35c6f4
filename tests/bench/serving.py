"""How fast lookups and the search are answered over HTTP, by the local host over Azurite, at a rate that is kept.

    python -m tests.bench.serving [--films 1000000 --releases 400000] [--folder DIR] [--seconds 20] [--rate 50]

Prints one JSON object. The files are written by the gold job's own code from invented rows; `--folder` keeps them, and
a second call takes them from there. Cold is an app that has begun and read nothing of the index; warm is the same app
after as many lookups. Every request is sent when it is due, and its time counts from then. What a request takes of the
processors in the host and in the storage is told too: unlike times it is the same on a busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from azure.storage.blob.aio import BlobServiceClient

from local.machine.servers import Child, azurite_connection_string, start_azurite
from tests.bench.serving_data import RUN, SYLLABLES, write_generation_of

ROOT = Path(__file__).parents[2]
KEY = "key-of-the-benchmark"
UPLOADS = 24
SEARCHES_A_SECOND = 5
HOST_LIMIT_S = 120


class Questions:
    """Addresses of a catalog, drawn at random; the same seed gives the same."""

    def __init__(self, films: int, releases: int, seed: int) -> None:
        self._films, self._releases, self._random = films, releases, random.Random(seed)  # noqa: S311 -- draws

    def lookup(self) -> str:
        """Half by film, a fifth by release, the rest by IMDb id, master and barcode."""
        film, release = self._random.randint(1, self._films), self._random.randint(1, self._releases)
        kind = self._random.random()
        if kind < 0.5:
            return f"films/{film}/soundtracks"
        if kind < 0.7:
            return f"releases/{release * 37}/film"
        if kind < 0.8:
            return f"films/imdb/tt{film * 3:07}/soundtracks"
        return f"masters/{release // 2 + 1}/film" if kind < 0.9 else f"barcodes/{release * 7919:013}/film"

    def search(self) -> str:
        """Two words of three letters and more that begin invented words."""
        words = ["".join(self._random.choices(SYLLABLES, k=2)) for _ in range(self._random.randint(1, 2))]
        return f"search?q={'+'.join(words)}"


async def keep_rate(
    client: httpx.AsyncClient, ask: Callable[[], str], rate: float, seconds: float
) -> dict[str, Any]:
    """Ask at a rate for some seconds; milliseconds from when each was due."""
    begun = time.monotonic()
    taken: list[float] = []
    statuses: dict[int, int] = {}

    async def one(path: str, due: float) -> None:
        answer = await client.get(path)
        taken.append(1000 * (time.monotonic() - due))
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1

    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(one(ask(), due))
    taken.sort()
    return {
        "requests": len(taken),
        "p50_ms": round(taken[len(taken) // 2], 1),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 1),
        "p99_ms": round(taken[int(len(taken) * 0.99)], 1),
        "statuses": statuses,
    }


async def upload(lake: str, folder: Path) -> int:
    """Bring the files into the lake; how many there are."""
    files = [
        path for path in sorted((folder / "search").rglob("*")) if path.is_file() and path.name[0] != "."
    ]
    slots = asyncio.Semaphore(UPLOADS)
    async with BlobServiceClient.from_connection_string(lake) as service:
        for name in ("gold", "control"):
            await service.create_container(name)

        async def one(path: Path) -> None:
            async with slots:
                blob = service.get_blob_client("gold", path.relative_to(folder).as_posix())
                await blob.upload_blob(await asyncio.to_thread(path.read_bytes))

        async with asyncio.TaskGroup() as group:
            for path in files:
                group.create_task(one(path))
    return len(files)


@contextmanager
def host(lake: str, log: Path) -> Iterator[Child]:
    """The local host with the app's HTTP functions."""
    from function_app import app

    others = [f.get_function_name() for f in app.get_functions() if f.get_trigger().type != "httpTrigger"]  # type: ignore[union-attr]
    environment = {
        "AzureWebJobsStorage": lake, "LAKE": lake, "LOCAL_HOST_KEY": KEY, "LOOKUPS_PER_MIN": "100000",
        "LOOKUPS_PER_DAY": "10000000", "LOCAL_HOST_LOG_LEVEL": "WARNING",
        **{f"AzureWebJobs.{name}.Disabled": "true" for name in others},
    }  # fmt: skip
    argv = [sys.executable, "-m", "local.host", "--port", "0", "--app-root", str(ROOT)]
    with Child("host", argv, environment, log, cwd=ROOT) as child:
        child.wait_ready(HOST_LIMIT_S)
        yield child


def cpu_s(pid: int) -> float:
    """What a process has had of the processors, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int, name: str) -> int:
    """A size of a process, from /proc."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) // 1024


async def measure(url: str, pid: int, storage: int, given: argparse.Namespace) -> dict[str, Any]:
    """Cold, then warm lookups, then searches; the host's memory after each, and what it and the storage cost."""
    memory = {"begun": memory_mb(pid, "VmRSS")}
    figures: dict[str, Any] = {}
    cpu: dict[str, dict[str, float]] = {}

    async def phase(name: str, ask: Callable[[], str], rate: float, seconds: float) -> None:
        before = {"host": cpu_s(pid), "storage": cpu_s(storage)}
        figures[name] = await keep_rate(client, ask, rate, seconds)
        after = {"host": cpu_s(pid), "storage": cpu_s(storage)}
        requests = figures[name]["requests"]
        cpu[name] = {each: round(1000 * (after[each] - before[each]) / requests, 1) for each in before}
        memory[name] = memory_mb(pid, "VmRSS")

    # As many connections as may wait at once: a client that queues would measure itself.
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    headers = {"x-functions-key": KEY, "Accept-Encoding": "gzip"}
    async with httpx.AsyncClient(
        base_url=f"{url}/api/", headers=headers, timeout=60, limits=limits
    ) as client:
        (await client.get("runs")).raise_for_status()  # the app has begun; of the index it has read nothing
        for number, name in enumerate(("cold", "warm")):
            questions = Questions(given.films, given.releases, number)
            await phase(name, questions.lookup, given.rate, given.seconds * (1 + number))
        searches = Questions(given.films, given.releases, 7)
        await phase("search", searches.search, SEARCHES_A_SECOND, given.seconds)
    memory["peak"] = memory_mb(pid, "VmHWM")
    lookup = {f"{name}_{key}": value for name in ("cold", "warm") for key, value in figures[name].items()}
    return {
        "lookup": lookup,
        "search": figures["search"],
        "cpu_ms_a_request": cpu,
        "host_memory_mb": memory,
    }


def run(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    figures: dict[str, Any] = {"films": given.films, "releases": given.releases, "cores": os.cpu_count()}
    if not (folder / "search" / "_current.json").exists():
        figures["written"] = write_generation_of(folder, given.films, given.releases)
    if given.build_only:
        return figures
    with (
        tempfile.TemporaryDirectory() as store,
        start_azurite(folder / "azurite.log", location=Path(store)) as azurite,
    ):
        azurite.wait_ready()
        lake = azurite_connection_string(azurite.ready["url"])
        figures["files"] = asyncio.run(upload(lake, folder))
        with host(lake, folder / "host.log") as child:
            figures |= asyncio.run(measure(child.ready["url"], child.pid, azurite.pid, given))
    return {"run": RUN, **figures}


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="tests.bench.serving", description=__doc__)
    parser.add_argument("--films", type=int, default=1_000_000)
    parser.add_argument("--releases", type=int, default=400_000)
    parser.add_argument("--rate", type=float, default=50.0, help="requests a second")
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="of cold lookups; warm ones take twice as long"
    )
    parser.add_argument("--folder", type=Path, help="where the files lie, or are written to")
    parser.add_argument("--build-only", action="store_true", help="write the files and stop")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = (given.folder or Path(name)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        sys.stdout.write(json.dumps(run(folder, given)) + "\n")


if __name__ == "__main__":
    main()
