"""Connections: storage, queues, secrets, cache and workspace, made as the settings say.

What not every process needs is imported when it is first asked for: a process is ready sooner.
"""

from __future__ import annotations

import ssl
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import httpx
from azure.identity.aio import DefaultAzureCredential
from azure.keyvault.secrets.aio import SecretClient
from azure.servicebus.aio import ServiceBusClient
from azure.storage.blob.aio import BlobServiceClient

from shared.adapters.blobs import BlobLake
from shared.adapters.bus import Bus, ServiceBus
from shared.adapters.databricks import Databricks, DatabricksWorkspace, managed_identity
from shared.adapters.lake import Lake
from shared.adapters.telemetry import Telemetry
from shared.adapters.vault import Secrets
from shared.config import Settings
from shared.errors import InvalidSettings

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from shared.adapters.redis import KeyValueStore

DATABRICKS_PATIENCE_S = 30
#: Short, because a message is held for longer than any request (`shared.ingestion.outages`).
LAKE_PATIENCE: dict[str, Any] = {
    "retry_total": 2, "initial_backoff": 1, "increment_base": 2, "connection_timeout": 10, "read_timeout": 20,
}  # fmt: skip


@cache
def tls_context() -> ssl.SSLContext:
    """What every HTTP client of the process verifies servers with: reading all authorities takes 30 ms."""
    return httpx.create_ssl_context()


class Connections:
    """The SDKs' clients; each is made when first asked for.

    Args:
        config: the process's settings.
    """

    def __init__(self, config: Settings) -> None:
        self.config = config

    @cached_property
    def telemetry(self) -> Telemetry:
        """Traces, metrics and events."""
        return Telemetry()

    @cached_property
    def credential(self) -> DefaultAzureCredential:
        """The app's identity in Azure."""
        return DefaultAzureCredential(managed_identity_client_id=self.config.azure_client_id)

    @cached_property
    def lake(self) -> Lake:
        """The lake's containers."""
        if self.config.lake is not None:
            text = self.config.lake.get_secret_value()
            return BlobLake(BlobServiceClient.from_connection_string(text, **LAKE_PATIENCE))
        if self.config.lake_account_url is None:
            raise InvalidSettings("LAKE", "is not set; set LAKE, or LAKE__blobServiceUri for identity")
        return BlobLake(
            BlobServiceClient(str(self.config.lake_account_url), self.credential, **LAKE_PATIENCE)
        )

    @cached_property
    def bus(self) -> Bus:
        """The queues."""
        return ServiceBus(self._servicebus_client(), self.config.lanes_per_source)

    @cached_property
    def secrets(self) -> Secrets:
        """The API tokens."""
        url = self.config.key_vault_url
        vault = SecretClient(str(url), self.credential) if url else None
        tokens = {"TMDB_TOKEN": self.config.tmdb_token, "DISCOGS_TOKEN": self.config.discogs_token}
        return Secrets(vault, tokens)

    @cached_property
    def redis(self) -> KeyValueStore | None:
        """The store of cached answers; None where no Redis is set."""
        if self.config.redis_url is None:
            return None
        from shared.adapters.redis import RedisStore

        return RedisStore.of_url(self.config.redis_url.get_secret_value())

    @cached_property
    def databricks(self) -> Databricks:
        """The Spark jobs' workspace."""
        return DatabricksWorkspace(self._workspace)

    def _workspace(self) -> WorkspaceClient:
        from databricks.sdk import WorkspaceClient
        from databricks.sdk.core import Config

        config = self.config
        if config.databricks_host is None:
            raise InvalidSettings("DATABRICKS_HOST", "is not set; set it to the workspace's URL")
        arguments: dict[str, Any] = {
            "host": str(config.databricks_host).rstrip("/"),
            "retry_timeout_seconds": DATABRICKS_PATIENCE_S,
        }
        if config.databricks_token is not None:
            arguments |= {"token": config.databricks_token.get_secret_value(), "auth_type": "pat"}
        elif config.azure_client_id:
            arguments["credentials_strategy"] = managed_identity(config.azure_client_id)
        return WorkspaceClient(config=Config(**arguments))

    def _servicebus_client(self) -> ServiceBusClient:
        if self.config.servicebus is not None:
            return ServiceBusClient.from_connection_string(self.config.servicebus.get_secret_value())
        if self.config.servicebus_namespace is None:
            raise InvalidSettings(
                "SERVICEBUS",
                "is not set; set SERVICEBUS, or SERVICEBUS__fullyQualifiedNamespace for identity",
            )
        return ServiceBusClient(self.config.servicebus_namespace, self.credential)
