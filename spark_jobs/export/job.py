"""One export: the current set of gold, and the versions of silver that it is of, into MongoDB.

Only what differs from the last export that completed is written. One that was begun since and did not complete is
mended: what differs from its versions is written too. Killed at any moment, the next one starts from the same place.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from spark_jobs.export.checks import Content, differing, differing_fields, held
from spark_jobs.export.collections import NUMBER, Collection
from spark_jobs.export.declared import COLLECTIONS
from spark_jobs.export.documents import Stamp
from spark_jobs.export.mongo.address import MongoAddress
from spark_jobs.export.mongo.book import Book, Entry
from spark_jobs.export.mongo.errors import DifferenceError, ExportError, ServerUnavailableError
from spark_jobs.export.mongo.indexes import make_indexes
from spark_jobs.export.mongo.server import Documents, Patience, database
from spark_jobs.export.rows import FEED, all_rows, changed_keys, changed_rows, plain_rows
from spark_jobs.export.source import Source
from spark_jobs.export.writing import Target, Written, write
from spark_jobs.lakehouse.errors import reason
from spark_jobs.lakehouse.sets import TableVersion
from spark_jobs.lakehouse.staging import Staging
from spark_jobs.runtime.parallel import run_parallel

log = logging.getLogger(__name__)
STAGE = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an export is asked for.

    Args:
        is_full: write every document anew, and remove what gold does not have.
        patience_s: how long one request is tried while the server does not answer.
        tell: hears of each step once it is done.
    """

    is_full: bool = False
    patience_s: float = 600.0
    tell: Callable[[str], None] = field(default=lambda step: log.info("export: %s", step))


def export(spark: SparkSession, source: Source, address: MongoAddress, request: Request) -> dict[str, Any]:
    """Do one export; returns its figures, as in `exports`.

    Raises:
        ServerUnavailableError: the server did not answer for `patience_s`.
        OvertakenError: a newer export was begun; nothing of it was overwritten.
        DifferenceError: MongoDB holds something else than gold afterwards; the last good export stays current.
    """
    with database(address) as documents:
        patience = Patience(request.patience_s)
        begun = time.monotonic()
        book = Book(documents, patience)
        collections = {each.name: _entry(source, each) for each in source.collections}
        stamp = book.begin(source.run, source.published_at, collections, is_full=request.is_full)
        request.tell("begun")
        work = _Work(
            spark=spark, source=source, address=address, documents=documents, request=request,
            patience=patience, stamp=stamp,
        )  # fmt: skip
        try:
            entries = work.do(book)
        except ServerUnavailableError:
            raise  # it stays in the book as begun, which is mended as well
        except ExportError as error:
            book.fail(stamp, str(error), getattr(error, "collections", ()))
            raise
        figures = {"seconds": round(time.monotonic() - begun, 1), **work.figures()}
        book.complete(stamp, entries, figures)
        request.tell("completed")
        return {
            "run": stamp.run,
            "number": stamp.number,
            "state": "completed",
            **figures,
            "collections": entries,
        }


@dataclass(slots=True, kw_only=True)
class _Work:
    """The collections of one export, written side by side."""

    spark: SparkSession
    source: Source
    address: MongoAddress
    documents: Documents
    request: Request
    patience: Patience
    stamp: Stamp
    total: Written = field(default_factory=Written)
    undeclared: list[str] = field(default_factory=list)
    stopped: ExportError | None = None
    staging: Staging = field(init=False)

    def __post_init__(self) -> None:
        self.staging = self._staging(self.stamp.number)

    def do(self, book: Book) -> dict[str, Entry]:
        """Write, remove, check; returns what each collection holds now."""
        self.undeclared = make_indexes(self.documents, self.source.collections, self.patience)
        for name in self.undeclared:
            log.warning("index %s is not declared; it stays until somebody drops it", name)
        self.request.tell("indexed")
        unfinished = book.unfinished(self.stamp)
        before = _Before(book.current(), unfinished, is_full=self.request.is_full)
        try:
            work = {each.name: partial(self._one, each, before) for each in self.source.collections}
            found = run_parallel(work)
        finally:
            for used in (self.staging, *(self._staging(each["number"]) for each in unfinished)):
                used.clear()
        self.request.tell("written")
        for _, done in found.values():
            self.total.add(done)
        expected = {name: content for name, (content, _) in found.items()}
        self._check(expected)
        self.request.tell("checked")
        return {
            each.name: _entry(self.source, each) | asdict(expected[each.name])
            for each in self.source.collections
        }

    def _staging(self, number: int) -> Staging:
        """Frames of an export; two that go on at the same time share none."""
        return Staging(self.spark, self.source.files, f"{STAGE}-{number}")

    def figures(self) -> dict[str, Any]:
        """What was done, for people and metrics."""
        total = {
            name: value for name, value in asdict(self.total).items() if name not in ("added", "digests")
        }
        retries = self.total.retries + self.patience.retries
        return {**total, "retries": retries, "undeclared_indexes": self.undeclared}

    def _one(self, collection: Collection, before: _Before) -> tuple[Content, Written]:
        """Bring one collection up to date; what it must hold then, and what was done."""
        if self.stopped:
            raise self.stopped
        try:
            return self._brought(collection, before, self._target(collection))
        except ExportError as error:
            self.stopped = error  # those that have not begun would wait as long for the same server
            raise

    def _target(self, collection: Collection) -> Target:
        return Target(self.address, collection.name, collection.key, self.stamp, self.request.patience_s)

    def _brought(self, collection: Collection, before: _Before, target: Target) -> tuple[Content, Written]:
        states = before.states(collection)
        now = self.source.version(collection)
        is_known = before.is_known(collection) and _are_in_order([*states, now])
        if is_known and all(each.content == now.content for each in states):
            return before.content(collection), Written()
        changed = self._changed(collection, states) if is_known else None
        if changed is None:
            return self._anew(collection, target)
        done = write(changed, target)
        self.request.tell(f"{collection.name}: {done.documents:,} documents, {done.removed:,} removed")
        then = before.content(collection)
        return Content(then.count + done.added, then.checksum + done.digests), done

    def _changed(self, collection: Collection, states: list[TableVersion]) -> DataFrame | None:
        """The rows that differ from the first version, or did from another; None where changes cannot be read."""
        base, *others = states
        is_mended = any(each.content != base.content for each in others)
        try:
            changes = plain_rows(self.source.changes(collection, base), collection, FEED)
            keys = self.staging.keep(changed_keys(changes, collection.key, is_mended=is_mended))
        except Exception as error:  # of a feed that begins later, a commit or a file that is gone
            log.warning("%s is exported anew: %s", collection.name, reason(error))
            return None
        return changed_rows(changes, keys, collection.key)

    def _anew(self, collection: Collection, target: Target) -> tuple[Content, Written]:
        """Write every document, then remove those that this export did not write."""
        held_one = self.patience.call(lambda: self.documents[collection.name].find_one({}, {"_id": 1}))
        target = replace(target, is_empty=held_one is None)
        done = write(all_rows(plain_rows(self.source.rows(collection), collection)), target)
        self.request.tell(f"{collection.name}: {done.documents:,} documents, all")
        if not target.is_empty:
            stale = {NUMBER: {"$not": {"$gte": target.stamp.number}}}
            removed = self.patience.call(lambda: self.documents[collection.name].delete_many(stale))
            done.removed = removed.deleted_count
            self.request.tell(f"{collection.name}: {done.removed:,} removed")
        return Content(done.added, done.digests), done

    def _check(self, expected: Mapping[str, Content]) -> None:
        found = run_parallel({name: partial(held, self.documents, name, self.patience) for name in expected})
        if odd := differing(expected, found):
            raise DifferenceError(
                f"{'; '.join(odd.values())}: the last good export stays current, the next one writes these anew",
                list(odd),
            )


class _Before:
    """What the database may hold: the last good export, and those that were begun since."""

    def __init__(self, current: Entry | None, unfinished: list[Entry], *, is_full: bool) -> None:
        self._current = None if is_full else current
        self._unfinished = unfinished
        self._differing = {name for each in unfinished for name in each.get("differing", [])}

    def is_known(self, collection: Collection) -> bool:
        """Whether all documents are of versions that are known; else the collection has to be written anew."""
        is_ours = all(each and each["shape"] == collection.shape for each in self._entries(collection))
        return is_ours and collection.name not in self._differing

    def states(self, collection: Collection) -> list[TableVersion]:
        """The versions that documents may be of, that of the last good export first."""
        return [TableVersion.of(each["version"]) for each in self._entries(collection) if each]

    def content(self, collection: Collection) -> Content:
        """What it held after the last good export."""
        entry = self._entries(collection)[0] or {}
        return Content(int(entry["count"]), int(entry["checksum"]))

    def _entries(self, collection: Collection) -> list[Entry | None]:
        current = (self._current or {}).get("collections", {}).get(collection.name)
        others = [each["collections"].get(collection.name) for each in self._unfinished]
        return [current, *[each for each in others if each]]


def _are_in_order(states: list[TableVersion]) -> bool:
    """Whether no version comes before the first or after the last; a table that was made anew begins with 0 again."""
    return all(states[0].version <= each.version <= states[-1].version for each in states)


def _entry(source: Source, collection: Collection) -> Entry:
    return {"version": asdict(source.version(collection)), "shape": collection.shape}


def verify(source: Source, address: MongoAddress, request: Request) -> list[str]:
    """Compare every field of every document with gold's current rows; names those that differ."""
    stamp = Stamp(source.run, 0)
    with database(address) as documents:
        work = {}
        for each in source.collections:
            target = Target(address, each.name, each.key, stamp, request.patience_s)
            work[each.name] = partial(_verified, source, documents, each, target)
        return [name for names in run_parallel(work).values() for name in names]


def _verified(source: Source, documents: Documents, collection: Collection, target: Target) -> list[str]:
    wanted, found = differing_fields(all_rows(plain_rows(source.rows(collection), collection)), target)
    count = held(documents, collection.name, Patience(target.patience_s)).count
    if count != wanted:
        found.append(f"{collection.name} holds {count:,} documents, gold {wanted:,}")
    return found


def indexes(address: MongoAddress, request: Request) -> list[str]:
    """Make the declared indexes and nothing else; returns those that nobody declares."""
    with database(address) as documents:
        return make_indexes(documents, COLLECTIONS, Patience(request.patience_s))
