"""What runs on the executors: rows into documents, sent and removed in batches, and what was done as one row a task.

A task that is run again writes the same documents again. Errors come back as a row: an exception of a worker would
reach the log with its trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import pyarrow as pa
from bson.raw_bson import RawBSONDocument
from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError
from pyspark.sql import DataFrame

from spark_jobs.export.collections import LOW_BITS
from spark_jobs.export.documents import BATCH_DOCUMENTS, Document, Stamp, batches, document, document_id
from spark_jobs.export.mongo import errors
from spark_jobs.export.mongo.address import MongoAddress
from spark_jobs.export.mongo.book import check_not_overtaken
from spark_jobs.export.mongo.server import MOST_BYTES, Documents, Patience, database, told
from spark_jobs.export.rows import BASE, NEW
from spark_jobs.export.values import rows_of, values_of

DUPLICATE_KEY = 11000
_ROW = (
    "documents bigint, removed bigint, added bigint, digests bigint, bytes bigint, retries bigint, "
    "too_large array<string>, error string, message string"
)
_ARROW = pa.schema(
    [
        *[(name, pa.int64()) for name in ("documents", "removed", "added", "digests", "bytes", "retries")],
        ("too_large", pa.list_(pa.string())),
        *[(name, pa.string()) for name in ("error", "message")],
    ]
)


@dataclass(slots=True)
class Written:
    """What was done: documents sent and removed, by how many there are more, by how much their checksum grew."""

    documents: int = 0
    removed: int = 0
    added: int = 0
    digests: int = 0
    bytes: int = 0
    retries: int = 0
    too_large: list[str] = field(default_factory=list)

    def add(self, other: Written) -> None:
        """Count another's in."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(frozen=True, slots=True)
class Target:
    """Where documents go: a server, a collection and its key, as which export, and how long a request is tried.

    Into one that `is_empty` documents are inserted, which costs servers a fraction of upserts.
    """

    address: MongoAddress
    collection: str
    key: tuple[str, ...]
    stamp: Stamp
    patience_s: float
    is_empty: bool = False


def write(rows: DataFrame, target: Target) -> Written:
    """Send the rows of `rows.changed_rows`, and remove those that are gone. Raises what stopped a task."""

    def work(found: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield _written(found, target)

    total = Written()
    for row in rows.mapInArrow(work, _ROW).collect():
        values = row.asDict()
        name, message = values.pop("error"), values.pop("message")
        if name:
            raise getattr(errors, name)(message)
        total.add(Written(**values))
    return total


def _written(found: Iterable[pa.RecordBatch], target: Target) -> pa.RecordBatch:
    done = Written()
    failed: dict[str, str | None] = {"error": None, "message": None}
    try:
        with told(target.address), database(target.address) as documents:
            sender = _Sender(documents, target, done)
            for batch in found:
                sender.take(batch)
    except errors.ExportError as error:
        failed = {"error": type(error).__name__, "message": str(error)}
    return pa.RecordBatch.from_pylist([asdict(done) | failed], schema=_ARROW)


class _Sender:
    """Sends the rows of one task and counts."""

    def __init__(self, documents: Documents, target: Target, done: Written) -> None:
        self._documents, self._target, self._done = documents, target, done
        self._into = documents[target.collection]
        self._patience = Patience(target.patience_s)

    def take(self, rows: pa.RecordBatch) -> None:
        """Send and remove."""
        new, base = rows.column(NEW), rows.column(BASE)
        for batch in batches(self._made(rows.filter(new.is_valid()))):
            self._send(batch)
        key = self._target.key
        gone = [document_id(row, key) for row in rows_of(rows.filter(new.is_null()).select(key))]
        for start in range(0, len(gone), BATCH_DOCUMENTS):
            self._remove(gone[start : start + BATCH_DOCUMENTS])
        self._done.added += base.null_count - new.null_count
        self._done.digests += _low_bits(new) - _low_bits(base)
        self._done.retries = self._patience.retries

    def _made(self, rows: pa.RecordBatch) -> Iterator[Document]:
        target = self._target
        digests = values_of(rows.column(NEW))
        for row, digest in zip(rows_of(rows.drop_columns([NEW, BASE])), digests, strict=True):
            yield document(row, digest, target.key, target.stamp, MOST_BYTES)

    def _send(self, batch: list[Document]) -> None:
        if not (self._target.is_empty and self._is_inserted(batch)):
            self._replace(batch)
        self._done.documents += len(batch)
        self._done.bytes += sum(len(each.data) for each in batch)
        self._done.too_large += [
            f"{each.id}: {each.too_large_bytes} bytes" for each in batch if each.too_large_bytes
        ]

    def _is_inserted(self, batch: list[Document]) -> bool:
        """Insert; False where some were there already, of a task or a request that is done again."""
        documents = [RawBSONDocument(each.data) for each in batch]
        try:
            self._patience.call(
                lambda: self._checked(lambda: self._into.insert_many(documents, ordered=False))
            )
        except BulkWriteError as error:
            if all(
                each.get("code") != DUPLICATE_KEY for each in (error.details or {}).get("writeErrors", [])
            ):
                raise
            return False
        return True

    def _replace(self, batch: list[Document]) -> None:
        requests: list[ReplaceOne[Any]] = [
            ReplaceOne({"_id": each.id}, RawBSONDocument(each.data), upsert=True) for each in batch
        ]
        self._patience.call(lambda: self._checked(lambda: self._into.bulk_write(requests, ordered=False)))

    def _remove(self, ids: list[Any]) -> None:
        wanted = {"_id": {"$in": ids}}
        self._patience.call(lambda: self._checked(lambda: self._into.delete_many(wanted)))
        self._done.removed += len(ids)

    def _checked(self, request: Any) -> None:
        check_not_overtaken(self._documents, self._target.stamp)
        request()


def _low_bits(digests: pa.Array) -> int:
    """The sum of what documents hold of their digests."""
    return int((digests.drop_null().to_numpy() & LOW_BITS).sum())
