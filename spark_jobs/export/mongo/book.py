"""The collection `exports`: which exports were begun, which is current, and what each was of.

`{_id: "current"}` is the last good one and is replaced whole, so readers see either that or the next. The others have a
number as `_id`; a higher one was begun later. One that was begun and neither completed nor mended may have left rows of
its own anywhere: whoever comes next also writes what differs from that one's versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from spark_jobs.export.collections import BOOK
from spark_jobs.export.documents import Stamp
from spark_jobs.export.mongo.errors import OvertakenError
from spark_jobs.export.mongo.server import Documents, Patience

CURRENT = "current"
KEPT = 100
"""Exports that stay in the book."""
_OPEN = {"$in": ["begun", "failed"]}
Entry = dict[str, Any]


class Book:
    """The exports of a database."""

    def __init__(self, documents: Documents, patience: Patience) -> None:
        self._exports = documents[BOOK]
        self._call = patience.call

    def current(self) -> Entry | None:
        """The last good export; None before the first."""
        return self._call(lambda: self._exports.find_one({"_id": CURRENT}))

    def begin(self, run: str, published_at: str, collections: Mapping[str, Entry], *, is_full: bool) -> Stamp:
        """Enter an export of the set that gold published then. Raises OvertakenError where a newer one was begun."""
        newest = self._newest("published_at")
        if newest and newest["published_at"] > published_at:
            raise OvertakenError(
                f"an export of run {newest['run']} is there, which gold published later than {run}: nothing was written"
            )
        last = self._newest("number")
        entry = {
            "run": run,
            "published_at": published_at,
            "state": "begun",
            "is_full": is_full,
            "begun": _now(),
        }
        while True:
            number = (last["number"] if last else 0) + 1
            try:
                new = {"_id": number, "number": number, **entry, "collections": dict(collections)}
                self._call(lambda new=new: self._exports.insert_one(new))  # type: ignore[misc]
            except DuplicateKeyError:  # somebody else's, or this one, whose answer was lost
                last = self._newest("number")
            else:
                return Stamp(run, number)

    def unfinished(self, stamp: Stamp) -> list[Entry]:
        """Exports that were begun before and may have left rows of their own."""
        wanted = {"state": _OPEN, "number": {"$lt": stamp.number}}
        return self._call(lambda: list(self._exports.find(wanted)))

    def check_not_overtaken(self, stamp: Stamp) -> None:
        """Raise OvertakenError when a newer export was begun."""
        check_not_overtaken(self._exports.database, stamp)

    def complete(self, stamp: Stamp, collections: Mapping[str, Entry], figures: Mapping[str, Any]) -> None:
        """Make an export the current one, then settle those before it. Killed between two steps, none is lost."""
        self._call(lambda: self.check_not_overtaken(stamp))
        done = {"ended": _now(), "state": "completed", "collections": dict(collections), **figures}
        entry = self._call(lambda: self._exports.find_one({"_id": stamp.number})) or {}
        current = {**entry, **done, "_id": CURRENT}
        self._call(lambda: self._exports.replace_one({"_id": CURRENT}, current, upsert=True))
        self._call(lambda: self._exports.update_one({"_id": stamp.number}, {"$set": done}))
        self.settle(stamp)

    def settle(self, stamp: Stamp) -> None:
        """Say of the exports before that nothing of theirs is left, and forget the oldest."""
        before = {"state": _OPEN, "number": {"$lt": stamp.number}}
        mended = {"$set": {"state": "mended", "mended_by": stamp.number}}
        self._call(lambda: self._exports.update_many(before, mended))
        old = {"_id": {"$ne": CURRENT}, "number": {"$lt": stamp.number - KEPT}}
        self._call(lambda: self._exports.delete_many(old))

    def fail(self, stamp: Stamp, reason: str, differing: Sequence[str] = ()) -> None:
        """Say that an export ended without being good; `differing` are collections that are not as gold is."""
        said = {"state": "failed", "ended": _now(), "reason": reason, "differing": list(differing)}
        self._call(lambda: self._exports.update_one({"_id": stamp.number}, {"$set": said}))

    def _newest(self, field: str) -> Entry | None:
        return self._call(
            lambda: self._exports.find_one(
                {}, {"run": 1, "published_at": 1, "number": 1}, sort=[(field, DESCENDING)]
            )
        )


def check_not_overtaken(documents: Documents, stamp: Stamp) -> None:
    """Raise OvertakenError when an export with a higher number was begun."""
    newer = documents[BOOK].find_one({"number": {"$gt": stamp.number}}, {"run": 1})
    if newer:
        raise OvertakenError(f"a newer export was begun, of run {newer['run']}: this one stops")


def _now() -> datetime:
    return datetime.now(UTC)
