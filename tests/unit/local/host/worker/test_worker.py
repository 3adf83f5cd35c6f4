from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry import trace

from local.host.errors import InvocationTimeout
from local.host.indexing import FunctionDefinition
from local.host.worker.worker import Worker


def define(handler: Callable[..., Any]) -> FunctionDefinition:
    is_async = asyncio.iscoroutinefunction(handler)
    return FunctionDefinition("f", handler, {"type": "timerTrigger"}, "value", "timerTrigger", None, is_async)


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(timeout_s=0.2)
    made.start()
    yield made
    made.stop()


async def test_async_handlers_share_one_loop_that_is_not_the_hosts(worker: Worker) -> None:
    """A handler's clients live on the worker's loop from call to call; a blocking handler cannot stop the host."""

    async def handler(value: int) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    first = await worker.invoke(define(handler), 1)
    assert await worker.invoke(define(handler), 2) is first
    assert first is not asyncio.get_running_loop()


async def test_sync_handlers_run_side_by_side_in_threads(worker: Worker) -> None:
    """Two sync handlers that wait for each other both end."""
    meeting = threading.Barrier(2, timeout=10)

    def handler(value: int) -> str:
        meeting.wait()
        return threading.current_thread().name

    names = await asyncio.gather(*(worker.invoke(define(handler), n) for n in range(2)))
    assert all(name.startswith("function") for name in names)


async def test_a_handlers_exception_reaches_the_caller_and_the_log(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    """The listener sees the exception, the log has one line with outcome and duration."""

    async def handler(value: int) -> None:
        raise ValueError("no film")

    with caplog.at_level(logging.INFO, "local.host"), pytest.raises(ValueError, match="no film"):
        await worker.invoke(define(handler), 1)
    (record,) = caplog.records
    assert "Executed 'Functions.f' (Failed, Id=" in record.getMessage() and record.exc_info


async def test_a_handler_that_runs_too_long_is_ended(worker: Worker) -> None:
    """functionTimeout cancels the handler and fails the invocation."""
    ended = threading.Event()

    async def handler(value: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(InvocationTimeout, match=r"f ran longer than functionTimeout, 0\.2 s"):
        await worker.invoke(define(handler), 1)
    assert await asyncio.to_thread(ended.wait, 10)


async def test_a_timeout_the_handler_raises_is_its_own(worker: Worker) -> None:
    """A TimeoutError of the app is not taken for functionTimeout."""

    async def handler(value: int) -> None:
        raise TimeoutError("the API")

    with pytest.raises(TimeoutError, match="the API"):
        await worker.invoke(define(handler), 1)


PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def trace_id(value: int) -> int:
    return trace.get_current_span().get_span_context().trace_id


async def test_a_handler_runs_in_the_trace_of_its_trigger() -> None:
    """The trigger's traceparent is the handler's parent; without one each invocation has a trace of its own."""
    worker = Worker(environment={"PYTHON_ENABLE_OPENTELEMETRY": "true"})
    worker.start()
    try:
        assert await worker.invoke(define(trace_id), 1, PARENT) == 0x0AF7651916CD43DD8448EB211C80319C
        own = [await worker.invoke(define(trace_id), 1) for _ in range(2)]
        assert all(own) and own[0] != own[1]
    finally:
        worker.stop()


async def test_without_the_setting_the_triggers_trace_is_not_attached(worker: Worker) -> None:
    """As with the real worker: the handler's spans begin traces of their own."""
    assert await worker.invoke(define(trace_id), 1, PARENT) == 0
