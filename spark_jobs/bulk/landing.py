"""Bronze lines of kind `discogs.release` out of a dump, in blobs of some thousand: what silver reads like any answer.

The same dump gives the same blobs, byte for byte, so whatever writes them again changes nothing. Lines of pieces that
are no release carry a `fault`, and silver puts them into quarantine.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from isal import isal_zlib

from spark_jobs.bulk.errors import BadPiece
from spark_jobs.bulk.pieces import Piece
from spark_jobs.bulk.release import read_release
from spark_jobs.lakehouse.files import Files

LINES_A_BLOB = 1_000
BYTES_A_BLOB = 16_000_000
RAW_BYTES = 50_000
"""How much of a piece that is no release is kept."""
_LEVEL = 2
_GZIP = 31  # of zlib's wbits: with gzip's head, which names no time
_PENDING = 1
_KEPT_FAULTS = 20
MOST_DRIFT = 1_000


@dataclass
class Landed:
    """What came of a dump's releases.

    Attributes:
        records: releases that landed.
        unwanted: candidates that turned out to be something else than music of a film or stage.
        quarantined: pieces that are no release; `faults` says of the first of them where and why.
        repaired: releases that had bytes in them which XML or UTF-8 do not have.
        drift: elements and attributes this code does not know, by path, and how often; the first MOST_DRIFT of them.
        blobs, bytes: what was written.
    """

    records: int = 0
    unwanted: int = 0
    quarantined: int = 0
    repaired: int = 0
    faults: list[str] = field(default_factory=list)
    drift: Counter[str] = field(default_factory=Counter)
    blobs: int = 0
    bytes: int = 0


def lines_of(pieces: Iterable[Piece], day: date, landed: Landed) -> Iterator[bytes]:
    """A line for each wanted release, and for each piece with a fault; what there was is counted in `landed`."""
    head = {"source": "discogs", "kind": "release"}
    tail = {"fetched_at": f"{day:%Y-%m-%d}T00:00:00.000000Z", "status": 200}
    for piece in pieces:
        try:
            if piece.fault:
                raise BadPiece(piece.fault)
            release = read_release(piece.data)
        except BadPiece as error:
            yield _line(head, "", tail | {"fault": _noted(landed, piece, error)}, _raw(piece))
            continue
        if not release.is_wanted:
            landed.unwanted += 1
            continue
        landed.records += 1
        landed.repaired += release.is_repaired
        _note_drift(landed, release.drift)
        yield _line(head, f"/releases/{release.body['id']}", tail, release.body)


def _note_drift(landed: Landed, drift: Mapping[str, int]) -> None:
    for path, count in drift.items():
        if path in landed.drift or len(landed.drift) < MOST_DRIFT:
            landed.drift[path] += count


def _noted(landed: Landed, piece: Piece, error: BadPiece) -> str:
    landed.quarantined += 1
    fault = f"byte {piece.offset:,} of the dump: {error}"
    if len(landed.faults) < _KEPT_FAULTS:
        landed.faults.append(fault)
    return fault


def _raw(piece: Piece) -> dict[str, Any]:
    return {"piece": piece.data[:RAW_BYTES].decode(errors="replace")}


def _line(head: dict[str, Any], path: str, tail: dict[str, Any], body: dict[str, Any]) -> bytes:
    line = {**head, "request": {"path": path, "query": {}}, **tail, "body": body}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class _Blob:
    """Lines packed one by one as they come, so that no more than their packed bytes is held."""

    def __init__(self) -> None:
        self._packer = isal_zlib.compressobj(_LEVEL, wbits=_GZIP)
        self._packed = bytearray()
        self._lines = self._size_bytes = 0

    @property
    def is_full(self) -> bool:
        return self._lines >= LINES_A_BLOB or self._size_bytes >= BYTES_A_BLOB

    @property
    def is_empty(self) -> bool:
        return not self._lines

    def add(self, line: bytes) -> None:
        self._packed += self._packer.compress(line)
        self._lines += 1
        self._size_bytes += len(line)

    def finish(self) -> bytes:
        return bytes(self._packed + self._packer.flush())


class Landing:
    """Writes lines as blobs under a prefix; one is written in a thread while the next is made ready."""

    def __init__(self, files: Files, prefix: str, landed: Landed) -> None:
        self._files, self._prefix, self._landed = files, prefix, landed
        self._pending: list[Future[None]] = []

    def write(self, lines: Iterable[bytes]) -> None:
        """Write all lines; an error of the lines leaves the blobs that were whole before it."""
        with ThreadPoolExecutor(1, "landing") as pool:
            try:
                for data in _blobs(lines):
                    name = f"{self._prefix}{self._landed.blobs:05d}.jsonl.gz"
                    self._landed.blobs += 1
                    self._landed.bytes += len(data)
                    self._settle(_PENDING)
                    self._pending.append(pool.submit(self._files.write_bytes, "raw", name, data))
            finally:
                self._settle(0)

    def _settle(self, most: int) -> None:
        """Wait until at most that many blobs are on their way."""
        while len(self._pending) > most:
            self._pending.pop(0).result()


def _blobs(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines as packed blobs, each as soon as it is full."""
    blob = _Blob()
    for line in lines:
        blob.add(line)
        if blob.is_full:
            yield blob.finish()
            blob = _Blob()
    if not blob.is_empty:
        yield blob.finish()
