"""Is everything there that the app stands on: one probe a dependency, side by side, each with a time limit.

Details name settings and kinds of errors, never what an error says, as that may hold addresses and tokens.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.errors import InvalidSettings
from shared.serving.answers import Dependency, HealthView

LIMIT_S = 5.0
FRESH_S = 5.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Probe:
    """How to see whether a dependency answers.

    Attributes:
        name: of the dependency.
        ask: asks it, and says in a few words what it found; raises when it does not answer.
        remedy: what to look at when it is down.
    """

    name: str
    ask: Callable[[], Awaitable[str]]
    remedy: str


class Health:
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
        self._turn = asyncio.Lock()
        self._last: HealthView | None = None
        self._last_s = 0.0

    async def report(self) -> HealthView:
        """How each dependency is."""
        async with self._turn:
            if self._last is None or self._clock() - self._last_s > FRESH_S:
                found = await asyncio.gather(*(self._try(probe) for probe in self._probes))
                is_ok = all(one.status == "ok" for one in found)
                status = "ok" if is_ok else "down"
                self._last = HealthView(status=status, checked_at=self._now(), dependencies=tuple(found))
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
            log.warning("%s is down: %s", probe.name, type(error).__name__)
            detail, is_ok = f"{type(error).__name__}; {probe.remedy}", False
        latency_ms = round(1000 * (self._clock() - start_s), 1)
        return Dependency(
            name=probe.name, status="ok" if is_ok else "down", latency_ms=latency_ms, detail=detail
        )
