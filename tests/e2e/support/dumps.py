"""A server of Discogs' dumps whose file a test chooses, from the smallest of those a catalog server publishes."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Container, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.fakes.loopback import Running

HEAD, TAIL = b'<?xml version="1.0" encoding="UTF-8"?>\n<releases>\n', b"</releases>\n"
_PIECE = re.compile(rb'<release id="(\d+)".*?</release>\n', re.DOTALL)
_NAME = re.compile(r"/discogs_\d{8}_(CHECKSUM\.txt|releases\.xml\.gz)$")


class DumpServer(Running):
    """Answers every month's dump with the same file, which may be another one each time its CHECKSUM is asked for.

    Attributes:
        files: what comes next, each with what CHECKSUM says of it, None for the truth; the last one stays.
        asked: how often CHECKSUM was answered.
        outage: how many of the next requests are answered 503.
    """

    def __init__(self) -> None:
        dumps = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = dumps.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.files: list[tuple[bytes, str | None]] = []
        self.asked = self.outage = 0
        self._data = b""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """The folder of the files."""
        return f"http://127.0.0.1:{self.server.server_port}/files"

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body for a path."""
        if self.outage > 0:
            self.outage -= 1
            return 503, b"back soon"
        found = _NAME.search(path)
        if found is None:
            return 403, b"AccessDenied"
        if found[1] == "releases.xml.gz":
            return 200, self._data
        self.asked += 1
        self._data, said = self.files.pop(0) if len(self.files) > 1 else self.files[0]
        digest = said or hashlib.sha256(self._data).hexdigest()
        name = path.rsplit("/", 1)[-1].replace("CHECKSUM.txt", "releases.xml.gz")
        return 200, f"{digest} *{name}\n".encode()


def releases_of(packed: bytes, wanted: Container[int], count: int) -> Iterator[bytes]:
    """The first `count` releases of a dump that are wanted, as they stand in it."""
    for found in _PIECE.finditer(gzip.decompress(packed)):
        if int(found[1]) in wanted and count > 0:
            count -= 1
            yield found[0]


def dump_of(*releases: bytes, head: bytes = HEAD) -> bytes:
    """A dump of these releases."""
    return gzip.compress(head + b"".join(releases) + TAIL, mtime=0)
