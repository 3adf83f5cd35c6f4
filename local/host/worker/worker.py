"""The worker: runs handlers away from the host's own event loop, as the Python worker process does.

Async handlers run on one event loop of their own, sync ones in a thread pool, so a handler that blocks stops
other handlers and never the listeners. As with the real worker an async handler runs in the trace of its trigger where
``PYTHON_ENABLE_OPENTELEMETRY`` is true, a sync one in none. One log line per invocation: function, outcome, id,
duration.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import secrets
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import Any

from local.host.errors import InvocationTimeout
from local.host.indexing import FunctionDefinition
from local.host.telemetry import continues_traces, parent_span, silence_host_calls

logger = logging.getLogger("local.host.worker")


class Worker:
    """Runs functions; ``timeout_s`` is functionTimeout, None for no limit. Start it before the first call."""

    def __init__(self, timeout_s: float | None = None, environment: Mapping[str, str] | None = None) -> None:
        self._timeout_s = timeout_s
        environment = environment or {}
        self._continues_traces = continues_traces(environment)
        threads = int(environment.get("PYTHON_THREADPOOL_THREAD_COUNT") or min(32, (os.cpu_count() or 1) + 4))
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="function")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="worker", daemon=True)

    def start(self) -> None:
        """Start the worker's event loop."""
        self._thread.start()

    def stop(self) -> None:
        """End the loop; handlers still running in threads are left behind."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        # The process ends: what the app's clients left open is closed by the system, not worth a line.
        self._loop.set_exception_handler(lambda loop, context: None)
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=2.0)
        if not self._thread.is_alive():
            self._loop.close()

    async def invoke(
        self, function: FunctionDefinition, argument: Any, trace_parent: str | None = None
    ) -> Any:
        """Return what the handler returns. Raises what it raises, or ``InvocationTimeout``; both are logged here."""
        invocation_id, started = str(uuid.uuid4()), time.monotonic()
        try:
            returned = await self._run(function, argument, trace_parent or _new_trace_parent())
        except BaseException as error:
            _log(function, invocation_id, started, error)
            raise
        _log(function, invocation_id, started, None)
        silence_host_calls()
        return returned

    async def _run(self, function: FunctionDefinition, argument: Any, trace_parent: str) -> Any:
        call = self._call(function, argument, trace_parent)
        # An empty context: the mark on the host's own calls must not reach the handler's.
        running = contextvars.Context().run(asyncio.run_coroutine_threadsafe, call, self._loop)
        deadline = asyncio.timeout(self._timeout_s)
        try:
            async with deadline:
                return await asyncio.wrap_future(running)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise InvocationTimeout(
                f"{function.name} ran longer than functionTimeout, {self._timeout_s:g} s"
            ) from None

    async def _call(self, function: FunctionDefinition, argument: Any, trace_parent: str) -> Any:
        arguments = {function.parameter: argument}
        if not function.is_async:
            return await self._loop.run_in_executor(self._pool, partial(function.handler, **arguments))
        with parent_span(trace_parent) if self._continues_traces else nullcontext():
            return await function.handler(**arguments)


def _new_trace_parent() -> str:
    """A sampled W3C traceparent: each invocation without one begins a trace of its own."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def _log(
    function: FunctionDefinition, invocation_id: str, started: float, error: BaseException | None
) -> None:
    outcome = (
        "Succeeded"
        if error is None
        else "Cancelled"
        if isinstance(error, asyncio.CancelledError)
        else "Failed"
    )
    logger.log(
        logging.INFO if error is None else logging.ERROR,
        "Executed 'Functions.%s' (%s, Id=%s, Duration=%dms)",
        function.name, outcome, invocation_id, (time.monotonic() - started) * 1000,
        exc_info=error if outcome == "Failed" else None,
    )  # fmt: skip
