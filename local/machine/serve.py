"""Serving an ASGI application on 127.0.0.1: one ready line on stdout, a clean end on SIGTERM and SIGINT."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import sys

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
BACKLOG = 2048
KEEP_ALIVE_S = 75
SHUTDOWN_S = 2


class PortInUseError(OSError):
    """Something else listens on the port."""


class _ReadyServer(uvicorn.Server):
    """Prints the ready line once it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = sockets[0].getsockname()[1] if sockets else self.config.port
        ready = {"ready": True, "url": f"http://{HOST}:{port}", "port": port}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()


def serve(app: ASGIApp, port: int) -> None:
    """Serve until SIGTERM or SIGINT; port 0 takes a free one. Raise PortInUseError."""
    listener = _listen(port)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _ignore)  # uvicorn raises the signal again once it has shut down
    _ReadyServer(config).run(sockets=[listener])


def _listen(port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only on sockets that name the protocol; without it every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortInUseError(f"cannot listen on port {port}: {error}") from error
    return listener


def _ignore(number: int, frame: object) -> None:
    """Do nothing."""


def _is_news(record: logging.LogRecord) -> bool:
    """Return False for what happens on purpose: answers that a fault plan cuts, and those that the end cuts."""
    is_cancelled = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not is_cancelled and "without completing response" not in record.getMessage()
