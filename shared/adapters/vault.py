"""Secrets: from Key Vault where one is configured, else from the settings."""

from __future__ import annotations

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.keyvault.secrets.aio import SecretClient
from pydantic import SecretStr

from shared.errors import InvalidSettings, VaultUnavailable


class Secrets:
    """Finds secrets by their setting's name.

    Args:
        vault: Key Vault client; None to use settings only. TMDB_TOKEN is kept there as `tmdb-token`.
        settings: values of the settings, by name.
    """

    def __init__(self, vault: SecretClient | None, settings: dict[str, SecretStr | None]) -> None:
        self._vault = vault
        self._settings = settings

    @property
    def origin(self) -> str:
        """Where secrets come from: the settings, or the vault."""
        return "settings" if self._vault is None else "vault"

    async def get(self, name: str) -> str:
        """A secret's value, read anew at each call.

        Raises:
            InvalidSettings: it is nowhere.
            VaultUnavailable: the vault does not answer, or refuses.
        """
        if self._vault is not None:
            return await self._from_vault(self._vault, name)
        value = self._settings.get(name)
        if value is None or not value.get_secret_value():
            raise InvalidSettings(name, f"is not set; set {name}, or KEY_VAULT_URL and the secret there")
        return value.get_secret_value()

    async def _from_vault(self, vault: SecretClient, name: str) -> str:
        secret_name = name.lower().replace("_", "-")
        try:
            secret = await vault.get_secret(secret_name)
        except ResourceNotFoundError as error:
            raise InvalidSettings(name, f"the vault has no secret {secret_name}; add it") from error
        except AzureError as error:
            raise VaultUnavailable("the vault", type(error).__name__) from error
        return secret.value or ""
