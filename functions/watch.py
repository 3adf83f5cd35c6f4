"""watch_runs, drain_dead_letters once a minute, remove_expired once a night: what nobody else notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import azure.functions as func

from functions.triggers import timer

if TYPE_CHECKING:
    from shared.services import Services

blueprint = func.Blueprint()
EVERY_MINUTE = "0 * * * * *"
EVERY_MINUTE_HALF = "30 * * * * *"
EVERY_NIGHT = "0 30 2 * * *"


@timer(blueprint, EVERY_MINUTE)
async def watch_runs(app: Services) -> None:
    """Look after the active run: failed jobs, lost triggers, overdue runs."""
    await app.watchdog.watch()


@timer(blueprint, EVERY_MINUTE_HALF)
async def drain_dead_letters(app: Services) -> None:
    """Report tasks that became dead letters as failed, so that their run ends."""
    await app.drain.drain()


@timer(blueprint, EVERY_NIGHT)
async def remove_expired(app: Services) -> None:
    """Remove raw blobs, runs and metrics that are older than their settings say, then measure what is left."""
    await app.retention.remove_expired()
    await app.storage_meter.measure()
