"""A dump fetched to files, and checked before any of it is read.

It is kept in parts of equal size, each written whole: a volume knows no append. A connection that breaks is taken up
where it broke, and so is a download that another attempt of the job has begun. Whether the parts are of one file is
the checksum's to say.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import stamina

from spark_jobs.bulk.address import Dump
from spark_jobs.bulk.errors import DumpError

PART_BYTES = 32 << 20
TRIES = 8
TIMEOUT_S = 60.0
MAX_TEXT_BYTES = 1_000_000
_CHUNK_BYTES = 1 << 20
_MAGIC = b"\x1f\x8b"
_NOT_THERE = (403, 404)  # what a store of files answers for one that it does not have
log = logging.getLogger(__name__)


class Interrupted(Exception):
    """The connection broke, or the server could not answer: worth another try."""


def new_client() -> httpx.Client:
    """A client for files that anybody may have; it follows where they have moved to."""
    return httpx.Client(timeout=TIMEOUT_S, follow_redirects=True, headers={"User-Agent": "Crossfade/0.1"})


def read_text(http: httpx.Client, address: str) -> str | None:
    """A small text; None where there is none.

    Raises:
        DumpError: the server does not answer.
    """
    try:
        for attempt in stamina.retry_context(on=Interrupted, attempts=TRIES, timeout=None):
            with attempt:
                answer = _answer(http, address)
                if answer.status_code in _NOT_THERE:
                    return None
                if answer.status_code != httpx.codes.OK:
                    raise DumpError(f"{address} answered {answer.status_code}: check DISCOGS_DUMP_URL")
                return answer.text[:MAX_TEXT_BYTES]
    except Interrupted as error:
        raise DumpError(f"{address}: {error}; start the job again") from error
    raise AssertionError("stamina ends by returning or raising")


def _answer(http: httpx.Client, address: str) -> httpx.Response:
    try:
        answer = http.get(address)
    except httpx.TransportError as error:
        raise Interrupted(type(error).__name__) from error
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Interrupted(f"answered {answer.status_code}")
    return answer


@dataclass
class Download:
    """A dump on its way into `folder`.

    Attributes:
        part_bytes: size of each part but the last.
    """

    http: httpx.Client
    dump: Dump
    folder: Path
    part_bytes: int = PART_BYTES

    def fetch(self) -> list[Path]:
        """Its parts in order, checked against CHECKSUM.

        Raises:
            DumpError: it is no gzip file, does not come whole, or is another file than CHECKSUM says.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            for attempt in stamina.retry_context(on=Interrupted, attempts=TRIES, timeout=None):
                with attempt:
                    self._go_on()
        except Interrupted as error:
            raise DumpError(
                f"{self.dump.address} does not come whole ({error}): start the job again, it goes on where it stopped"
            ) from error
        return self._checked()

    def _go_on(self) -> None:
        """Fetch what is missing, from the end of the last whole part on."""
        whole = self._whole_parts()
        start = len(whole) * self.part_bytes
        if self._done_mark.exists():
            return
        headers = {"Range": f"bytes={start}-"} if start else {}
        try:
            with self.http.stream("GET", self.dump.address, headers=headers) as answer:
                self._receive(answer, len(whole))
        except httpx.TransportError as error:
            raise Interrupted(type(error).__name__) from error
        self._done_mark.write_text("whole\n")

    def _receive(self, answer: httpx.Response, parts: int) -> None:
        status = answer.status_code
        if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and parts:
            return  # the last whole part was the last one
        if status >= 500 or status == 429:
            raise Interrupted(f"answered {status}")
        if status not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            raise DumpError(f"{self.dump.address} answered {status}: check DISCOGS_DUMP_URL")
        if status == httpx.codes.OK and parts:
            log.warning(
                "%s cannot be taken up in its middle; it is fetched from the beginning", self.dump.name
            )
            parts = 0
        held = bytearray()
        for chunk in answer.iter_raw():
            held += chunk
            if parts == 0 and len(held) >= len(_MAGIC) and not held.startswith(_MAGIC):
                self._refuse(answer, bytes(held[:16]))
            while len(held) >= self.part_bytes:
                self._write(parts, bytes(held[: self.part_bytes]))
                del held[: self.part_bytes]
                parts += 1
        if not parts and not held.startswith(_MAGIC):
            self._refuse(answer, bytes(held))
        if held:
            self._write(parts, bytes(held))

    def _refuse(self, answer: httpx.Response, begins: bytes) -> None:
        kind = answer.headers.get("content-type", "no content type")
        raise DumpError(
            f"{self.dump.address} is no gzip file ({kind}, begins with {begins!r}): check DISCOGS_DUMP_URL"
        )

    def _write(self, number: int, data: bytes) -> None:
        self._part(number).write_bytes(data)

    def _whole_parts(self) -> list[Path]:
        """The parts from the first on that have their whole size: one that a dead attempt left has not."""
        found: list[Path] = []
        while (part := self._part(len(found))).exists() and part.stat().st_size == self.part_bytes:
            found.append(part)
        return found

    def _parts(self) -> list[Path]:
        whole = self._whole_parts()
        last = self._part(len(whole))
        return [*whole, last] if last.exists() else whole

    def _part(self, number: int) -> Path:
        return self.folder / f"{number:05d}.part"

    @property
    def _done_mark(self) -> Path:
        return self.folder / "whole"

    def _checked(self) -> list[Path]:
        """The parts, if they are the file that CHECKSUM says; else they are thrown away."""
        parts, digest = self._parts(), hashlib.sha256()
        for chunk in chunks_of(parts):
            digest.update(chunk)
        if digest.hexdigest() != self.dump.sha256:
            self.discard()
            raise DumpError(
                f"{self.dump.address} is another file than its CHECKSUM says (sha256 {digest.hexdigest()[:12]}…, not "
                f"{self.dump.sha256[:12]}…): start the job again, and it is fetched anew"
            )
        return parts

    def discard(self) -> None:
        """Remove what was fetched."""
        shutil.rmtree(self.folder, ignore_errors=True)


def chunks_of(parts: list[Path]) -> Iterator[bytes]:
    """The bytes of parts, one after another."""
    for part in parts:
        with part.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
