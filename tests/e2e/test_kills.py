"""Hosts that die at any moment: nothing is lost, nothing is repeated, the run goes on when they return."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx
import pytest

from local.machine.servers import Child
from tests.e2e.support.ingesting import UNLIMITED, Ingests, Landed, assert_same, ingest_stack, land_whole
from tests.e2e.support.running import await_that

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

#: A message that was being worked on in ten deaths would become a dead letter, as it should.
KILLS_A_RUN = 7
SLOW = {"latency": {"min_ms": 300, "max_ms": 1200}}


@pytest.fixture(scope="module")
def ingests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingests]:
    """Two hosts, of which a test may stop one."""
    state_dir = tmp_path_factory.mktemp("kills")
    with ingest_stack(state_dir, films=100, releases=800, hosts=2, **UNLIMITED) as found:
        yield found


@pytest.fixture(scope="module")
def quiet(ingests: Ingests) -> Landed:
    """The run that nothing disturbed."""
    return land_whole(ingests)


@pytest.fixture(autouse=True)
def slow(ingests: Ingests, quiet: Landed) -> Iterator[None]:
    """Answers that leave time to be killed in."""
    ingests.stack.set_faults(SLOW)
    yield
    ingests.stack.set_faults({})


class Killer:
    """Kills hosts in turn, each at a random moment after it listens, and starts them again at once."""

    def __init__(self, ingests: Ingests, names: Sequence[str], chance: random.Random, most: int) -> None:
        self._parts = [ingests.stack.parts[name] for name in names]
        self._chance, self._most = chance, most
        self.kills = 0
        self._draw()

    def __call__(self) -> None:
        """Kill the next host if it is time to."""
        if self.kills < self._most and time.monotonic() >= self._due_s:
            self._victim.kill()
            self._victim.start()
            self.kills += 1
            self._draw()

    def revive(self) -> None:
        """Wait until all hosts listen."""
        for part in self._parts:
            _await_ready(part)

    def _draw(self) -> None:
        self._victim = self._parts[self.kills % len(self._parts)]
        _await_ready(self._victim)
        self._due_s = time.monotonic() + self._chance.uniform(0.0, 1.2)


def _await_ready(part: Child) -> None:
    if not part.ready:
        part.wait_ready(60.0)


def die_often(ingests: Ingests, quiet: Landed, names: Sequence[str], kills: int) -> None:
    """Runs whose hosts die again and again, until they died so often; each lands what the quiet run landed."""
    chance = random.Random(f"{names}")  # noqa: S311 -- moments, not secrets
    while kills > 0:
        killer = Killer(ingests, names, chance, min(KILLS_A_RUN, kills))
        run_id = ingests.client.refresh()
        status = ingests.await_ingested(run_id, killer)
        killer.revive()
        ingests.client.request("POST", f"/runs/{run_id}/cancel").raise_for_status()
        assert_same(ingests, ingests.landed(run_id, status), quiet)
        assert killer.kills > 0
        kills -= killer.kills


def test_the_only_host_killed_at_four_moments_loses_nothing(ingests: Ingests, quiet: Landed) -> None:
    """SIGKILL of the only host at random moments of an ingest, each restarted at once: the same bronze."""
    ingests.stack.kill("host-2")
    die_often(ingests, quiet, ["host"], 4)
    ingests.stack.restart("host-2")


def test_two_hosts_killed_in_turn_at_eight_moments_lose_nothing(ingests: Ingests, quiet: Landed) -> None:
    """SIGKILL of either of two hosts at random moments, lanes change hands, telemetry is down: the same bronze."""
    with telemetry_down(ingests):
        die_often(ingests, quiet, ["host", "host-2"], 8)


@contextmanager
def telemetry_down(ingests: Ingests) -> Iterator[None]:
    """The telemetry endpoint answers 503 meanwhile."""
    faults = f"{ingests.stack.parts['insights'].url}/_faults"
    httpx.post(faults, json={"status": 503, "retry_after_s": 1}).raise_for_status()
    yield
    httpx.post(faults, json={}).raise_for_status()


def test_a_host_that_dies_leaves_its_lanes_to_the_other(ingests: Ingests, quiet: Landed) -> None:
    """SIGKILL of one of two hosts in mid-ingest, for good: the other takes its lanes over and lands the same."""
    before = ingests.requests()
    run_id = ingests.client.refresh()
    await_that(lambda: ingests.requests() > before + 20, "the run is under way")
    ingests.stack.kill("host-2")
    assert_same(ingests, ingests.finish(run_id), quiet)
    ingests.stack.restart("host-2")
