"""Telemetry items as they are sent: decoding a request's body, checking each item, naming it."""

from __future__ import annotations

import gzip
import json
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Item = dict[str, Any]
_GZIP_MAGIC = b"\x1f\x8b"


class UnreadableBody(Exception):
    """A request's body is neither a JSON array nor lines of JSON."""


@dataclass(frozen=True)
class Rejection:
    """An item that is not accepted: its index in the request, an HTTP status and the reason."""

    index: int
    status: int
    message: str

    def as_json(self) -> dict[str, object]:
        """As it stands in the answer's `errors`."""
        return {"index": self.index, "statusCode": self.status, "message": self.message}


def decode_items(body: bytes) -> list[object]:
    """The items of a body: gzip or plain, a JSON array, one object, or one object a line.

    Raises UnreadableBody.
    """
    try:
        text = (gzip.decompress(body) if body.startswith(_GZIP_MAGIC) else body).decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UnreadableBody(f"body is no UTF-8 text: {error}") from error
    try:
        if text.lstrip().startswith("["):
            return list(json.loads(text))
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise UnreadableBody(f"body is no JSON: {error}") from error


def reason_to_reject(item: object) -> str | None:
    """Why an item cannot be accepted, None when it can."""
    if not isinstance(item, dict):
        return "an item must be a JSON object"
    if not isinstance(item.get("name"), str) or not item["name"]:
        return "field 'name' is missing or empty"
    if not _is_time(item.get("time")):
        return "field 'time' is missing or no ISO 8601 time"
    if not _is_uuid(item.get("iKey")):
        return "field 'iKey' is missing or no instrumentation key"
    data = item.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("baseData"), dict) or not data.get("baseType"):
        return "field 'data' must hold baseType and baseData"
    return None


def sort_out(
    items: Sequence[object], refused: Sequence[Rejection] = ()
) -> tuple[list[Item], list[Rejection]]:
    """The items to accept, and why the others are not; those in `refused` are refused anyway."""
    rejections = {rejection.index: rejection for rejection in refused}
    accepted: list[Item] = []
    for index, item in enumerate(items):
        reason = reason_to_reject(item)
        if reason:
            rejections[index] = Rejection(index, 400, reason)
        elif isinstance(item, dict) and index not in rejections:
            accepted.append(item)
    return accepted, [rejections[index] for index in sorted(rejections)]


def base_type_of(item: Item) -> str:
    """RequestData, RemoteDependencyData, EventData, MetricData, MessageData, ExceptionData …"""
    return str(item["data"]["baseType"])


def name_of(item: Item) -> str:
    """What a person calls the item: its name, its first metric, its message or its exception's type."""
    data = item["data"]["baseData"]
    if data.get("metrics"):
        return str(data["metrics"][0].get("name", ""))
    if data.get("exceptions"):
        return str(data["exceptions"][0].get("typeName", ""))
    return str(data.get("name") or data.get("message") or "")


def _is_time(value: object) -> bool:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _is_uuid(value: object) -> bool:
    try:
        uuid.UUID(str(value))
    except ValueError:
        return False
    return True
