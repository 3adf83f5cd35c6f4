"""How fast answers go through queue, worker, storage and fan-in when no limit binds, beside a plain loop."""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from local.console.client import RunsClient
from local.stack import Stack
from local.wiring import StackOptions
from shared.sources.tmdb import APPENDED

UNLIMITED = {"TMDB_REQUESTS_PER_S": "100000", "DISCOGS_REQUESTS_PER_MIN": "1000000"}
PLAIN_CONCURRENCY = 64
POLL_S = 0.1
INGEST_LIMIT_S = 900.0


def measure(films: int, releases: int) -> dict[str, Any]:
    """Answers a second of a run's ingest, and of a plain httpx loop that only writes files."""
    with tempfile.TemporaryDirectory() as folder:
        options = StackOptions(
            state_dir=Path(folder) / "stack",
            films=films,
            releases=releases,
            tmdb_per_s=0,
            discogs_per_min=0,
            app_settings=UNLIMITED,
        )
        with Stack(options) as stack:
            plain = _plain_loop(stack, films, Path(folder) / "plain")
            ours = _ingest(stack)
    return {
        "ingest": ours,
        "plain_loop": plain,
        "ratio": round(ours["answers_per_s"] / plain["answers_per_s"], 3),
    }


def _ingest(stack: Stack) -> dict[str, Any]:
    before = stack.catalog_stats()
    with RunsClient(stack.url, stack.credentials.host_key) as client:
        start_s = time.monotonic()
        run_id = client.refresh()
        while (status := client.status(run_id))["state"] in ("planning", "ingesting"):
            if time.monotonic() - start_s > INGEST_LIMIT_S:
                raise TimeoutError(f"ingest took longer than {INGEST_LIMIT_S} s")
            time.sleep(POLL_S)
        took_s = time.monotonic() - start_s
        client.request("POST", f"/runs/{run_id}/cancel")
    after = stack.catalog_stats()
    answers = sum(after[source]["requests"] - before[source]["requests"] for source in after)
    tasks = sum(source["done"] for source in status["progress"].values())
    return {
        "seconds": round(took_s, 2),
        "answers": answers,
        "answers_per_s": round(answers / took_s, 1),
        "tasks": tasks,
        "tasks_per_s": round(tasks / took_s, 1),
    }


def _plain_loop(stack: Stack, films: int, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    start_s = time.monotonic()
    answers = asyncio.run(_fetch_all(stack, films, folder))
    took_s = time.monotonic() - start_s
    return {
        "seconds": round(took_s, 2),
        "answers": answers,
        "answers_per_s": round(answers / took_s, 1),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


async def _fetch_all(stack: Stack, films: int, folder: Path) -> int:
    """The list pages, then every film, as a script would get them."""
    gate = asyncio.Semaphore(PLAIN_CONCURRENCY)
    headers = {"Authorization": f"Bearer {stack.credentials.tmdb_token}"}
    count = 0

    async with httpx.AsyncClient(
        base_url=f"{stack.wiring.url('catalog')}/tmdb", headers=headers, timeout=60
    ) as http:

        async def get(path: str, name: str, **params: str) -> dict[str, Any]:
            nonlocal count
            async with gate:
                answer = await http.get(path, params=params)
            answer.raise_for_status()
            await asyncio.to_thread((folder / name).write_bytes, answer.content)
            count += 1
            return dict(answer.json())

        async def page(number: int) -> None:
            query = {"page": str(number), "sort_by": "primary_release_date.asc"}
            body = await get("/3/discover/movie", f"page-{number}.json", **query)
            ids = [row["id"] for row in body["results"]]
            await asyncio.gather(
                *(get(f"/3/movie/{i}", f"film-{i}.json", append_to_response=APPENDED) for i in ids)
            )

        pages = min(500, -(-films // 20))
        await asyncio.gather(*(page(number) for number in range(1, pages + 1)))
    return count
