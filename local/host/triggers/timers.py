"""The timer trigger: one instance of the app runs a timer, held by a lease on ``locks/{host}/{function}``."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging

from local.host.indexing import FunctionDefinition
from local.host.lifetime import Outage, Stop, Stopped, cancelled
from local.host.triggers.leases import HeldLease, HostStorage, lease
from local.host.triggers.schedule import Schedule
from local.host.worker import bindings
from local.host.worker.messages import utc_text
from local.host.worker.worker import Worker

logger = logging.getLogger("local.host.triggers.timers")
_LOCK_POLL_S = 5.0


class TimerListener:
    """Fires one function on its schedule while this process holds its lock; one run at a time.

    With ``use_monitor`` (default: schedules of a minute or more) the last and next occurrence are kept in
    ``timers/{host}/{function}/status``, and an occurrence missed while no host ran fires at once, past due.
    """

    def __init__(
        self,
        function: FunctionDefinition,
        schedule: Schedule,
        worker: Worker,
        storage: HostStorage,
        stop: Stop,
    ) -> None:
        self.name = function.name
        self._function = function
        self._schedule = schedule
        self._worker = worker
        self._storage = storage
        self._stop = stop
        self._outage = Outage(logger, f"timer {function.name}, storage")
        self._running = asyncio.Lock()
        self._starts = bool(function.trigger.get("runOnStartup"))
        monitor = function.trigger.get("useMonitor")
        self._is_monitored = schedule.is_minutely_or_rarer(_now()) if monitor is None else bool(monitor)
        self._status_name = f"timers/{storage.host_id}/{function.name}/status"

    async def run(self) -> None:
        """Hold the lock when it is free, and fire while holding it."""
        while not self._stop.is_set:
            try:
                await self._compete()
            except Stopped:
                return
            except Exception as error:  # a timer outlives whatever its storage does
                await self._pause(self._outage.failed(error))

    async def fire(self, is_past_due: bool = False) -> None:
        """Run the function now; its own failure is logged by the worker and ends nothing."""
        async with self._running:
            status = await self._read_status()
            try:
                argument = bindings.decode(
                    self._function, bindings.json_datum(_timer_info(status, is_past_due)), {}
                )
                await self._worker.invoke(self._function, argument)
            except Exception as error:
                logger.debug("%s failed: %s", self.name, error)

    async def _pause(self, delay_s: float) -> None:
        try:
            await self._stop.sleep(delay_s)
        except Stopped:
            logger.debug("%s stops", self.name)

    async def _compete(self) -> None:
        blob = await self._storage.ensure(f"locks/{self._storage.host_id}/{self.name}")
        async with lease(blob) as held:
            self._outage.over()
            if held is not None:
                await self._serve(held)
        await self._stop.sleep(_LOCK_POLL_S)

    async def _serve(self, held: HeldLease) -> None:
        """Fire on schedule until the lease is lost."""
        is_past_due = await self._was_missed()
        if self._starts or is_past_due:
            self._starts = False
            await self._occurrence(is_past_due)
        due = self._schedule.next_after(_now())
        while await self._is_due(due, held):
            await self._occurrence(False)
            due = self._schedule.next_after(max(due, _now()))

    async def _was_missed(self) -> bool:
        """Whether an occurrence passed while no host ran; the first start of all only notes the time."""
        if not self._is_monitored:
            return False
        status = await self._read_status()
        if not status:
            await self._write_status(None)
            return False
        return self._schedule.next_after(_parsed(status.get("Last") or status["LastUpdated"])) < _now()

    async def _is_due(self, due: dt.datetime, held: HeldLease) -> bool:
        """Wait for ``due``; False when the lease is lost before it."""
        lost = asyncio.ensure_future(held.lost.wait())
        try:
            delay_s = max(0.0, (due - _now()).total_seconds())
            await self._stop.race(asyncio.wait({lost}, timeout=delay_s))
            return not held.lost.is_set()
        finally:
            await cancelled(lost)

    async def _occurrence(self, is_past_due: bool) -> None:
        started = _now()
        await self.fire(is_past_due)
        if self._is_monitored:
            await self._write_status(started)

    async def _write_status(self, last: dt.datetime | None) -> None:
        moments = {"Last": last, "Next": self._schedule.next_after(_now()), "LastUpdated": _now()}
        content = {name: utc_text(moment) for name, moment in moments.items() if moment}
        await self._storage.write(self._status_name, json.dumps(content).encode())

    async def _read_status(self) -> dict[str, str]:
        if not self._is_monitored:
            return {}
        content = await self._storage.read(self._status_name)
        return dict(json.loads(content)) if content else {}


def _timer_info(status: dict[str, str], is_past_due: bool) -> dict[str, object]:
    return {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status or None, "IsPastDue": is_past_due}


def _parsed(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
