"""The lane of a source as a batch sees it: slots in order, and the end of the batch's lease."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from shared.adapters.telemetry import Telemetry
from shared.adapters.vault import Secrets
from shared.config import Settings
from shared.errors import (
    CredentialsRejected,
    LeaseExpired,
    RetryableSourceError,
    SourceUnavailable,
    Throttled,
)
from shared.messages.base import Source
from shared.sources.client import Answer, ApiClient, ApiRequest, TokenProvider
from shared.sources.discogs import DiscogsClient
from shared.sources.pacing import LaneLimit, Pacer
from shared.sources.tmdb import TmdbClient

OUTAGE_FAILURES = 12
MAX_IN_FLIGHT = 64
CLIENTS: dict[Source, tuple[type[ApiClient], str]] = {
    "tmdb": (TmdbClient, "Bearer "),
    "discogs": (DiscogsClient, "Discogs token="),
}
"""Client of each source, and how its Authorization header begins."""


@dataclass
class RequestTally:
    """What one task cost so far."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0
    saved: int = 0


class Lane:
    """Asks one source at the pace its limit permits, one start after the other.

    Args:
        client: the source's API.
        limit: what the source permits this lane.
        clock: monotonic seconds.
        sleep: waits that many seconds.
        telemetry: gets waits, retries, 429s and the share of the rate that is used.
    """

    def __init__(
        self,
        client: ApiClient,
        limit: LaneLimit,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        telemetry: Telemetry | None = None,
    ) -> None:
        self.client = client
        self.pacer = Pacer(limit, clock())
        self._clock = clock
        self._sleep = sleep
        self._telemetry = telemetry or Telemetry()
        self._turn = asyncio.Lock()
        self._in_flight = asyncio.Semaphore(MAX_IN_FLIGHT)
        self._failures_in_a_row = 0
        self._refusal: str | None = None

    @property
    def is_out(self) -> bool:
        """Whether the source looks down: many failures in a row without a single answer."""
        return self._failures_in_a_row >= OUTAGE_FAILURES

    def begin_batch(self) -> None:
        """Take the lane up again; a source that looks down, or refused the token, gets one more chance."""
        self.pacer.resume(self._clock())
        self._refusal = None
        self._failures_in_a_row = min(self._failures_in_a_row, OUTAGE_FAILURES - 1)

    async def ask(
        self, request: ApiRequest, ends_s: float, tally: RequestTally, keep_missing: bool = False
    ) -> Answer:
        """Ask once, in turn; a 429 only makes everybody wait.

        Args:
            request: what to ask.
            ends_s: when the batch's lease ends, on the lane's clock.
            tally: counts the request.
            keep_missing: whether a 404 is an answer to keep.

        Raises:
            LeaseExpired: no slot is left before `ends_s`.
            SourceUnavailable: also when the source looks down, without asking it.
            CredentialsRejected: also after another request of the batch was refused, without asking.
            SourceError: as `ApiClient.get`, but for Throttled.
        """
        while True:
            async with self._in_flight:
                await self._wait_for_slot(ends_s)
                tally.requests += 1
                try:
                    answer = await self.client.get(request, keep_missing)
                except Throttled as error:
                    tally.throttled += 1
                    self._telemetry.count("crossfade.throttled", 1, source=self.client.source)
                    self.pacer.throttled(self._clock(), error.retry_after_s)
                except CredentialsRejected as error:
                    self._refusal = str(error)
                    raise
                except RetryableSourceError:
                    tally.retries += 1
                    self._telemetry.count("crossfade.retries", 1, source=self.client.source)
                    self._failures_in_a_row += 1
                    raise
                else:
                    return self._answered(answer)

    def _answered(self, answer: Answer) -> Answer:
        self._failures_in_a_row = 0
        self.pacer.answered()
        self.pacer.obey(self._clock(), answer.quota.limit_per_min, answer.quota.remaining)
        return answer

    async def _wait_for_slot(self, ends_s: float) -> None:
        asked_s = self._clock()
        async with self._turn:
            if self._refusal is not None:
                raise CredentialsRejected(self._refusal)
            if self.is_out:
                raise SourceUnavailable(f"{self.client.source} looks down")
            while (wait_s := self.pacer.next_slot(self._clock()) - self._clock()) > 0:
                if self._clock() + wait_s > ends_s:
                    raise LeaseExpired("no slot is left before the batch ends")
                await self._sleep(wait_s)
            if self._clock() > ends_s:
                raise LeaseExpired("the batch's time is up")
            self.pacer.reserve(self._clock())
        now_s, source = self._clock(), self.client.source
        self._telemetry.record("crossfade.lane_wait", now_s - asked_s, source=source)
        self._telemetry.gauge("crossfade.rate_used", self.pacer.rate_used(now_s), source=source)


def open_lane(source: Source, config: Settings, secrets: Secrets, telemetry: Telemetry) -> Lane:
    """The lane of a source: its client, with the token asked for at first use, at the pace the settings permit."""

    async def token() -> str:
        return await secrets.get(f"{source.upper()}_TOKEN")

    client, scheme = CLIENTS[source]
    base_urls = {"tmdb": config.tmdb_base_url, "discogs": config.discogs_base_url}
    per_min = {"tmdb": config.tmdb_requests_per_s * 60, "discogs": config.discogs_requests_per_min}
    http = httpx.AsyncClient(
        base_url=str(base_urls[source]),
        timeout=config.request_timeout_s,
        headers={"User-Agent": config.user_agent, "Accept": "application/json"},
        limits=httpx.Limits(max_connections=MAX_IN_FLIGHT, max_keepalive_connections=MAX_IN_FLIGHT),
    )
    limit = LaneLimit.of(per_min[source] / config.lanes_per_source)
    api = client(http, scheme, TokenProvider(token), telemetry)
    return Lane(api, limit, time.monotonic, telemetry=telemetry)
