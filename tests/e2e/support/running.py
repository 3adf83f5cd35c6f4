"""Waiting for a run, always with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

from local.console.client import RunsClient, Status, follow
from local.stack import Stack

RUN_LIMIT_S = 540.0
POLL_S = 1.0  # each look reads the lake some ten times


def await_end(stack: Stack, client: RunsClient, run_id: str) -> Status:
    """The status of a run when it has ended."""
    deadline_s = time.monotonic() + RUN_LIMIT_S
    last: list[Status] = []

    def check() -> None:
        stack.check()
        assert time.monotonic() < deadline_s, f"{run_id} did not end in {RUN_LIMIT_S} s: {last[-1:]}"

    return follow(client, run_id, last.append, check, poll_s=POLL_S)


def await_that(condition: Callable[[], bool], what: str, limit_s: float = 60.0) -> None:
    """Wait until a condition holds; fail naming it when it does not in time."""
    deadline_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline_s, f"not in {limit_s} s: {what}"
        time.sleep(0.05)


def requests_to(stack: Stack, source: str) -> int:
    """Requests the catalog server has had for a source since it started."""
    return int(stack.catalog_stats()[source]["requests"])
