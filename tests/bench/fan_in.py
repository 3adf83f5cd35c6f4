"""The fan-in alone, against real storage: what one task costs as runs grow."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from azure.storage.blob.aio import BlobServiceClient

from local.machine.servers import azurite_connection_string, start_azurite
from local.stack import make_containers
from local.wiring import NODE_MODULES, ROOT
from shared.adapters.blobs import BlobLake
from shared.adapters.bus import Delivery
from shared.adapters.lake import Lake
from shared.adapters.telemetry import Telemetry
from shared.alerting.alerter import Alerter
from shared.alerting.book import NoticeOptions
from shared.alerting.notices import Notifier
from shared.alerting.rules import Thresholds
from shared.config import load_settings
from shared.ingestion.failed_tasks import FailedTasks
from shared.messages.events import PageRead, SliceHead, TaskDone
from shared.messages.tasks import DetailsParams, DiscoverParams, FetchTask
from shared.orchestration.fan_in import FanIn
from shared.orchestration.lifecycle import RunLifecycle
from shared.runs.state import RunPlan, RunState
from shared.runs.store import RunStore

BATCH = 200
RUN_ID = "20260101T000000Z-bench"
DAY = date(2026, 1, 1)


def measure(sizes: list[int]) -> dict[str, Any]:
    """Seconds, bytes and peak memory per size, each in a process of its own; ratios against the smallest."""
    with tempfile.TemporaryDirectory() as folder:
        azurite = start_azurite(
            Path(folder) / "azurite.log", modules=NODE_MODULES, location=Path(folder) / "data"
        )
        azurite.wait_ready()
        connection = azurite_connection_string(azurite.url)
        make_containers(connection)
        try:
            runs = [_in_process(connection, size) for size in sizes]
        finally:
            azurite.stop()
    first = runs[0]
    ratios = {
        name: round(max(run[name] for run in runs) / first[name], 3)
        for name in ("ms_per_task", "bytes_per_task", "peak_memory_mb")
    }
    return {"runs": runs, "worst_against_first": ratios}


def _in_process(connection: str, size: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.fan_in", connection, str(size)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


class CountingLake(BlobLake):
    """A lake that counts the bytes written to it."""

    written = 0

    async def put(self, container: str, name: str, data: bytes) -> None:
        """Count and write."""
        self.written += len(data)
        await super().put(container, name, data)

    async def append(self, container: str, name: str, data: bytes, at: int) -> int:
        """Count and append."""
        self.written += len(data)
        return await super().append(container, name, data, at)


class NoBus:
    """A queue nobody listens to: the fan-in of whole slices sends nothing."""

    async def send_tasks(self, tasks: Any, delay_s: float = 0.0) -> None:
        """Refuse tasks: there should be none."""
        assert not list(tasks)


async def run(connection: str, size: int) -> dict[str, Any]:
    """Track one run of about `size` tasks in batches."""
    lake = CountingLake(BlobServiceClient.from_connection_string(connection))
    runs = RunStore(lake, _now)
    run_id = f"{RUN_ID}{size}"
    root = FetchTask.create(run_id, DAY, DiscoverParams())
    now = datetime.now(UTC)
    state = RunState(run_id=run_id, state="ingesting", ingest_date=DAY, created_at=now, updated_at=now)
    await runs.create(state)
    await runs.save_plan(run_id, RunPlan(request={}, roots=(root,)))
    fan_in = _fan_in(lake, runs)
    start_s, cpu_s, tasks = time.monotonic(), time.process_time(), 0
    for batch in _batches(_events(root, size)):
        await fan_in.track([Delivery(event.to_json(), event.message_id) for event in batch])
        tasks += len(batch)
    took_s, cpu_s = time.monotonic() - start_s, time.process_time() - cpu_s
    ended = await runs.get(run_id)
    assert ended.state == "silver", ended.state
    await runs.end(run_id, "cancelled")
    await lake.close()
    return {
        "tasks": tasks,
        "seconds": round(took_s, 2),
        "ms_per_task": round(took_s * 1000 / tasks, 4),
        "cpu_ms_per_task": round(cpu_s * 1000 / tasks, 4),
        "bytes_per_task": round(lake.written / tasks, 1),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _now() -> datetime:
    return datetime.now(UTC)


def _fan_in(lake: Lake, runs: RunStore) -> FanIn:
    telemetry, config = Telemetry(), load_settings()
    alerter = Alerter(
        lake=lake,
        runs=runs,
        telemetry=telemetry,
        notifier=Notifier([]),
        now=_now,
        thresholds=Thresholds.of(config),
        options=NoticeOptions.of(config, ()),
    )
    lifecycle = RunLifecycle(runs=runs, telemetry=telemetry, alerter=alerter, now=_now)
    bus: Any = NoBus()
    return FanIn(
        lake=lake,
        bus=bus,
        runs=runs,
        failed_tasks=FailedTasks(lake, _now),
        lifecycle=lifecycle,
        now=_now,
        max_failed_share=config.max_failed_share,
    )


def _events(root: FetchTask, size: int) -> Iterator[TaskDone]:
    """A run as TMDB gives it: slices of 500 pages of 20 films, a details task for each page."""
    left, slices = size, []
    while left > 0:
        pages = min(500, max(1, left // 2))
        day = date.fromordinal(DAY.toordinal() + len(slices))
        params = DiscoverParams(since=day, until=day)
        slices.append((FetchTask.create(root.run_id, DAY, params), pages))
        left -= 2 * pages
    head = SliceHead(params=DiscoverParams(), reported=size * 10, readable=0, pages=0)
    children = tuple(task.task_id for task, _ in slices)
    yield _done(root, children, PageRead(slice_id=root.task_id, head=head))
    for number, (task, pages) in enumerate(slices):
        yield from _slice_events(task, pages, number * 10_000)


def _slice_events(head: FetchTask, pages: int, first_id: int) -> Iterator[TaskDone]:
    params = head.params
    assert isinstance(params, DiscoverParams)
    others = [
        FetchTask.create(head.run_id, DAY, params.model_copy(update={"page": n})) for n in range(2, pages + 1)
    ]
    told = SliceHead(params=params, reported=pages * 20, readable=pages * 20, pages=pages)
    for number, page in enumerate((head, *others)):
        ids = tuple(range(first_id + number * 20 + 1, first_id + number * 20 + 21))
        details = FetchTask.create(head.run_id, DAY, DetailsParams(film_ids=ids))
        followers = (details.task_id, *(t.task_id for t in others)) if number == 0 else (details.task_id,)
        read = PageRead(slice_id=head.task_id, ids=ids, head=told if number == 0 else None)
        yield _done(page, followers, read)
        yield _done(details, (), None)


def _done(task: FetchTask, children: tuple[str, ...], page: PageRead | None) -> TaskDone:
    return TaskDone(
        run_id=task.run_id,
        task_id=task.task_id,
        kind=task.kind,
        outcome="landed",
        children=children,
        records=20,
        requests=20,
        size_bytes=40_000,
        page=page,
    )


def _batches(events: Iterator[TaskDone]) -> Iterator[list[TaskDone]]:
    batch: list[TaskDone] = []
    for event in events:
        batch.append(event)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(sys.argv[1], int(sys.argv[2])))))
