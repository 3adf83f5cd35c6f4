"""Raw blobs: one line per answer, gzip, the answer's JSON text as it came."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from shared.messages.tasks import FetchTask, TaskParams
from shared.sources.client import Answer, ApiRequest

COMPRESSION = 6
_PARAMS: TypeAdapter[TaskParams] = TypeAdapter(TaskParams)


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
    return gzip.compress(b"".join(encode_line(task.kind, line) for line in lines), COMPRESSION, mtime=0)


def decode(data: bytes) -> list[RawLine]:
    """The lines of a blob this module wrote; each line's `text` is the body as JSON."""
    return [decode_line(line) for line in gzip.decompress(data).split(b"\n") if line]


def metadata(task: FetchTask, data: bytes, lines: int) -> dict[str, str]:
    """Blob metadata: the run, the task and what it asked, how many lines, and the sha256 of the blob."""
    params = json.dumps(task.params.model_dump(mode="json", exclude_defaults=True) | {"kind": task.kind})
    return {
        "run": task.run_id,
        "task": task.task_id,
        "params": params,
        "count": str(lines),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def params_of(stored: Mapping[str, str]) -> TaskParams:
    """What a task asked, from its blob's metadata."""
    return _PARAMS.validate_json(stored["params"])


def encode_line(kind: str, line: RawLine) -> bytes:
    """One line of a blob; `kind` is the task's."""
    source, name = kind.split(".", 1)
    envelope = {
        "source": source,
        "kind": name,
        "request": {"path": line.request.path, "query": dict(line.request.query)},
        "fetched_at": f"{line.fetched_at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "status": line.status,
    }
    head = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    # Outside of strings a line break is white space, and JSON strings cannot hold a bare one.
    body = line.text.replace("\n", " ").replace("\r", " ").strip()
    return f'{head[:-1]},"body":{body}}}\n'.encode()


def decode_line(line: bytes) -> RawLine:
    """One line of a blob."""
    value = json.loads(line)
    request = ApiRequest(value["request"]["path"], value["request"]["query"])
    fetched_at = datetime.fromisoformat(value["fetched_at"])
    text = line.decode().split(',"body":', 1)[1].rstrip()[:-1]
    return RawLine(request, fetched_at, value["status"], text, value["body"])
