"""Failed tasks and unreadable messages, kept with the reason; failed tasks can be sent again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pydantic import BaseModel

from shared.adapters.lake import CONTROL, Lake
from shared.messages.tasks import FetchTask


class FailedTask(BaseModel):
    """A task that ended without landing."""

    task: FetchTask
    reason: str
    failed_at: datetime


class FailedTasks:
    """Failed tasks under `control/runs/RUN/failed/`, unreadable messages under `control/unreadable/`."""

    def __init__(self, lake: Lake, now: Callable[[], datetime]) -> None:
        self._lake = lake
        self._now = now

    async def keep(self, task: FetchTask, reason: str) -> None:
        """Keep a failed task for replay."""
        failed = FailedTask(task=task, reason=reason, failed_at=self._now())
        await self._lake.put(CONTROL, _path(task.run_id, task.task_id), failed.model_dump_json().encode())

    async def keep_unreadable(self, message_id: str, body: str, reason: str) -> None:
        """Keep a message that cannot be read."""
        safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in message_id)[:200]
        name = f"unreadable/{self._now():%Y%m%dT%H%M%S}-{safe}.json"
        await self._lake.put_json(CONTROL, name, {"message_id": message_id, "reason": reason, "body": body})

    async def of_run(self, run_id: str) -> list[FailedTask]:
        """A run's failed tasks."""
        names = [name async for name in self._lake.names(CONTROL, _path(run_id, ""))]
        found = [await self._lake.read(CONTROL, name) for name in names]
        return [FailedTask.model_validate_json(data) for data in found if data]


def _path(run_id: str, task_id: str) -> str:
    return f"runs/{run_id}/failed/{task_id}.json" if task_id else f"runs/{run_id}/failed/"
