"""A token endpoint that fails for a while: the identity SDK against a real server, held through like the rest."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace

import pytest
from azure.identity.aio import ManagedIdentityCredential

from shared.adapters.vault import Secrets
from shared.errors import VaultUnavailable
from shared.ingestion.outages import Hold
from tests.fakes.loopback import IdentityEndpoint

SCOPE = "https://vault.azure.net/.default"


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityEndpoint]:
    """The endpoint, and the environment that leads the SDK to it."""
    made = IdentityEndpoint()
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    with made.running():
        yield made


@pytest.fixture
async def secrets(endpoint: IdentityEndpoint) -> AsyncIterator[Secrets]:
    """Secrets of a vault that wants a token of the identity for each of them."""
    async with ManagedIdentityCredential(retry_total=0) as credential:

        async def get_secret(name: str) -> SimpleNamespace:
            await credential.get_token(SCOPE)
            return SimpleNamespace(value=f"value of {name}")

        yield Secrets(SimpleNamespace(get_secret=get_secret), {})  # type: ignore[arg-type]


async def test_a_token_endpoint_that_answers_500_is_waited_for(
    endpoint: IdentityEndpoint, secrets: Secrets
) -> None:
    """Three times 500, then a token: the secret is there, and nobody heard of it."""
    endpoint.failures_left = 3
    hold = Hold(60.0, time.monotonic)

    async def ask() -> str:
        return await secrets.get("TMDB_TOKEN")

    assert await hold(ask) == "value of tmdb-token"
    assert len(endpoint.asked) == 4


async def test_without_patience_the_vault_is_unavailable(
    endpoint: IdentityEndpoint, secrets: Secrets
) -> None:
    """The error is one of our own, and says that it may pass."""
    endpoint.failures_left = 1
    with pytest.raises(VaultUnavailable) as caught:
        await secrets.get("TMDB_TOKEN")
    assert caught.value.is_passing
