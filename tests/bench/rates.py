"""How much of the permitted rate is used, and whether it is ever exceeded."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from local.console.client import RunsClient
from local.stack import Stack
from local.wiring import StackOptions

LIMITS_PER_MIN = {"tmdb": 2400.0, "discogs": 60.0}
WARM_UP_S = 20.0


def measure(films: int, releases: int, seconds: float, hosts: int) -> dict[str, Any]:
    """Share of the limit used over `seconds` of steady state, per source; counted by the catalog server."""
    with tempfile.TemporaryDirectory() as folder:
        options = StackOptions(state_dir=Path(folder), films=films, releases=releases, hosts=hosts)
        with Stack(options) as stack, RunsClient(stack.url, stack.credentials.host_key) as client:
            client.refresh()
            time.sleep(WARM_UP_S)
            before, start_s = stack.catalog_stats(), time.monotonic()
            time.sleep(seconds)
            after, took_s = stack.catalog_stats(), time.monotonic() - start_s
            return {
                "seconds": round(took_s, 1),
                "hosts": hosts,
                "sources": {
                    source: _source(before[source], after[source], limit, took_s)
                    for source, limit in LIMITS_PER_MIN.items()
                },
                "lock_lost": sum(queue["lock_lost"] for queue in _queues(stack).values()),
            }


def _source(before: dict[str, Any], after: dict[str, Any], limit: float, took_s: float) -> dict[str, Any]:
    count = after["requests"] - before["requests"]
    return {
        "share_of_limit": round(count * 60 / took_s / limit, 4),
        "over_limit": after["over_limit"],
        "max_in_window": after["max_in_window"],
        "limit_per_min": limit,
        "requests": count,
    }


def _queues(stack: Stack) -> dict[str, dict[str, Any]]:
    stats = stack.queue_stats()
    return stats.get("queues", stats)
