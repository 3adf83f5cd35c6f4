"""Servers on loopback that answer as Azure does: the identity endpoint of App Service, and a small workspace."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, dict[str, Any]]
IDENTITY_HEADER = "header-made-up"


class Running:
    """A server that answers while a block lasts."""

    server: ThreadingHTTPServer

    @contextmanager
    def running(self) -> Iterator[None]:
        """Answers until the block ends."""
        thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.server.shutdown()
            self.server.server_close()
            thread.join()


class Loopback(Running):
    """A server of JSON on a free port of 127.0.0.1."""

    def __init__(self) -> None:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply({})

            def do_POST(self) -> None:
                self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _reply(self, sent: dict[str, Any]) -> None:
                status, value = loopback.answer(self.path, dict(self.headers), sent)
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str, headers: dict[str, str], sent: dict[str, Any]) -> Answer:
        """Status and body of the answer to a request."""
        raise NotImplementedError


class IdentityEndpoint(Loopback):
    """App Service's identity endpoint, in the form of IDENTITY_ENDPOINT and IDENTITY_HEADER.

    Attributes:
        asked: resource and client id of each request, in order.
        lives_s: how long the tokens it gives are good for; azure-identity asks again 5 minutes before the end.
        lives_of: the same for the tokens of single resources, where it differs.
        failures_left: how many requests are answered with `failure` first.
        failure: status and body of those.
        given: the tokens, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []
        self.lives_s = 3600
        self.lives_of: dict[str, int] = {}
        self.failures_left = 0
        self.failure: Answer = (500, {"error": "busy"})
        self.given: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        """What App Service sets for the app."""
        return {"IDENTITY_ENDPOINT": f"{self.url}/msi/token", "IDENTITY_HEADER": IDENTITY_HEADER}

    @property
    def newest(self) -> str | None:
        """The token it gave last."""
        return self.given[-1] if self.given else None

    def answer(self, path: str, headers: dict[str, str], sent: dict[str, Any]) -> Answer:
        """A token for what is asked for, unless it is to fail."""
        query = parse_qs(urlsplit(path).query)
        self.asked.append((query["resource"][0], query.get("client_id", [""])[0]))
        if headers.get("X-IDENTITY-HEADER") != IDENTITY_HEADER:
            return 403, {"statusCode": 403, "message": "no identity header"}
        if self.failures_left > 0:
            self.failures_left -= 1
            return self.failure
        self.given.append(f"identity-token-{len(self.given) + 1}")
        lives_s = self.lives_of.get(query["resource"][0], self.lives_s)
        expires_on = int(time.time()) + lives_s
        return 200, {
            "access_token": self.given[-1],
            "expires_on": str(expires_on),
            "resource": query["resource"][0],
            "token_type": "Bearer",
        }


class FakeWorkspace(Loopback):
    """A workspace's Jobs API, for those with the newest token that an identity endpoint gave.

    Attributes:
        started: what each run was asked for with, in order.
    """

    def __init__(self, identity: IdentityEndpoint) -> None:
        super().__init__()
        self.identity = identity
        self.started: list[dict[str, Any]] = []

    def answer(self, path: str, headers: dict[str, str], sent: dict[str, Any]) -> Answer:
        """401 without that token; else a run that was started, or how it is doing."""
        route = urlsplit(path).path
        if not route.startswith("/api/"):
            return 404, {}
        if headers.get("Authorization") != f"Bearer {self.identity.newest}":
            return 401, {"error_code": "UNAUTHENTICATED", "message": "Credential was not sent"}
        if route.endswith("/jobs/run-now"):
            self.started.append(sent)
            return 200, {"run_id": 77}
        return 200, {
            "run_id": 77,
            "run_page_url": f"{self.url}/runs/77",
            "state": {"life_cycle_state": "RUNNING"},
        }
