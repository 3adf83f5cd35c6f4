"""Azurite with a hierarchical namespace: a proxy that lists folders as blobs and removes only empty ones.

It knows what was written through it. What it says of folders is what Azure Data Lake Storage says over the Blob API.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

NOT_EMPTY = (409, {"x-ms-error-code": "DirectoryIsNotEmpty"})
REQUEST_LINE = re.compile(r"^DELETE (\S+) HTTP/1\.1\r\n", re.MULTILINE)
HOP = {"host", "connection", "transfer-encoding", "content-length"}


class Namespace:
    """Blobs and folders, by container."""

    def __init__(self) -> None:
        self.blobs: set[tuple[str, str]] = set()
        self.folders: set[tuple[str, str]] = set()

    def add(self, container: str, name: str) -> None:
        """A blob was written: the folders it is in are there from now on."""
        parts = name.split("/")[:-1]
        self.blobs.add((container, name))
        self.folders |= {(container, "/".join(parts[:end])) for end in range(1, len(parts) + 1)}

    def remove_folder(self, container: str, name: str) -> bool:
        """Remove an empty one; False where it is not empty."""
        if any(
            where == container and path.startswith(f"{name}/") for where, path in self.blobs | self.folders
        ):
            return False
        self.folders.remove((container, name))
        return True


def place_of(target: str) -> tuple[str, str]:
    """Container and name in a path such as /account/container/name."""
    parts = unquote(urlsplit(target).path).split("/", 3)
    return parts[2], parts[3] if len(parts) > 3 else ""


@contextmanager
def hierarchical(azurite_url: str) -> Iterator[tuple[str, Namespace]]:
    """The proxy's address, while it runs, and what it knows."""
    namespace = Namespace()
    handler = type("Proxy", (_Proxy,), {"namespace": namespace, "behind": urlsplit(azurite_url).netloc})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", namespace
        finally:
            server.shutdown()
            thread.join()


class _Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    namespace: Namespace
    behind: str

    def do_GET(self) -> None:
        status, headers, body = self._forward(self.command, self.path, dict(self.headers))
        query = parse_qs(urlsplit(self.path).query)
        if query.get("comp") == ["list"] and "restype" in query and place_of(self.path)[0]:
            prefix, delimiter = (query.get(name, [""])[0] for name in ("prefix", "delimiter"))
            entries = "".join(self._entries(prefix, delimiter, body.decode()))
            body = body.replace(b"<Blobs>", b"<Blobs>" + entries.encode()).replace(
                b"<Blobs/>", b"<Blobs>" + entries.encode() + b"</Blobs>"
            )
        self._answer(status, headers, body)

    def do_HEAD(self) -> None:
        self._answer(*self._forward(self.command, self.path, dict(self.headers)))

    def do_PUT(self) -> None:
        status, headers, body = self._forward(self.command, self.path, dict(self.headers), self._body())
        container, name = place_of(self.path)
        if name and status < 300:
            self.namespace.add(container, name)
        self._answer(status, headers, body)

    def do_DELETE(self) -> None:
        status, headers = self._delete(self.path, dict(self.headers))
        self._answer(status, headers, b"")

    def do_POST(self) -> None:
        """A batch of deletions: each is done by itself, in the order they stand in."""
        parts = []
        for text in self._body().decode().split("Content-ID: ")[1:]:
            number, _, request = text.partition("\r\n")
            found = REQUEST_LINE.search(request)
            assert found, request
            lines = request[found.end() :].split("\r\n\r\n")[0].splitlines()
            headers = dict(line.split(": ", 1) for line in lines if ": " in line)
            status, answered = self._delete(found[1], headers)
            told = "".join(f"{name}: {value}\r\n" for name, value in answered.items())
            parts.append(
                f"--answers\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\n"
                f"HTTP/1.1 {status} told\r\n{told}\r\n"
            )
        content = {"Content-Type": "multipart/mixed; boundary=answers"}
        self._answer(202, content, ("\r\n".join(parts) + "\r\n--answers--\r\n").encode())

    def _delete(self, target: str, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
        place = place_of(target)
        if place in self.namespace.folders:
            return (202, {}) if self.namespace.remove_folder(*place) else NOT_EMPTY
        status, answered, _ = self._forward("DELETE", target, headers)
        self.namespace.blobs.discard(place)
        return status, {name: value for name, value in answered.items() if name.lower().startswith("x-ms-")}

    def _entries(self, prefix: str, delimiter: str, listed: str) -> Iterator[str]:
        """The folders a listing has as blobs; with a delimiter those directly below the prefix, also as prefixes."""
        container, _ = place_of(self.path)
        for where, name in sorted(self.namespace.folders):
            if (
                where == container
                and name.startswith(prefix)
                and not (delimiter and "/" in name[len(prefix) :])
            ):
                yield (
                    f"<Blob><Name>{escape(name)}</Name><Properties><Content-Length>0</Content-Length>"
                    "<BlobType>BlockBlob</BlobType></Properties>"
                    "<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata></Blob>"
                )
                as_prefix = f"<BlobPrefix><Name>{escape(name)}/</Name></BlobPrefix>"
                if delimiter and as_prefix not in listed:  # an empty one, which Azurite does not know
                    yield as_prefix

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _forward(
        self, method: str, target: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection(self.behind)
        kept = {name: value for name, value in headers.items() if name.lower() not in HOP}
        if method != "GET" and method != "HEAD":
            kept["Content-Length"] = str(len(body))
        connection.request(method, target, body or None, kept)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, {k: v for k, v in answer.getheaders() if k.lower() not in HOP}, content

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
