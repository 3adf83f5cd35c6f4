"""The connection to MongoDB: how long it waits, what is tried again, and what its errors become.

Sessions, transactions and the driver's own retries are off: not every server that stands in has them, and all that is
written here may be written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import stamina
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from spark_jobs.export.mongo.address import MongoAddress
from spark_jobs.export.mongo.errors import ExportError, ServerUnavailableError

POOL = 4
CONNECT_LIMIT_MS, ANSWER_LIMIT_MS = 10_000, 60_000
MOST_BYTES = 16 * 2**20
"""Bytes of a document that every server takes."""
# Host unreachable or not found, network or time limits, stepping down, shutting down, too many requests (Cosmos DB).
_TRANSIENT = {6, 7, 50, 64, 89, 91, 112, 189, 202, 262, 9001, 10107, 11600, 11602, 13435, 13436, 16500}
Documents = Database[dict[str, Any]]
Result = TypeVar("Result")


@dataclass(slots=True)
class Patience:
    """How long one request is tried, with growing pauses drawn at random; counts what was tried again."""

    limit_s: float = 600.0
    first_pause_s: float = 0.2
    longest_pause_s: float = 20.0
    retries: int = field(default=0, compare=False)

    def call(self, work: Callable[[], Result]) -> Result:
        """What `work` returns. Raises what it raised last, once that is no use or took too long."""
        for attempt in stamina.retry_context(
            on=is_transient, attempts=None, timeout=self.limit_s, wait_initial=self.first_pause_s,
            wait_max=self.longest_pause_s, wait_jitter=self.first_pause_s,
        ):  # fmt: skip
            with attempt:
                self.retries += attempt.num > 1
                return work()
        raise AssertionError("a retry ends with a result or an error")


@contextmanager
def database(address: MongoAddress) -> Iterator[Documents]:
    """The database, over a few connections that are closed at the end. What goes wrong becomes an ExportError."""
    with told(address):
        client: MongoClient[dict[str, Any]] = MongoClient(
            address.uri, appname="crossfade-export", maxPoolSize=POOL, tz_aware=True,
            serverSelectionTimeoutMS=CONNECT_LIMIT_MS, connectTimeoutMS=CONNECT_LIMIT_MS,
            socketTimeoutMS=ANSWER_LIMIT_MS, retryWrites=False, retryReads=False,
        )  # fmt: skip
        with client:
            yield client[address.database]


@contextmanager
def told(address: MongoAddress) -> Iterator[None]:
    """Errors of the driver as ExportErrors, without a trace of the address."""
    try:
        yield
    except PyMongoError as error:
        raise _as_export_error(error, address) from None


def is_transient(error: Exception) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(error, BulkWriteError):
        found = error.details or {}
        codes = {each.get("code") for each in found.get("writeErrors", [])}
        return codes <= _TRANSIENT and bool(codes or found.get("writeConcernErrors"))
    if isinstance(error, OperationFailure) and error.code in _TRANSIENT:
        return True
    return isinstance(error, AutoReconnect | ExecutionTimeout | WTimeoutError)


def _as_export_error(error: PyMongoError, address: MongoAddress) -> ExportError:
    if is_transient(error):
        return ServerUnavailableError(
            f"MongoDB does not answer ({type(error).__name__}); the next export catches up"
        )
    if isinstance(error, ConfigurationError):
        return ExportError(f"MONGO_URI cannot be used ({type(error).__name__}): check its options")
    said = (
        error.details.get("errmsg", "")
        if isinstance(error, OperationFailure) and error.details
        else str(error)
    )
    if isinstance(error, BulkWriteError):
        wrong = (error.details or {}).get("writeErrors", [])
        said = f"{len(wrong)} writes refused, the first: {wrong[0].get('errmsg', '') if wrong else ''}"
    return ExportError(f"MongoDB refused ({type(error).__name__}): {address.redact(str(said))[:500]}")
