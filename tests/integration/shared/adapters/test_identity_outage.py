"""A token endpoint that fails for a while: the identity SDK against a real server, held through like the rest."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from azure.identity.aio import ManagedIdentityCredential

from shared.adapters.vault import Secrets
from shared.errors import VaultUnavailable
from shared.ingestion.outages import Hold

SCOPE = "https://vault.azure.net/.default"


class Endpoint:
    """An App Service identity endpoint that answers so many times with 500, then with tokens."""

    def __init__(self) -> None:
        self.failures_left = 0
        self.asked = 0
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                endpoint.asked += 1
                fails = endpoint.failures_left > 0
                endpoint.failures_left -= int(fails)
                token = {"access_token": "made-up", "expires_on": int(time.time()) + 3600, "resource": SCOPE}
                body = json.dumps({"error": "busy"} if fails else token).encode()
                self.send_response(500 if fails else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/msi/token"


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """The endpoint, and the environment that leads the SDK to it."""
    made = Endpoint()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("IDENTITY_ENDPOINT", made.url)
    monkeypatch.setenv("IDENTITY_HEADER", "made-up")
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
async def secrets(endpoint: Endpoint) -> AsyncIterator[Secrets]:
    """Secrets of a vault that wants a token of the identity for each of them."""
    async with ManagedIdentityCredential(retry_total=0) as credential:

        async def get_secret(name: str) -> SimpleNamespace:
            await credential.get_token(SCOPE)
            return SimpleNamespace(value=f"value of {name}")

        yield Secrets(SimpleNamespace(get_secret=get_secret), {})  # type: ignore[arg-type]


async def test_a_token_endpoint_that_answers_500_is_waited_for(endpoint: Endpoint, secrets: Secrets) -> None:
    """Three times 500, then a token: the secret is there, and nobody heard of it."""
    endpoint.failures_left = 3
    hold = Hold(60.0, time.monotonic)

    async def ask() -> str:
        return await secrets.get("TMDB_TOKEN")

    assert await hold(ask) == "value of tmdb-token"
    assert endpoint.asked == 4


async def test_without_patience_the_vault_is_unavailable(endpoint: Endpoint, secrets: Secrets) -> None:
    """The error is one of our own, and says that it may pass."""
    endpoint.failures_left = 1
    with pytest.raises(VaultUnavailable) as caught:
        await secrets.get("TMDB_TOKEN")
    assert caught.value.is_passing
