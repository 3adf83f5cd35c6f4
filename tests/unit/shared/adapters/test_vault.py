"""Secrets from a vault, over a small stand-in of its client, and from the settings."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from azure.core.exceptions import ClientAuthenticationError, ResourceNotFoundError
from pydantic import SecretStr

from shared.adapters.vault import Secrets
from shared.errors import InvalidSettings, VaultUnavailable


class Vault:
    """A vault with one secret, which may change."""

    value: str | None = "first"

    async def get_secret(self, name: str) -> SimpleNamespace:
        if name != "tmdb-token":
            raise ResourceNotFoundError(f"no {name}")
        return SimpleNamespace(value=self.value)


async def test_secrets_come_from_the_vault_when_there_is_one() -> None:
    """Read anew each time, so that a rotated key is found; the settings do not count then."""
    vault = Vault()
    secrets = Secrets(vault, {"TMDB_TOKEN": SecretStr("from settings")})  # type: ignore[arg-type]
    assert await secrets.get("TMDB_TOKEN") == "first"
    vault.value = "second"
    assert await secrets.get("TMDB_TOKEN") == "second"


async def test_a_secret_the_vault_lacks_is_named() -> None:
    """The error names the setting and what the vault calls it."""
    with pytest.raises(InvalidSettings, match=r"DISCOGS_TOKEN.*discogs-token"):
        await Secrets(Vault(), {}).get("DISCOGS_TOKEN")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, SecretStr("")])
async def test_a_secret_that_is_nowhere_is_named(value: SecretStr | None) -> None:
    """Missing and empty are the same, and the error says what to set."""
    with pytest.raises(InvalidSettings, match=r"TMDB_TOKEN.*KEY_VAULT_URL"):
        await Secrets(None, {"TMDB_TOKEN": value}).get("TMDB_TOKEN")


async def test_secrets_come_from_settings_without_a_vault() -> None:
    """One machine needs no vault."""
    assert await Secrets(None, {"TMDB_TOKEN": SecretStr("t")}).get("TMDB_TOKEN") == "t"


async def test_a_vault_that_refuses_is_told_apart() -> None:
    """The error says what kind of refusal it is, and nothing of its text."""

    class Refusing:
        async def get_secret(self, name: str) -> SimpleNamespace:
            raise ClientAuthenticationError("token abc of https://vault.invalid is refused")

    with pytest.raises(VaultUnavailable) as caught:
        await Secrets(Refusing(), {}).get("TMDB_TOKEN")  # type: ignore[arg-type]
    assert caught.value.kind == "ClientAuthenticationError" and "abc" not in str(caught.value)
