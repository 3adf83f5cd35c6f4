"""Does a deployment work: its health, and a run of one page of each list, from both APIs to scored matches.

    FUNCTION_KEY=... python3 infrastructure/try_deployment.py https://func-....azurewebsites.net

Says each state as it comes. Exit 0 when the run has completed, 1 when the app stays down or the run ends otherwise,
with what the app says of it. `--health` leaves the run out. Needs Python 3.11 and nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

START_LIMIT_S = 900  # a new app, new roles, an event subscription
RUN_LIMIT_S = 3600  # two clusters, or two sessions of serverless compute
ENDED = ("completed", "failed", "cancelled")
Answer = tuple[int, dict[str, Any]]
Ask = Callable[..., Answer]


class Failed(Exception):
    """The deployment does not work; the message says what was seen."""


def client(url: str, key: str) -> Ask:
    """What asks the app: a path, and a body where it is a POST. Status 0 where nobody answers."""

    def ask(path: str, body: dict[str, Any] | None = None) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{url.rstrip('/')}{path}", data, {"x-functions-key": key})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the address is the caller's
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, _json(error.read())
        except OSError as error:
            return 0, {"error": str(error)}

    return ask


def _json(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return {"error": text[:200].decode(errors="replace")}
    return found if isinstance(found, dict) else {"answer": found}


def wait_healthy(ask: Ask, pause_s: float) -> None:
    """Until every dependency is there.

    Raises:
        Failed: one is down for too long, or the app does not answer.
    """
    deadline_s = time.monotonic() + START_LIMIT_S
    while True:
        status, health = ask("/api/health")
        if status == 200:
            return
        down = [part for part in health.get("dependencies", ()) if part.get("status") != "ok"]
        said = "; ".join(f"{part.get('name')}: {part.get('detail')}" for part in down) or f"{status} {health}"
        print(f"not healthy yet: {said}", flush=True)
        if time.monotonic() > deadline_s or status in (401, 403):
            raise Failed(f"the app is not healthy: {said}")
        time.sleep(pause_s)


def complete_run(ask: Ask, pause_s: float) -> str:
    """The id of a run of one page of each list, once it has completed.

    Raises:
        Failed: it does not begin, ends otherwise, or takes too long.
    """
    status, begun = ask("/api/refresh", {"max_pages": 1})
    if status != 202:
        raise Failed(f"no run begins: {status} {begun}")
    run_id, state, deadline_s = str(begun["run_id"]), "", time.monotonic() + RUN_LIMIT_S
    while state not in ENDED:
        if time.monotonic() > deadline_s:
            raise Failed(f"{run_id} is still {state}")
        time.sleep(pause_s)
        status, run = ask(f"/api/runs/{run_id}")
        now = run.get("state", state) if status == 200 else state
        if now != state:
            state = now
            print(f"{run_id}: {state}", flush=True)
    if state != "completed":
        raise Failed(f"{run_id} {state}: {run.get('reason')}")
    return run_id


def main(argv: list[str] | None = None) -> int:
    """Try the deployment that is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", help="the app's address")
    parser.add_argument("--health", action="store_true", help="no run")
    parser.add_argument("--pause-s", type=float, default=15.0, help="between two questions")
    options = parser.parse_args(argv)
    ask = client(options.url, os.environ.get("FUNCTION_KEY", ""))
    try:
        wait_healthy(ask, options.pause_s)
        print("healthy", flush=True)
        if not options.health:
            complete_run(ask, options.pause_s)
    except Failed as error:
        print(f"crossfade: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
