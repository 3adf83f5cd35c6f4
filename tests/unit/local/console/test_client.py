"""Asking the app about runs over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from local.console.client import RefusedError, RunsClient, follow
from tests.unit.local.console.run_statuses import RUN_ID, status


class App(HTTPServer):
    """Answers each request with the next of `answers`, (status, body), and keeps what it was asked."""

    def __init__(self, answers: list[tuple[int, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers, self.asked = answers, list[tuple[str, str | None]]()
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        assert isinstance(self.server, App)
        self.server.asked.append((f"{self.command} {self.path}", self.headers["x-functions-key"]))
        code, body = self.server.answers.pop(0)
        content = json.dumps(body).encode() if body is not None else b"<html>"
        self.send_response(code)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer()

    do_GET = _answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def app() -> Iterator[App]:
    """An app that answers what the test says."""
    with App([]) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_refresh_gives_the_run_id(app: App) -> None:
    """A 202 yields the run's id, asked for with the function key."""
    app.answers = [(202, {"run_id": RUN_ID, "status_url": "/api/runs/x"})]
    with RunsClient(app.url, "key") as client:
        assert client.refresh() == RUN_ID
    assert app.asked == [("POST /api/refresh", "key")]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((409, {"error": "run X is active", "run_id": "X"}), "run X is active"),
        ((500, None), "the app answered 500"),
        ((401, ["no"]), "the app answered 401"),
    ],
)
def test_a_refused_refresh_says_why(app: App, answer: tuple[int, Any], reason: str) -> None:
    """The app's own reason is given, or its status where it gave none."""
    app.answers = [answer]
    with RunsClient(app.url, "key") as client, pytest.raises(RefusedError, match=reason):
        client.refresh()


def test_a_run_is_followed_to_its_end(app: App) -> None:
    """Every status is shown, and the last one returned; an answer of 500 in between is passed over."""
    app.answers = [(200, status("ingesting")), (500, {}), (200, status("gold")), (200, status("failed"))]
    shown: list[str] = []
    with RunsClient(app.url, "key") as client:
        last = follow(client, RUN_ID, lambda found: shown.append(found["state"]), lambda: None, poll_s=0)
    assert shown == ["ingesting", "gold", "failed"]
    assert last["state"] == "failed"


def test_a_silent_app_is_given_up(app: App) -> None:
    """An app that gives no good answer for too long ends the wait with its last error."""
    app.answers = [(500, {})]
    with RunsClient(app.url, "key") as client, pytest.raises(httpx.HTTPStatusError):
        follow(client, RUN_ID, lambda found: None, lambda: None, poll_s=0, silence_limit_s=0)


def test_a_part_that_ended_ends_the_wait(app: App) -> None:
    """What the check raises comes through at once."""

    def check() -> None:
        raise RuntimeError("host ended")

    with RunsClient(app.url, "key") as client, pytest.raises(RuntimeError, match="host ended"):
        follow(client, RUN_ID, lambda found: None, check)
    assert app.asked == []
