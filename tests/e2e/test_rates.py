"""The permitted rate holds over every moving minute, whoever has the lanes and however they come to change hands."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local.stack import Stack
from local.wiring import ROOT
from tests.e2e.support.ingesting import Ingests, ingest_stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TMDB_PER_S, DISCOGS_PER_MIN = 12.0, 60.0
LIMITS = {"tmdb": TMDB_PER_S * 60, "discogs": DISCOGS_PER_MIN}
LOCK_S = 15
#: Longer than a window, so that it slides over the deaths and the storm.
WATCHED_S = 84.0
SLOW = {"latency": {"min_ms": 2000, "max_ms": 5000}}
#: Longer than a lock: the lanes wait in place, and keep their sessions.
STORM = {"storm_429": {"rate": 0.3, "retry_after_s": 20}}
DEATHS = {12.0: "host", 20.0: "host-2", 40.0: "host-3", 58.0: "host", 72.0: "host-2"}
STORM_AT_S, SLOW_AT_S, CALM_AT_S = 26.0, 29.0, 66.0


@pytest.fixture(scope="module")
def ingests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingests]:
    """Three hosts that share queues with short locks, and more films and releases than the time allows."""
    state_dir = tmp_path_factory.mktemp("rates")
    with ingest_stack(
        state_dir, films=1200, releases=9000, hosts=3,
        tmdb_per_s=TMDB_PER_S, discogs_per_min=DISCOGS_PER_MIN, queues=short_locks(state_dir),
    ) as found:  # fmt: skip
        yield found


def short_locks(folder: Path) -> Path:
    """The project's queues, with locks much shorter than the lanes work."""
    queues = json.loads((ROOT / "infrastructure" / "queues.json").read_text())
    for queue in queues["queues"]:
        queue["properties"]["lockDuration"] = f"PT{LOCK_S}S"
    path = folder / "queues.json"
    path.write_text(json.dumps(queues))
    return path


def test_no_minute_sees_more_than_the_limit(ingests: Ingests) -> None:
    """Three hosts, deaths, a storm of 429 and slow answers: no request over the limit, no lock lost, nothing twice."""
    stack = ingests.stack
    run_id = ingests.client.refresh()
    for act in at_times(script(stack), WATCHED_S):
        act()
    stats = stack.catalog_stats()
    for source, limit in LIMITS.items():
        assert stats[source]["by_status"].get("429", 0) == stats[source]["faults"].get("storm_429", 0)
        assert stats[source]["over_limit"] == 0
        assert limit / 4 < stats[source]["max_in_window"] <= limit
    ingests.client.request("POST", f"/runs/{run_id}/cancel").raise_for_status()
    assert max(call_seconds(stack)) > LOCK_S, "calls outlive a lock that is not renewed"
    queues = stack.queue_stats()
    assert [queues[name]["lock_lost"] for name in ("tmdb-fetch", "discogs-fetch")] == [0, 0]
    landed = ingests.landed(run_id, ingests.client.status(run_id))
    assert max(landed.bronze.requests.values()) == 1
    for name in stack.wiring.host_names:
        stack.kill(name)  # they would see their last calls to the end


def script(stack: Stack) -> dict[float, Callable[[], None]]:
    """What happens, by seconds since the start."""
    acts: dict[float, Callable[[], None]] = {
        at_s: partial(revive, stack, name) for at_s, name in DEATHS.items()
    }
    faults: dict[float, dict[str, Any]] = {STORM_AT_S: STORM, SLOW_AT_S: SLOW, CALM_AT_S: {}}
    return acts | {at_s: partial(stack.set_faults, plan) for at_s, plan in faults.items()}


def revive(stack: Stack, name: str) -> None:
    """A host dies, and is started again at once."""
    stack.kill(name)
    stack.restart(name)


def at_times(acts: Mapping[float, Callable[[], None]], until_s: float) -> Iterator[Callable[[], None]]:
    """Each act when its time has come; ends at `until_s`."""
    begun_s = time.monotonic()
    for at_s in (*sorted(acts), until_s):
        time.sleep(max(0.0, begun_s + at_s - time.monotonic()))
        yield acts.get(at_s, lambda: None)


def call_seconds(stack: Stack) -> list[float]:
    """How long each call of a fetch function took, as the hosts logged it."""
    found = []
    for name in stack.wiring.host_names:
        log = stack.wiring.log_path(name).read_text()
        found += [int(ms) / 1000 for ms in re.findall(r"Functions\.fetch_.*Duration=(\d+)ms", log)]
    return found
