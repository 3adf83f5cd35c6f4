"""The app's own ground gone in mid-ingest: messages are held, the run completes, and nothing becomes a dead letter."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.machine.servers import azurite_connection_string
from local.wiring import ROOT
from tests.e2e.support.ingesting import (
    UNLIMITED,
    Ingests,
    Landed,
    assert_same,
    ingest_stack,
    land_whole,
)
from tests.e2e.support.lake_proxy import Fault, LakeProxy, lake_proxy
from tests.e2e.support.running import await_that

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

#: A message that is given back so often becomes a dead letter: none may be delivered a fourth time.
MOST_DELIVERIES = 3
#: How long each fault lasts; one follows on the other.
FAULT_S = 2.0
SLOW = {"latency": {"min_ms": 100, "max_ms": 500}}
FAULTS = (Fault(403), Fault(500), Fault(503, retry_after_s=1), Fault(None))


@pytest.fixture(scope="module")
def proxy() -> Iterator[LakeProxy]:
    """What the app takes for its lake."""
    with lake_proxy() as found:
        yield found


@pytest.fixture(scope="module")
def ingests(tmp_path_factory: pytest.TempPathFactory, proxy: LakeProxy) -> Iterator[Ingests]:
    """One host whose lake is the proxy, over queues of little patience."""
    state_dir = tmp_path_factory.mktemp("own-outages")
    settings = {"LAKE": azurite_connection_string(proxy.url)}

    def wire(azurite_url: str) -> None:
        proxy.upstream = azurite_url

    with ingest_stack(
        state_dir, settings, wire, films=80, releases=600, queues=impatient(state_dir), **UNLIMITED
    ) as found:
        yield found


def impatient(folder: Path) -> Path:
    """The project's queues, with a maxDeliveryCount of three."""
    queues: dict[str, Any] = json.loads((ROOT / "infrastructure" / "queues.json").read_text())
    for queue in queues["queues"]:
        queue["properties"]["maxDeliveryCount"] = MOST_DELIVERIES
    path = folder / "queues.json"
    path.write_text(json.dumps(queues))
    return path


@pytest.fixture(scope="module")
def quiet(ingests: Ingests) -> Landed:
    """The run that nothing disturbed."""
    return land_whole(ingests)


@pytest.fixture(autouse=True)
def calm(ingests: Ingests, quiet: Landed, proxy: LakeProxy) -> Iterator[None]:
    """Each test begins with answers that leave time for an outage, and ends without faults."""
    ingests.reset_stats()
    ingests.stack.set_faults(SLOW)
    yield
    proxy.mend()
    ingests.stack.set_faults({})
    ingests.queue_faults({})


def begun(ingests: Ingests) -> str:
    """A run that is in mid-ingest."""
    run_id = ingests.client.refresh()
    await_that(lambda: ingests.requests() > 30, "the run is under way")
    return run_id


@pytest.mark.parametrize("containers", [["raw"], []], ids=["raw", "all containers"])
def test_a_lake_that_is_gone_for_a_while_costs_only_time(
    ingests: Ingests, quiet: Landed, proxy: LakeProxy, containers: list[str]
) -> None:
    """403, 500, 503 and silence, one after the other: the bronze of the quiet run, and no answer asked for twice."""
    run_id = begun(ingests)
    for fault in FAULTS:
        proxy.fail(replace(fault, containers=containers))
        await_that(lambda: proxy.befallen > 0, "the fault befalls a request")
        time.sleep(FAULT_S)
    proxy.mend()
    assert_same(ingests, ingests.finish(run_id), quiet)
    assert ingests.requests() == quiet.status["progress"]["tmdb"]["requests"]


def test_queues_that_refuse_connections_for_a_while_cost_only_time(ingests: Ingests, quiet: Landed) -> None:
    """The broker hangs up on everybody and takes nobody in: what was in hand is sent when it is back."""
    run_id = begun(ingests)
    ingests.queue_faults({"refuse_connections_s": 2 * FAULT_S, "drop_connections": True})
    assert_same(ingests, ingests.finish(run_id), quiet)
