"""From a row to the bytes of a document, and documents into batches. Pure: no server and no Spark is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bson

from spark_jobs.export.collections import CHECKSUM, LOW_BITS, NUMBER, RUN, TOO_LARGE

BATCH_DOCUMENTS = 1_000
BATCH_BYTES = 8 * 2**20
"""What one request carries at most: a tenth of what servers take, so that one that fails costs little."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which export writes a document: the run of gold it is of, and the number of the export."""

    run: str
    number: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document ready to be sent: its `_id`, its bytes, and how many it would have had, if those were too many."""

    id: Any
    data: bytes
    too_large_bytes: int = 0


def document_id(row: Mapping[str, Any], key: Sequence[str]) -> Any:
    """`_id` of a row: the value of its key, or of several columns a document of them, in order."""
    return row[key[0]] if len(key) == 1 else {name: row[name] for name in key}


def document(
    row: Mapping[str, Any], digest: int, key: Sequence[str], stamp: Stamp, most_bytes: int
) -> Document:
    """The document of a row of `rows.plain_rows` and its digest.

    Of one that is larger than a server takes only the key is sent, and how large it is: it can be counted and found.
    """
    head = {"_id": document_id(row, key)}
    tail: dict[str, Any] = {RUN: stamp.run, NUMBER: stamp.number, CHECKSUM: digest & LOW_BITS}
    data = bson.encode({**head, **row, **tail})
    if len(data) <= most_bytes:
        return Document(head["_id"], data)
    size = len(data)
    tail[TOO_LARGE] = size
    return Document(head["_id"], bson.encode({**head, **{name: row[name] for name in key}, **tail}), size)


def batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Documents in requests of a bounded number and size."""
    batch: list[Document] = []
    size = 0
    for each in documents:
        if batch and (len(batch) == BATCH_DOCUMENTS or size + len(each.data) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += len(each.data)
    if batch:
        yield batch
