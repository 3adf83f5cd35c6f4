"""The lanes of the sources: whoever asks waits for the next slot, and nobody asks in vain.

A lane is a Service Bus session. The host gives it to one process at a time and renews its lock for as long as there
is work, so the one `Lane` object of a session in a process rules the rate, whatever number of calls share it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from shared.adapters.connections import tls_context
from shared.adapters.telemetry import Telemetry
from shared.adapters.vault import Secrets
from shared.config import Settings
from shared.errors import LanePaused, RetryableSourceError, SourceUnavailable, Throttled
from shared.messages.base import Source, lane_names
from shared.sources.client import Answer, ApiClient, ApiRequest, TokenProvider
from shared.sources.discogs import DiscogsClient
from shared.sources.pacing import LaneLimit, Pacer
from shared.sources.tmdb import TmdbClient
from shared.sources.watching import Watch

OUTAGE_FAILURES = 12
SUSPECTS_KEPT = 10_000
REST_S = 5.0
LONGEST_PAUSE_S = 120.0
MAX_IN_FLIGHT = 128
TOLD_PAUSE_S = 5.0  # shorter pauses are everyday life
SLOW_ANSWER_S, ANSWERS_IN_MEAN = 5.0, 20
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


Permit = Callable[[], Awaitable[None]]
"""Raises when a request has lost its point while others had their turn."""


async def _always() -> None:
    """Every request still has its point."""


class Lane:
    """Asks one source at the pace its limit permits, one start after the other, however many tasks ask.

    Args:
        client: the source's API.
        limit: what the source permits this lane.
        clock: monotonic seconds.
        sleep: waits that many seconds.
        telemetry: gets waits, retries, 429s and the share of the rate that is used.
        lanes_per_source: lanes that share the limit which the source states.
        watch: hears when the source does not answer, wants a pause or is slow, and when that is over.
    """

    def __init__(
        self,
        client: ApiClient,
        limit: LaneLimit,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        telemetry: Telemetry | None = None,
        lanes_per_source: int = 1,
        watch: Watch | None = None,
    ) -> None:
        self.client = client
        self.pacer = Pacer(limit, clock())
        self._clock = clock
        self._sleep = sleep
        self._telemetry = telemetry or Telemetry()
        self._lanes_per_source = lanes_per_source
        self._watch = watch
        self._mean_answer_s = 0.0
        self._turn = asyncio.Lock()
        self._in_flight = asyncio.Semaphore(MAX_IN_FLIGHT)
        self._failures_in_a_row = 0
        self._failed_in_a_row: set[str] = set()
        self._suspects: set[str] = set()
        self._proof: ApiRequest | None = None
        self._rests_until_s = 0.0

    @property
    def is_out(self) -> bool:
        """Whether the source looks down: many failures in a row without a single answer.

        A request that failed while others were answered is suspect itself, and says nothing about the source.
        """
        return self._failures_in_a_row >= OUTAGE_FAILURES

    async def ask(
        self,
        request: ApiRequest,
        tally: RequestTally,
        keep_missing: bool = False,
        permit: Permit = _always,
    ) -> Answer:
        """Ask once, in turn; a 429 only makes everybody wait.

        Args:
            request: what to ask.
            tally: counts the request.
            keep_missing: whether a 404 is an answer to keep.
            permit: called when it is this request's turn to wait for a slot.

        Raises:
            LanePaused: the source wants a rest longer than LONGEST_PAUSE_S.
            SourceUnavailable: also when the source looks down, without asking it.
            SourceError: as `ApiClient.get`, but for Throttled.
            CrossfadeError: whatever `permit` raises.
        """
        await self.client.prepare()
        while True:
            async with self._in_flight:
                await self._wait_for_slot(permit)
                if self.is_out and self._proof is not None:
                    await self._ask_proof(self._proof, tally)
                elif (answer := await self._ask(request, tally, keep_missing)) is not None:
                    return answer

    async def _ask(self, request: ApiRequest, tally: RequestTally, keep_missing: bool) -> Answer | None:
        """The answer; None when the source wants everybody to wait."""
        tally.requests += 1
        asked_s = self._clock()
        try:
            answer = await self.client.get(request, keep_missing)
        except Throttled as error:
            tally.throttled += 1
            self._telemetry.count("crossfade.throttled", 1, source=self.client.source)
            self.pacer.throttled(self._clock(), error.retry_after_s)
            await self._tell_pause(error)
            return None
        except RetryableSourceError as error:
            tally.retries += 1
            self._telemetry.count("crossfade.retries", 1, source=self.client.source)
            self._failed(request)
            await self._tell_silence(error)
            raise
        await self._tell_answer(self._clock() - asked_s)
        return self._answered(request, answer)

    async def _tell_pause(self, error: Throttled) -> None:
        if self._watch and self._is_held:
            await self._watch.trouble(self.client.source, "pauses", str(error), self._wait_s)

    async def _tell_silence(self, error: RetryableSourceError) -> None:
        """A source is silent when it looks down, or never answered here at all: one failure is often the record's."""
        if self._watch and (self.is_out or self._proof is None):
            await self._watch.trouble(self.client.source, "unreachable", str(error))

    async def _tell_answer(self, took_s: float) -> None:
        self._mean_answer_s += (took_s - self._mean_answer_s) / ANSWERS_IN_MEAN
        if self._watch is None:
            return
        if self._mean_answer_s >= SLOW_ANSWER_S:
            reason = f"answers take {self._mean_answer_s:.0f} s"
            await self._watch.trouble(self.client.source, "slow", reason)
        elif not self._is_held:  # else it was asked before the pause
            await self._watch.well(self.client.source)

    @property
    def _wait_s(self) -> float:
        """Seconds until the next request may start."""
        now_s = self._clock()
        return self.pacer.next_slot(now_s) - now_s

    @property
    def _is_held(self) -> bool:
        """Whether that is longer than the pace alone would have it."""
        return self._wait_s - self.pacer.interval_s >= TOLD_PAUSE_S

    async def _ask_proof(self, proof: ApiRequest, tally: RequestTally) -> None:
        """Ask what was answered before: when that answers, those that fail are bad records, and the source is up.

        Without it, a few bad records that are all that is left of a run would look like an outage for hours.

        Raises:
            SourceUnavailable: it does not answer either.
        """
        try:
            await self._ask(proof, tally, keep_missing=True)
        except RetryableSourceError as error:
            raise SourceUnavailable(f"{self.client.source} looks down: {error}") from error

    def _answered(self, request: ApiRequest, answer: Answer) -> Answer:
        if len(self._suspects) < SUSPECTS_KEPT:
            self._suspects |= self._failed_in_a_row
        self._failed_in_a_row.clear()
        self._suspects.discard(request.key)
        self._failures_in_a_row = 0
        self._proof = request
        self.pacer.answered()
        stated = answer.quota.limit_per_min
        share = stated / self._lanes_per_source if stated else None
        self.pacer.obey(self._clock(), share, answer.quota.remaining)
        return answer

    def _failed(self, request: ApiRequest) -> None:
        if request.key in self._suspects:
            return
        self._failed_in_a_row.add(request.key)
        self._failures_in_a_row += 1
        if self.is_out:
            self._rests_until_s = self._clock() + REST_S

    async def _wait_for_slot(self, permit: Permit) -> None:
        asked_s = self._clock()
        async with self._turn:
            self._spare_if_out()
            await permit()
            self.pacer.resume(self._clock())
            while (wait_s := self.pacer.next_slot(self._clock()) - self._clock()) > 0:
                if wait_s > LONGEST_PAUSE_S:
                    raise LanePaused(self.client.source, wait_s)
                await self._sleep(wait_s)
            self.pacer.reserve(self._clock())
        now_s, source = self._clock(), self.client.source
        self._telemetry.record("crossfade.lane_wait", now_s - asked_s, source=source)
        self._telemetry.gauge("crossfade.rate_used", self.pacer.rate_used(now_s), source=source)

    def _spare_if_out(self) -> None:
        """Leave a source that looks down alone; every REST_S one request finds out whether it is back."""
        if not self.is_out:
            return
        if self._clock() < self._rests_until_s:
            raise SourceUnavailable(f"{self.client.source} looks down")
        self._rests_until_s = self._clock() + REST_S


class Lanes:
    """The lanes of this process: one per session, whatever calls and batches its tasks come in.

    Args:
        open_one: opens a lane of a source.
        lanes_per_source: sessions a source's tasks are spread over.
    """

    def __init__(self, open_one: Callable[[Source], Lane], lanes_per_source: int = 1) -> None:
        self._open = open_one
        self._lanes_per_source = lanes_per_source
        self._lanes: dict[str, Lane] = {}

    def of(self, source: Source, session_id: str | None) -> Lane:
        """The lane of a session; a session that none is planned for shares the source's first lane."""
        names = lane_names(source, self._lanes_per_source)
        name = session_id if session_id in names else names[0]
        if name not in self._lanes:
            self._lanes[name] = self._open(source)
        return self._lanes[name]


def open_lane(
    source: Source, config: Settings, secrets: Secrets, telemetry: Telemetry, watch: Watch | None = None
) -> Lane:
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
        verify=tls_context(),
    )
    limit = LaneLimit.of(per_min[source] / config.lanes_per_source)
    api = client(http, scheme, TokenProvider(token), telemetry)
    return Lane(
        api,
        limit,
        time.monotonic,
        telemetry=telemetry,
        lanes_per_source=config.lanes_per_source,
        watch=watch,
    )
