"""The verbs handlers call, wired once a process, lazily, here and nowhere else."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

import httpx
from azure.identity.aio import DefaultAzureCredential
from azure.keyvault.secrets.aio import SecretClient
from azure.servicebus.aio import ServiceBusClient
from azure.storage.blob.aio import BlobServiceClient
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from redis.asyncio import BlockingConnectionPool, Redis

from shared import telemetry
from shared.bus import Bus
from shared.config import Settings, settings
from shared.databricks import Databricks
from shared.draining import DeadLetterDrain
from shared.errors import InvalidSettings
from shared.failures import FailedStore
from shared.fetching import Fetcher, FetchOptions
from shared.fingerprints import Fingerprints
from shared.holdings import Holdings, LakeHoldings, NoHoldings, RedisHoldings
from shared.lake import Lake
from shared.landing import Lander
from shared.lanes import MAX_IN_FLIGHT, Lane
from shared.messages import Source
from shared.notify import Notifier
from shared.operations import Operator
from shared.outcome import Outcome
from shared.pacing import LaneLimit
from shared.progress import ProgressTracker
from shared.recovery import Recovery
from shared.refresh import Planner
from shared.runs import RunStore
from shared.sources.discogs import DiscogsClient
from shared.sources.http import ApiClient, TokenProvider
from shared.sources.tmdb import TmdbClient
from shared.stages import SparkStage, Stages
from shared.status import Status
from shared.vault import Secrets
from shared.watching import Watcher

DATABRICKS_PATIENCE_S = 30
REDIS_CONNECTIONS = 16
NOISY_LOGGERS = ("azure", "httpx", "httpcore", "databricks", "stamina", "uamqp")


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


class Services:
    """Everything the handlers need; each part is made when first asked for.

    Args:
        config: the process's settings.
    """

    def __init__(self, config: Settings) -> None:
        self.config = config
        for name in NOISY_LOGGERS:  # at INFO they write whole URLs and headers
            logging.getLogger(name).setLevel(logging.WARNING)
        telemetry.configure(config)

    @cached_property
    def telemetry(self) -> telemetry.Telemetry:
        """Traces, counters and events."""
        return telemetry.Telemetry()

    @cached_property
    def credential(self) -> DefaultAzureCredential:
        """The app's identity in Azure."""
        return DefaultAzureCredential(managed_identity_client_id=self.config.azure_client_id)

    @cached_property
    def lake(self) -> Lake:
        """The lake's containers."""
        if self.config.lake is not None:
            return Lake(BlobServiceClient.from_connection_string(self.config.lake.get_secret_value()))
        if self.config.lake_account_url is None:
            raise InvalidSettings("LAKE", "is not set; set LAKE, or LAKE__blobServiceUri for identity")
        return Lake(BlobServiceClient(str(self.config.lake_account_url), self.credential))

    @cached_property
    def bus(self) -> Bus:
        """The queues."""
        return Bus(self._servicebus_client(), self.config.lanes_per_source)

    @cached_property
    def secrets(self) -> Secrets:
        """The API tokens."""
        url = self.config.key_vault_url
        vault = SecretClient(str(url), self.credential) if url else None
        tokens = {"TMDB_TOKEN": self.config.tmdb_token, "DISCOGS_TOKEN": self.config.discogs_token}
        return Secrets(vault, tokens)

    @cached_property
    def runs(self) -> RunStore:
        """Runs and their states."""
        return RunStore(self.lake, now)

    @cached_property
    def failures(self) -> FailedStore:
        """Failed tasks and unreadable messages."""
        return FailedStore(self.lake, now)

    @cached_property
    def outcome(self) -> Outcome:
        """Changes of state that people hear of."""
        webhook = self.config.slack_webhook_url
        url = self.config.public_url
        notifier = Notifier(
            httpx.AsyncClient(),
            webhook.get_secret_value() if webhook else None,
            str(url) if url else None,
        )
        return Outcome(self.runs, self.telemetry, notifier)

    @cached_property
    def planner(self) -> Planner:
        """Begins runs."""
        return Planner(
            self.bus, self.runs, self.outcome, self.secrets, now, discogs_type=self.config.discogs_type
        )

    @cached_property
    def fetcher(self) -> Fetcher:
        """Works fetch tasks."""
        config = self.config
        options = FetchOptions(
            config.batch_limit_s, config.tasks_in_flight, config.max_attempts, config.resend_delay_s
        )
        lander = Lander(
            self.lake,
            self.bus,
            self.telemetry,
            self.holdings,
            self.fingerprints,
            config.attempts_in_place,
            config.discogs_details,
        )
        return Fetcher(
            {"tmdb": self._tmdb_lane(), "discogs": self._discogs_lane()},
            lander,
            self.fingerprints,
            self.bus,
            self.runs,
            self.failures,
            self.telemetry,
            options,
            time.monotonic,
        )

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """Recognises answers that are as they were."""
        return Fingerprints(self.lake, self.runs)

    @cached_property
    def holdings(self) -> Holdings:
        """Answers that are still fresh."""
        fresh_for = timedelta(minutes=self.config.freshness_min)
        if not fresh_for:
            return NoHoldings()
        if self.config.redis_url is not None:
            url = self.config.redis_url.get_secret_value()
            pool = BlockingConnectionPool.from_url(url, max_connections=REDIS_CONNECTIONS)
            return RedisHoldings(Redis(connection_pool=pool), fresh_for)
        return LakeHoldings(self.lake, self.runs, now, fresh_for)

    @cached_property
    def progress(self) -> ProgressTracker:
        """Counts run events."""
        return ProgressTracker(
            self.lake, self.bus, self.runs, self.failures, self.outcome, now, self.config.max_failed_share
        )

    @cached_property
    def databricks(self) -> Databricks:
        """The Spark jobs' workspace."""
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
            arguments |= {"azure_use_msi": True, "azure_client_id": config.azure_client_id}
        return Databricks(lambda: WorkspaceClient(config=Config(**arguments)))

    @cached_property
    def stages(self) -> Stages:
        """Starts the Spark jobs and ends runs."""
        jobs: dict[SparkStage, int | None] = {
            "silver": self.config.silver_job_id,
            "gold": self.config.gold_job_id,
        }
        return Stages(self.lake, self.runs, self.databricks, self.outcome, now, jobs, self.config.lake_uri)

    @cached_property
    def watcher(self) -> Watcher:
        """Looks after the active run."""
        return Watcher(
            self.lake,
            self.runs,
            self.planner,
            self.stages,
            self.databricks,
            self.outcome,
            self.bus,
            self.recovery,
            now,
            run_limit=timedelta(minutes=self.config.run_limit_min),
            stalled_after=timedelta(minutes=self.config.stalled_after_min),
        )

    @cached_property
    def recovery(self) -> Recovery:
        """Finds tasks that were not done."""
        return Recovery(self.lake, self.runs, self.config.discogs_details)

    @cached_property
    def operator(self) -> Operator:
        """Cancels and replays runs."""
        return Operator(
            self.lake, self.runs, self.planner, self.failures, self.recovery, self.databricks, self.outcome
        )

    @cached_property
    def drain(self) -> DeadLetterDrain:
        """Empties the dead-letter queues."""
        return DeadLetterDrain(self.bus, self.failures)

    @cached_property
    def status(self) -> Status:
        """Reads runs for people."""
        return Status(self.lake, self.runs)

    def _tmdb_lane(self) -> Lane:
        per_min = self.config.tmdb_requests_per_s * 60
        return self._lane(TmdbClient, "tmdb", "Bearer ", str(self.config.tmdb_base_url), per_min)

    def _discogs_lane(self) -> Lane:
        per_min = self.config.discogs_requests_per_min
        return self._lane(
            DiscogsClient, "discogs", "Discogs token=", str(self.config.discogs_base_url), per_min
        )

    def _lane(
        self, client: type[ApiClient], source: Source, scheme: str, base_url: str, per_min: float
    ) -> Lane:
        async def token() -> str:
            return await self.secrets.get(f"{source.upper()}_TOKEN")

        http = httpx.AsyncClient(
            base_url=base_url,
            timeout=self.config.request_timeout_s,
            headers={"User-Agent": self.config.user_agent, "Accept": "application/json"},
            limits=httpx.Limits(max_connections=MAX_IN_FLIGHT, max_keepalive_connections=MAX_IN_FLIGHT),
        )
        limit = LaneLimit.of(per_min / self.config.lanes_per_source)
        return Lane(client(http, scheme, TokenProvider(token)), limit, time.monotonic)

    def _servicebus_client(self) -> ServiceBusClient:
        if self.config.servicebus is not None:
            return ServiceBusClient.from_connection_string(self.config.servicebus.get_secret_value())
        if self.config.servicebus_namespace is None:
            raise InvalidSettings(
                "SERVICEBUS",
                "is not set; set SERVICEBUS, or SERVICEBUS__fullyQualifiedNamespace for identity",
            )
        return ServiceBusClient(self.config.servicebus_namespace, self.credential)


@lru_cache(maxsize=1)
def services() -> Services:
    """The process's services."""
    return Services(settings())
