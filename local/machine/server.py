"""Serving HTTP on 127.0.0.1: the socket is bound before anything starts, so a taken port is known at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.applications import Starlette

from local.host.errors import StartError
from local.host.lifetime import cancelled


def bind(port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises ``StartError`` when the port is in use."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", port))
    except OSError as error:
        bound.close()
        raise StartError(f"port {port} on 127.0.0.1 cannot be used: {error.strerror}") from None
    return bound


class _Server(uvicorn.Server):
    """uvicorn without signal handlers: the host stops it after its listeners."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: Starlette, bound: socket.socket) -> AsyncIterator[None]:
    """Serve ``app`` while the block runs; requests in flight get a few seconds at its end."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=5, lifespan="off"
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event to wait for
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await asyncio.wait({task}, timeout=7)
        await cancelled(task)
