"""A server of dumps in memory: ranges, redirects and every way in which a download goes wrong."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator

import httpx

BASE = "http://dumps.invalid/data"
FILE, CHECKSUM = "discogs_20261101_releases.xml.gz", "discogs_20261101_CHECKSUM.txt"
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<releases>\n'


def release(number: int, inner: bytes = b"<title>T</title>", style: bytes = b"Soundtrack") -> bytes:
    return b'<release id="%d" status="Accepted">%b<styles><style>%b</style></styles></release>\n' % (
        number,
        inner,
        style,
    )


def dump(*releases: bytes) -> bytes:
    return gzip.compress(HEAD + b"".join(releases) + b"</releases>\n", mtime=0)


class _Broken(httpx.SyncByteStream):
    """A body that ends with a broken connection after some bytes."""

    def __init__(self, data: bytes, after: int) -> None:
        self._data, self._after = data, after

    def __iter__(self) -> Iterator[bytes]:
        yield self._data[: self._after]
        raise httpx.RemoteProtocolError("peer closed connection")


class DumpServer:
    """Serves one dump and its CHECKSUM.

    Attributes:
        breaks_after: how many bytes each of the next answers gives before the connection breaks.
        ranges: whether a file can be had from its middle on.
        asked: the first bytes that were asked for, by request of the file.
    """

    def __init__(self, data: bytes, digest: str | None = None) -> None:
        self.data = data
        self.checksum: str | None = f"{digest or hashlib.sha256(data).hexdigest()} *{FILE}\n"
        self.breaks_after: list[int] = []
        self.ranges = True
        self.status: int | None = None
        self.asked: list[int] = []

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self._answer), follow_redirects=True)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rsplit("/", 1)[-1]
        if request.url.host == "dumps.invalid":  # it has moved
            return httpx.Response(301, headers={"location": str(request.url.copy_with(host="moved.invalid"))})
        if name == CHECKSUM and self.checksum is not None:
            return httpx.Response(200, text=self.checksum)
        return self._file(request) if name == FILE else httpx.Response(403, text="<Error/>")

    def _file(self, request: httpx.Request) -> httpx.Response:
        found = re.match(r"bytes=(\d+)-", request.headers.get("range", ""))
        start = int(found[1]) if found and self.ranges else 0
        self.asked.append(start)
        if self.status:
            return httpx.Response(self.status)
        if start >= len(self.data) > 0:
            return httpx.Response(416)
        data = self.data[start:]
        stream: httpx.SyncByteStream = httpx.ByteStream(data)
        if self.breaks_after:
            stream = _Broken(data, self.breaks_after.pop(0))
        return httpx.Response(206 if start else 200, stream=stream)
