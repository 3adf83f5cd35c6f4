"""The server that every local service is made of."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from local.machine.serving import PortError, ServeError, listen, serving, url_of


async def test_an_application_is_served_while_the_block_runs() -> None:
    """Its lifespan begins before the first answer and ends with the block; then nobody answers any more."""
    told: list[str] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        told.append("begun")
        yield
        told.append("ended")

    async def answer(_: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    listener = listen(0)
    url = url_of(listener)
    async with httpx.AsyncClient() as client:
        async with serving(Starlette(routes=[Route("/", answer)], lifespan=lifespan), listener):
            assert (await client.get(url)).text == "here"
            assert told == ["begun"]
        assert told == ["begun", "ended"]
        with pytest.raises(httpx.ConnectError):
            await client.get(url)


async def test_a_request_in_flight_may_end() -> None:
    """The end of the block waits for an answer that is being made."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def answer(_: Request) -> PlainTextResponse:
        asked.set()
        await go_on.wait()
        return PlainTextResponse("late")

    listener = listen(0)
    async with httpx.AsyncClient() as client:
        async with serving(Starlette(routes=[Route("/", answer)]), listener, shutdown_s=60):
            answering = asyncio.create_task(client.get(url_of(listener)))
            await asked.wait()
            asyncio.get_running_loop().call_soon(go_on.set)
        assert (await answering).text == "late"


async def test_an_application_that_cannot_start_is_an_error() -> None:
    """A lifespan that raises ends the server before the block runs."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        raise ValueError("no lake")
        yield

    with pytest.raises(ServeError, match="did not start"):
        async with serving(Starlette(lifespan=lifespan), listen(0)):
            pytest.fail("nothing is served")


def test_a_taken_port_is_named() -> None:
    """A port that another socket listens on, and one that is no port, are errors that name address and reason."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortError, match=rf"127\.0\.0\.1:{port}: Address already in use"):
            listen(port)
    with pytest.raises(PortError, match=r"127\.0\.0\.1:70000: .*65535"):
        listen(70000)
