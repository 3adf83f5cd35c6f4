"""The whole app over fakes: the services as they are wired in production, with fake adapters put in."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from shared.adapters.bus import EVENT_QUEUE, TASK_QUEUES, Delivery
from shared.alerting.notices import Notifier, Slack
from shared.config import Settings, load_settings
from shared.messages.base import Source
from shared.services import Services
from shared.sources.client import TokenProvider
from shared.sources.lanes import CLIENTS, Lane
from shared.sources.pacing import LaneLimit
from tests.fakes.bus import FakeBus
from tests.fakes.catalog import DISCOGS_TOKEN, TMDB_TOKEN, FakeCatalog
from tests.fakes.databricks import FakeDatabricks
from tests.fakes.lake import FakeLake

SETTINGS: dict[str, Any] = {
    "tmdb_token": TMDB_TOKEN,
    "discogs_token": DISCOGS_TOKEN,
    "silver_job_id": 11,
    "gold_job_id": 12,
    "public_url": "http://app.invalid/",
    "outage_hold_s": 0,
}
NO_LIMIT_PER_MIN = 60_000_000.0


class _OverFakes(Services):
    """Services whose lanes ask a catalog in memory, as fast as they like."""

    def __init__(self, config: Settings, app: CrossfadeApp) -> None:
        super().__init__(config)
        self._app = app
        self.lake = app.lake
        self.bus = app.bus
        self.databricks = app.databricks
        self.notifier = app.notifier()

    def lane(self, source: Source) -> Lane:
        return self._app.lane(source)


class CrossfadeApp:
    """Services over fakes.

    Attributes:
        services: as the handlers get them.
        tokens: what the token store holds.
        limits: requests a minute of each lane.
        notices: what people were told.
    """

    def __init__(self, catalog: FakeCatalog | None = None, **settings: Any) -> None:
        self.lake = FakeLake()
        self.bus = FakeBus()
        self.databricks = FakeDatabricks()
        self.catalog = catalog or FakeCatalog()
        self.tokens: dict[Source, str] = {"tmdb": TMDB_TOKEN, "discogs": DISCOGS_TOKEN}
        self.limits: dict[Source, float] = {"tmdb": NO_LIMIT_PER_MIN, "discogs": NO_LIMIT_PER_MIN}
        self.notices: list[str] = []
        self._settings = load_settings(**{**SETTINGS, **settings})
        self.services: Services = _OverFakes(self._settings, self)

    def restart(self) -> None:
        """A new process over the same lake and queues."""
        self.services = _OverFakes(self._settings, self)

    def notifier(self) -> Notifier:
        """A notifier whose webhook is `notices`."""

        def post(request: httpx.Request) -> httpx.Response:
            self.notices.append(json.loads(request.content)["text"])
            return httpx.Response(200)

        http = httpx.AsyncClient(transport=httpx.MockTransport(post))
        return Notifier([Slack(http, "http://hooks.invalid/1")])

    def lane(
        self,
        source: Source,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> Lane:
        """A lane that asks the catalog."""

        async def token() -> str:
            return self.tokens[source]

        transport = self.catalog.transport()
        http = httpx.AsyncClient(base_url=f"http://{source}", transport=transport)
        client, scheme = CLIENTS[source]
        limit = LaneLimit.of(self.limits[source])
        return Lane(client(http, scheme, TokenProvider(token)), limit, clock, sleep)

    async def fetch(self, *deliveries: Delivery) -> None:
        """Work messages of the task queues side by side, one a call, as the host would."""
        results = await asyncio.gather(*map(self.services.fetcher.work, deliveries), return_exceptions=True)
        for error in results:
            if error is not None:
                raise error

    async def drain_queues(self, batch: int = 50, before_batch: Callable[[], None] = lambda: None) -> None:
        """Work all queues until they are empty, as the host would; delays pass at once."""
        while self.bus.sent:
            before_batch()
            for queue in TASK_QUEUES.values():
                if deliveries := self.bus.take(queue, batch):
                    await self.fetch(*deliveries)
            if deliveries := self.bus.take(EVENT_QUEUE, batch):
                await self.services.fan_in.track(deliveries)
