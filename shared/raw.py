"""Raw blobs: one line per answer, gzip, the answer's JSON text as it came."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.messages import FetchTask
from shared.sources.http import Answer, ApiRequest

_LINE_BREAKS = str.maketrans({"\n": " ", "\r": " "})
COMPRESSION = 6


@dataclass(frozen=True)
class RawLine:
    """One answer and the request it answers."""

    request: ApiRequest
    fetched_at: datetime
    status: int
    text: str
    body: Mapping[str, Any]

    @classmethod
    def of(cls, request: ApiRequest, answer: Answer) -> RawLine:
        """The line of an answer that came just now."""
        return cls(request, datetime.now(UTC), answer.status, answer.text, answer.body)


def encode(task: FetchTask, lines: Iterable[RawLine]) -> bytes:
    """The blob of a task; the same lines always give the same bytes."""
    return gzip.compress(b"".join(_encode_line(task, line) for line in lines), COMPRESSION, mtime=0)


def decode(data: bytes) -> list[RawLine]:
    """The lines of a blob this module wrote."""
    return [_decode_line(line) for line in gzip.decompress(data).splitlines()]


def metadata(task: FetchTask, lines: Sequence[RawLine], data: bytes) -> dict[str, str]:
    """Blob metadata: the run, the task, how many lines, and the sha256 of the blob."""
    return {
        "run": task.run_id,
        "task": task.task_id,
        "count": str(len(lines)),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _encode_line(task: FetchTask, line: RawLine) -> bytes:
    envelope = {
        "source": task.source,
        "kind": task.kind.split(".", 1)[1],
        "request": {"path": line.request.path, "query": dict(line.request.query)},
        "fetched_at": f"{line.fetched_at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "status": line.status,
    }
    head = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    # Outside of strings a line break is white space, and JSON strings cannot hold a bare one.
    body = line.text.translate(_LINE_BREAKS).strip()
    return f'{head[:-1]},"body":{body}}}\n'.encode()


def _decode_line(line: bytes) -> RawLine:
    value = json.loads(line)
    request = ApiRequest(value["request"]["path"], value["request"]["query"])
    fetched_at = datetime.fromisoformat(value["fetched_at"])
    return RawLine(request, fetched_at, value["status"], "", value["body"])
