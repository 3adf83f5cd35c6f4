"""The catalog server as its own process, for the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[4]
REAL = ROOT.parent / "shared" / "data" / "real"
TOKENS = {"TMDB_TOKEN": "film-token", "DISCOGS_TOKEN": "record-token"}
HEADERS = {
    "tmdb": {"Authorization": f"Bearer {TOKENS['TMDB_TOKEN']}"},
    "discogs": {"Authorization": f"Discogs token={TOKENS['DISCOGS_TOKEN']}", "User-Agent": "crossfade-tests"},
}
SECONDS_TO_END = 10


class Server:
    """A running catalog server; `tmdb` and `discogs` ask with the right credentials."""

    def __init__(self, url: str, client: httpx.Client) -> None:
        self.url = url
        self.client = client

    def tmdb(self, path: str, **params: object) -> httpx.Response:
        """Ask TMDB."""
        return self.client.get(f"{self.url}/tmdb/3/{path}", params=_text(params), headers=HEADERS["tmdb"])

    def discogs(self, path: str, **params: object) -> httpx.Response:
        """Ask Discogs."""
        return self.client.get(f"{self.url}/discogs/{path}", params=_text(params), headers=HEADERS["discogs"])

    def control(self, path: str, body: object = None) -> httpx.Response:
        """Ask a control path; with a body, post it."""
        url = f"{self.url}/{path}"
        return self.client.get(url) if body is None else self.client.post(url, json=body)


def _text(params: dict[str, object]) -> dict[str, str]:
    """Return query parameters; `a__b` stands for `a.b`."""
    return {name.replace("__", "."): str(value) for name, value in params.items()}


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start the server on a free port."""
    command = [sys.executable, "-m", "local.catalog", "--port", "0", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | TOKENS, text=True, stdout=pipe, stderr=pipe)


def refused(*arguments: str, environment: dict[str, str] | None = None, module: str = "local.catalog") -> str:
    """Run the server where it cannot start; return the one line it says."""
    env = os.environ | TOKENS if environment is None else environment
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


@contextmanager
def running(*arguments: str) -> Iterator[Server]:
    """Serve within the block; afterwards the process must have ended cleanly on SIGTERM."""
    process = start(*arguments)
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        with httpx.Client(timeout=20) as client:
            yield Server(ready["url"], client)
    finally:
        process.terminate()
        output, log = process.communicate(timeout=SECONDS_TO_END)
    assert (process.returncode, output) == (0, ""), log
    assert "Traceback" not in log
