"""Invocations end, though the worker keeps no reference to them."""

from __future__ import annotations

import asyncio
import gc
import inspect
import weakref

import pytest

from functions.triggers import held
from tests.unit.functions.indexed import FUNCTIONS


async def test_an_invocation_that_nobody_holds_goes_on_to_its_end() -> None:
    """It waits for something that only itself knows of; collected as garbage, the work behind it is not."""
    ended: list[str] = []
    waited_for: list[weakref.ref[asyncio.Event]] = []

    async def work(name: str) -> None:
        event = asyncio.Event()
        waited_for.append(weakref.ref(event))
        await event.wait()
        ended.append(name)

    call = held(work)("fetch")
    call.send(None)  # as a dispatcher that starts the call and loses it
    await asyncio.sleep(0)
    call.close()
    del call
    gc.collect()
    event = waited_for[0]()
    assert event is not None, "the work was collected"
    event.set()
    del event
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert ended == ["fetch"]


async def test_what_the_work_returns_or_raises_is_the_calls() -> None:
    """The host sees results, and exceptions that give a message back."""

    async def half(number: int) -> int:
        if number % 2:
            raise ValueError(number)
        return number // 2

    assert await held(half)(4) == 2
    with pytest.raises(ValueError, match="3"):
        await held(half)(3)


async def test_a_cancelled_call_cancels_its_work() -> None:
    """functionTimeout ends the work too, or it would go on beside its next delivery."""
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    call = asyncio.create_task(held(work)())
    await started.wait()
    call.cancel()
    await asyncio.wait_for(cancelled.wait(), 10)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_held(name: str) -> None:
    """Whatever its trigger; and the host still sees its parameters."""
    function = FUNCTIONS[name].get_user_function()
    assert function.__code__ is held(asyncio.sleep).__code__
    assert inspect.iscoroutinefunction(function) and len(inspect.signature(function).parameters) == 1
