"""Serve an ASGI application on 127.0.0.1 as every local server does: one ready line, a clean end."""

from __future__ import annotations

import json
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import uvicorn
from starlette.applications import Starlette

EXIT_USAGE = 2


def fail(message: str) -> NoReturn:
    """End the program with one line on stderr and exit code 2."""
    sys.stderr.write(f"{' '.join(message.split())}\n")
    raise SystemExit(EXIT_USAGE)


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1; port 0 takes a free one. Ends the program if the port is in use."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        fail(f"cannot listen on 127.0.0.1:{port}: {error}")
    return listener


def url_of(listener: socket.socket) -> str:
    """The URL under which a listening socket is reached."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def run_server(listener: socket.socket, create_app: Callable[[], Starlette]) -> None:
    """Serve until SIGTERM or SIGINT; the ready line is printed once requests are answered."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    for noisy in ("azure", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    config = uvicorn.Config(
        create_app, factory=True, log_config=None, access_log=False, timeout_graceful_shutdown=3
    )
    _ReadyServer(config).run(sockets=[listener])


class _ReadyServer(uvicorn.Server):
    """Prints the ready line after start-up, and ends with exit code 0 when it is told to."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM as a wish to end; uvicorn would raise them again afterwards."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        previous = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit or not sockets:
            return
        url, port = url_of(sockets[0]), sockets[0].getsockname()[1]
        sys.stdout.write(json.dumps({"ready": True, "url": url, "port": port}) + "\n")
        sys.stdout.flush()
