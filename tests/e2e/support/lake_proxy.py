"""A proxy between the app and Azurite: the lake of a test, which can be told to refuse, to fail or to say nothing."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

REFUSAL = b"<?xml version='1.0'?><Error><Code>AuthorizationPermissionMismatch</Code></Error>"
SILENCE_S = 60.0
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host", "date", "server"}


@dataclass(frozen=True)
class Fault:
    """How requests are answered: with a status, or not at all (None).

    Attributes:
        status: of the answer.
        containers: whose requests; empty for all.
        retry_after_s: what the answer says of when to come again.
    """

    status: int | None
    containers: Collection[str] = ()
    retry_after_s: int | None = None


class LakeProxy:
    """Passes requests on to `upstream`, but for those that a fault befalls.

    Attributes:
        upstream: URL of the storage.
        befallen: how many requests a fault befell.
    """

    def __init__(self) -> None:
        self.upstream = ""
        self.befallen = 0
        self._fault: Fault | None = None
        self._over = threading.Event()
        self._http = httpx.Client(timeout=60, limits=httpx.Limits(max_connections=64))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def fail(self, fault: Fault) -> None:
        """From now on requests go wrong like this."""
        self.befallen = 0
        self._over.clear()
        self._fault = fault

    def mend(self) -> None:
        """From now on all requests are passed on; those kept in silence are hung up."""
        self._fault = None
        self._over.set()

    def fault_of(self, path: str) -> Fault | None:
        """The fault that befalls a request; counts it."""
        fault, parts = self._fault, path.partition("?")[0].split("/")
        container = parts[2] if len(parts) > 2 else ""
        if fault is None or (fault.containers and container not in fault.containers):
            return None
        self.befallen += 1
        return fault

    def keep_silent(self) -> None:
        """Return when the fault is over."""
        self._over.wait(SILENCE_S)

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        """The storage's answer."""
        return self._http.request(method, self.upstream + path, headers=headers, content=body)

    def serve(self) -> None:
        """Serve until `close`."""
        self._server.serve_forever(poll_interval=0.1)

    def close(self) -> None:
        """Stop."""
        self.mend()
        self._server.shutdown()
        self._server.server_close()
        self._http.close()


def _handler_of(proxy: LakeProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = proxy.fault_of(self.path)
            if fault is None:
                headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
                self._answer(proxy.forward(self.command, self.path, headers, body))
            elif fault.status is None:
                proxy.keep_silent()
                self.close_connection = True
            else:
                self._refuse(fault)

        def _answer(self, answer: httpx.Response) -> None:
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in HOP_BY_HOP | {"content-length"}:
                    self.send_header(name, value)
            self._end(answer.headers.get("content-length"), answer.content)

        def _refuse(self, fault: Fault) -> None:
            self.send_response(fault.status or 500)
            self.send_header("x-ms-error-code", "AuthorizationPermissionMismatch")
            if fault.retry_after_s is not None:
                self.send_header("Retry-After", str(fault.retry_after_s))
            self._end(None, REFUSAL)

        def _end(self, length: str | None, body: bytes) -> None:
            is_head = self.command == "HEAD"
            self.send_header("Content-Length", (length or "0") if is_head else str(len(body)))
            self.end_headers()
            if not is_head:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    for method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._serve)
    return Handler


@contextmanager
def lake_proxy() -> Iterator[LakeProxy]:
    """A proxy that serves in a thread; say its `upstream` before it is asked."""
    proxy = LakeProxy()
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()
