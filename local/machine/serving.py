"""Serve an ASGI application on 127.0.0.1: the port is taken first, one ready line tells that requests are answered."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
BACKLOG = 2048
KEEP_ALIVE_S = 75
SHUTDOWN_S = 3


class PortError(OSError):
    """The port cannot be listened on; the message names it."""


class ServeError(RuntimeError):
    """The application did not start; its own log lines say why."""


def listen(port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. Raise PortError."""
    # asyncio sets TCP_NODELAY only on sockets that name the protocol; without it every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise PortError(f"cannot listen on {HOST}:{port}: {reason}") from None
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL under which a listening socket is reached."""
    return f"http://{HOST}:{listener.getsockname()[1]}"


def print_ready(listener: socket.socket, **more: Any) -> None:
    """Print the ready line: the URL, the port and what else the parent process needs."""
    ready = {"ready": True, "url": url_of(listener), "port": listener.getsockname()[1], **more}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


def serve(create_app: Callable[[], ASGIApp], listener: socket.socket) -> None:
    """Print the ready line and serve until SIGTERM or SIGINT. Raise ServeError."""
    asyncio.run(_serve_until_signal(create_app, listener))


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket, shutdown_s: int = SHUTDOWN_S) -> AsyncIterator[None]:
    """Serve while the block runs, then close the listener; open requests get `shutdown_s`. Raise ServeError."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=shutdown_s,
    )
    config.load()
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.startup_ended.wait()
        if not server.started:
            raise ServeError("the server did not start")
        yield
    finally:
        server.should_exit = True
        await task
        listener.close()


async def _serve_until_signal(create_app: Callable[[], ASGIApp], listener: socket.socket) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(create_app(), listener):
        print_ready(listener)
        await stop.wait()


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: whoever serves decides when to stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.startup_ended = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell that starting has ended, well or not."""
        try:
            await super().startup(sockets)
        except SystemExit:  # how uvicorn says that the application did not start
            self.should_exit = True
        finally:
            self.startup_ended.set()
