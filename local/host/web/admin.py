"""The part of the admin API the project uses: invoke a function now, without waiting for its trigger."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import PlainTextResponse, Response

logger = logging.getLogger("local.host.web.admin")
ManualRun = Callable[[str], Awaitable[None]]


class Admin:
    """Manual invocations. ``manual`` maps a function to a coroutine function taking the request's ``input``."""

    def __init__(self, names: list[str], manual: Mapping[str, ManualRun]) -> None:
        self.names = names
        self._manual = manual
        self._running: set[asyncio.Task[None]] = set()

    async def trigger(self, name: str, body: bytes) -> Response:
        """202 when the function starts; 404 for an unknown one, 400 for one that cannot be started by hand."""
        if name not in self.names:
            return Response(status_code=404)
        if name not in self._manual:
            return PlainTextResponse(f"{name} is started by its own trigger only\n", 400)
        try:
            given = json.loads(body or b"{}")
        except ValueError:
            return PlainTextResponse('the body must be JSON: {"input": "..."}\n', 400)
        task = asyncio.create_task(
            self._run(name, str(given.get("input") or "") if isinstance(given, dict) else "")
        )
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return Response(status_code=202)

    async def _run(self, name: str, given: str) -> None:
        try:
            await self._manual[name](given)
        except Exception as error:
            logger.debug("manual run of %s failed: %s", name, error)
