"""Whether everything is there that the app stands on: one probe a dependency, in parallel, each with a time limit.

Details name settings and kinds of errors, never what an error says, as that may hold addresses and tokens. No probe
spends a request of TMDB or Discogs: it only opens a connection to their server.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from shared.adapters.bus import QUEUES, Bus
from shared.adapters.connections import Connections
from shared.adapters.databricks import Databricks, load_sdk
from shared.adapters.lake import CONTROL, Lake
from shared.adapters.vault import Secrets
from shared.errors import InvalidSettings, Unreachable
from shared.messages.base import Source
from shared.runs.store import LAST_COMPLETED
from shared.serving.answers import Dependency, Health

LIMIT_S = 5.0
FRESH_S = 5.0
DEAD_LETTERS_COUNTED = 100
HTTPS_PORT, HTTP_PORT = 443, 80
SOURCES: tuple[Source, ...] = ("tmdb", "discogs")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Probe:
    """How to find out whether a dependency answers.

    Attributes:
        name: of the dependency.
        ask: asks it, and returns in a few words what it found; raises when it does not answer.
        remedy: what to check when it is down.
    """

    name: str
    ask: Callable[[], Awaitable[str]]
    remedy: str


class HealthChecker:
    """Probes all dependencies; answers asked for within five seconds share one round of probes.

    Args:
        now: the wall clock, in UTC.
        clock: monotonic seconds.
        limit_s: a probe that takes longer counts as down.
    """

    def __init__(
        self,
        probes: Sequence[Probe],
        now: Callable[[], datetime],
        clock: Callable[[], float],
        limit_s: float = LIMIT_S,
    ) -> None:
        self._probes = probes
        self._now = now
        self._clock = clock
        self._limit_s = limit_s
        self._lock = asyncio.Lock()
        self._last: Health | None = None
        self._last_s = 0.0

    async def check(self) -> Health:
        """The state of each dependency."""
        async with self._lock:
            if self._last is None or self._clock() - self._last_s > FRESH_S:
                found = await asyncio.gather(*(self._try(probe) for probe in self._probes))
                is_ok = all(one.status == "ok" for one in found)
                status = "ok" if is_ok else "down"
                self._last = Health(status=status, checked_at=self._now(), dependencies=tuple(found))
                self._last_s = self._clock()
            return self._last

    async def _try(self, probe: Probe) -> Dependency:
        start_s = self._clock()
        try:
            async with asyncio.timeout(self._limit_s):
                detail, is_ok = await probe.ask(), True
        except InvalidSettings as error:
            detail, is_ok = str(error), False
        except TimeoutError:
            detail, is_ok = f"no answer in {self._limit_s:g} s; {probe.remedy}", False
        except Exception as error:  # whatever a dependency fails with is what this is about
            kind = error.kind if isinstance(error, Unreachable) else type(error).__name__
            log.warning("%s is down: %s", probe.name, kind)
            detail, is_ok = f"{kind}; {probe.remedy}", False
        latency_ms = round(1000 * (self._clock() - start_s), 1)
        return Dependency(
            name=probe.name, status="ok" if is_ok else "down", latency_ms=latency_ms, detail=detail
        )


def probes_of(app: Connections) -> list[Probe]:
    """A probe of everything the app is connected to.

    Raises:
        ImportError: databricks-sdk does not load.
    """
    load_sdk()
    config = app.config
    jobs = (config.silver_job_id, config.gold_job_id, *filter(None, [config.bulk_job_id]))
    tmdb, discogs = str(config.tmdb_base_url), str(config.discogs_base_url)
    return [
        Probe("lake", lambda: ask_lake(app.lake), "check LAKE and the storage account"),
        Probe("queues", lambda: ask_queues(app.bus), "check SERVICEBUS and the namespace"),
        Probe(
            "databricks",
            lambda: ask_databricks(app.databricks, jobs),
            "check DATABRICKS_HOST, and its token or the identity's right",
        ),
        Probe("vault", lambda: ask_vault(app.secrets), "check KEY_VAULT_URL and the app's access"),
        Probe("tmdb", lambda: ask_source(tmdb), "check TMDB_BASE_URL and the way out to the internet"),
        Probe(
            "discogs", lambda: ask_source(discogs), "check DISCOGS_BASE_URL and the way out to the internet"
        ),
    ]


async def ask_lake(lake: Lake) -> str:
    """Read one small blob's properties."""
    found = await lake.metadata(CONTROL, LAST_COMPLETED)
    return "readable" if found is not None else "readable; no run has completed yet"


async def ask_queues(bus: Bus) -> str:
    """Count the dead letters of each queue, without taking them."""
    waiting = await asyncio.gather(*(bus.peek_dead_letters(queue, DEAD_LETTERS_COUNTED) for queue in QUEUES))
    return f"{len(QUEUES)} queues, {_count(sum(waiting))} dead letters waiting"


async def ask_databricks(databricks: Databricks, job_ids: Sequence[int | None]) -> str:
    """Ask for the names of the jobs; a bulk job need not be there."""
    known = [job_id for job_id in job_ids if job_id is not None]
    if len(known) < len(job_ids):
        raise InvalidSettings("SILVER_JOB_ID, GOLD_JOB_ID", "are not both set; set them to the jobs' ids")
    names = await asyncio.gather(*(databricks.job_name(job_id) for job_id in known))
    return ", ".join(names)


async def ask_vault(secrets: Secrets) -> str:
    """Read both API tokens, without keeping them."""
    for source in SOURCES:
        await secrets.get(f"{source.upper()}_TOKEN")
    return f"both API tokens are in the {secrets.origin}"


async def ask_source(base_url: str) -> str:
    """Open a connection to an API's server and close it: no request is sent, so no rate is spent."""
    address = urlsplit(base_url)
    is_tls = address.scheme == "https"
    port = address.port or (HTTPS_PORT if is_tls else HTTP_PORT)
    _, writer = await asyncio.open_connection(address.hostname, port, ssl=is_tls or None)
    writer.close()
    with suppress(OSError):  # the other side may have closed first
        await writer.wait_closed()
    return "takes connections; no request was sent"


def _count(count: int) -> str:
    return f"{count} or more" if count >= DEAD_LETTERS_COUNTED else str(count)
