"""Decorators that make functions of handlers: trigger, span, and the app's services as the first argument.

A function is called as its handler. Services are made at the first call, so that neither a wrong setting nor an SDK
that does not load keeps functions from being indexed.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import azure.functions as func

from functions.answers import Reply, respond
from shared.serving.endpoints import endpoint_of

if TYPE_CHECKING:
    from shared.services import Services

Register = Callable[[Any], Any]
AppHandler = Callable[["Services", func.HttpRequest], Awaitable[Reply]]
PageHandler = Callable[[func.HttpRequest], Awaitable[Reply]]
TimerHandler = Callable[["Services"], Awaitable[None]]


def services() -> Services:
    """The process's services.

    Raises:
        InvalidSettings: a setting is wrong.
        ImportError: an SDK does not load.
    """
    from shared import services as wiring

    return wiring.services()


def endpoint(blueprint: func.Blueprint) -> Callable[[AppHandler], AppHandler]:
    """Answer requests to the endpoint of the handler's name, within a span."""

    def register(handle: AppHandler) -> AppHandler:
        async def work(req: func.HttpRequest) -> Reply:
            app = services()
            with app.telemetry.span(handle.__name__):
                return await handle(app, req)

        route(blueprint, handle, work)
        return handle

    return register


def page_endpoint(blueprint: func.Blueprint) -> Callable[[PageHandler], PageHandler]:
    """Answer requests to the endpoint of the handler's name with something that needs no services."""

    def register(handle: PageHandler) -> PageHandler:
        route(blueprint, handle, handle)
        return handle

    return register


def timer(blueprint: func.Blueprint, schedule: str) -> Callable[[TimerHandler], TimerHandler]:
    """Call the handler on a schedule (NCRONTAB), within a span."""

    def register(handle: TimerHandler) -> TimerHandler:
        async def run(timer: func.TimerRequest) -> None:
            app = services()
            with app.telemetry.span(handle.__name__, past_due=timer.past_due):
                await handle(app)

        trigger = blueprint.timer_trigger(arg_name="timer", schedule=schedule, run_on_startup=False)
        add_function(blueprint, handle, run, trigger)
        return handle

    return register


def route(blueprint: func.Blueprint, handle: Callable[..., Any], work: PageHandler) -> None:
    """Register `work` for the endpoint of the handler's name; errors are answered as `functions.answers` says."""
    found = endpoint_of(handle.__name__)
    level = func.AuthLevel.ANONYMOUS if found.is_open else func.AuthLevel.FUNCTION

    async def run(req: func.HttpRequest) -> func.HttpResponse:
        return await respond(lambda: work(req))

    trigger = blueprint.route(route=found.route, methods=[found.method.upper()], auth_level=level)
    add_function(blueprint, handle, run, trigger)


def add_function(
    blueprint: func.Blueprint, handle: Callable[..., Any], run: Callable[..., Any], trigger: Register
) -> None:
    """Register `run`, whose parameter the trigger binds, under the handler's name and docstring."""
    run.__name__ = run.__qualname__ = handle.__name__
    run.__module__, run.__doc__ = handle.__module__, handle.__doc__
    blueprint.function_name(handle.__name__)(trigger(held(run)))


P = ParamSpec("P")
T = TypeVar("T")
_running: set[asyncio.Task[Any]] = set()


def held(run: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A function whose work goes on to its end, also when whoever waits for it is lost."""

    @functools.wraps(run)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        task = asyncio.create_task(run(*args, **kwargs))
        _running.add(task)
        task.add_done_callback(_running.discard)
        return await task

    return call
