"""`make health`: whether every part of the stack that runs answers, and what the app says of its dependencies.

`python -m local.console.health [--url URL]`; the key comes from the environment (CROSSFADE_KEY), as arguments are
there for everybody on the machine to see. Without a key the parts alone are asked.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from local.machine.addresses import read_addresses
from local.machine.commands import OneLineParser

KEY = "CROSSFADE_KEY"
PATIENCE_S = 30.0
_PORTS = {"https": 443, "http": 80}


def main(argv: Sequence[str] | None = None) -> int:
    """Ask every part: 0 when all answer, 1 when one does not or none runs, 2 for bad arguments."""
    given = _parser().parse_args(argv)
    parts = {"app": given.url} if given.url else read_addresses(given.state_dir)
    if not parts:
        print(
            f"health: nothing runs in {given.state_dir}: start it with make up, or give --url",
            file=sys.stderr,
        )
        return 1
    lines = [line_of(name, url) for name, url in parts.items()]
    key = os.environ.get(KEY, "")
    if key:
        lines += app_lines(given.url or parts["host"], key)
    print("\n".join(text for _, text in lines))
    if not key:
        print(f"set {KEY} to the key that make up prints, and the app tells of its dependencies too")
    return 0 if all(is_well for is_well, _ in lines) else 1


Line = tuple[bool, str]


def line_of(name: str, url: str) -> Line:
    """Whether something listens at a URL, and how that is told."""
    parts, start_s = urlsplit(url), time.monotonic()
    try:
        socket.create_connection(
            (parts.hostname or "", parts.port or _PORTS[parts.scheme]), PATIENCE_S
        ).close()
    except OSError as error:
        return False, f"{name:<12} no answer at {url}: {error.strerror or error}"
    return True, f"{name:<12} listens, {(time.monotonic() - start_s) * 1000:.0f} ms, {url}"


def app_lines(url: str, key: str) -> list[Line]:
    """What the app says of its dependencies."""
    try:
        answer = httpx.get(
            f"{url.rstrip('/')}/api/health", headers={"x-functions-key": key}, timeout=PATIENCE_S
        )
    except httpx.HTTPError as error:
        return [(False, f"{'the app':<12} no answer: {error}")]
    if answer.status_code not in (200, 503):
        said = "refused the key" if answer.status_code == 401 else f"answered {answer.status_code}"
        return [(False, f"{'the app':<12} {said}")]
    return [dependency_line(found) for found in answer.json()["dependencies"]]


def dependency_line(found: Mapping[str, Any]) -> Line:
    """A dependency as the app tells of it."""
    is_well = found["status"] == "ok"
    return (
        is_well,
        f"  {found['name']:<20} {found['status']:<5} {found['latency_ms']:6.0f} ms  {found['detail']}",
    )


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="python -m local.console.health", description=main.__doc__)
    parser.add_argument(
        "--url", default="", help="where the app is, without /api; else the stack that runs here"
    )
    parser.add_argument(
        "--state-dir", type=Path, default=Path(".local"), help="where that stack keeps its state"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
