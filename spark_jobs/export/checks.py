"""Whether MongoDB holds what gold holds: counts and checksums of whole collections, and, when asked, every field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import bson
import pyarrow as pa
from pyspark.sql import DataFrame

from spark_jobs.export.collections import CHECKSUM, NUMBER, RUN
from spark_jobs.export.documents import document
from spark_jobs.export.mongo import errors
from spark_jobs.export.mongo.server import MOST_BYTES, Documents, Patience, database, told
from spark_jobs.export.rows import NEW
from spark_jobs.export.values import rows_of
from spark_jobs.export.writing import Target

NAMED = 10
"""Documents that a task names of those that differ."""
_COMPARED = pa.schema([("rows", pa.int64()), ("names", pa.list_(pa.string()))])


@dataclass(frozen=True, slots=True)
class Content:
    """How many documents, and the sum of their digests."""

    count: int = 0
    checksum: int = 0


def held(documents: Documents, collection: str, patience: Patience) -> Content:
    """What a collection holds, by its own documents."""
    total = {"_id": None, "count": {"$sum": 1}, "checksum": {"$sum": f"${CHECKSUM}"}}
    found = patience.call(lambda: list(documents[collection].aggregate([{"$group": total}])))
    return Content(int(found[0]["count"]), int(found[0]["checksum"])) if found else Content()


def differing(expected: Mapping[str, Content], found: Mapping[str, Content]) -> dict[str, str]:
    """The collections that differ, and how."""
    return {
        name: f"{name} holds {found[name].count:,} documents, gold {wanted.count:,}"
        if found[name].count != wanted.count
        else f"{name} holds {wanted.count:,} documents as gold does, with other content"
        for name, wanted in expected.items()
        if found[name] != wanted
    }


def differing_fields(rows: DataFrame, target: Target) -> tuple[int, list[str]]:
    """How many rows there are, and documents that are missing or have a field that gold's row has not, a few a task."""

    def work(found: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        names: list[str] = []
        count = 0
        try:
            with told(target.address), database(target.address) as documents:
                for batch in found:
                    count += batch.num_rows
                    names += _compared(documents, list(rows_of(batch)), target)
        except errors.ExportError as error:
            names = [f"not compared: {error}"]
        count += sum(batch.num_rows for batch in found)  # that came after an error
        yield pa.RecordBatch.from_pylist([{"rows": count, "names": names[:NAMED]}], schema=_COMPARED)

    done = rows.mapInArrow(work, "rows bigint, names array<string>").collect()
    return sum(row["rows"] for row in done), [name for row in done for name in row["names"]]


def _compared(documents: Documents, rows: list[dict[str, Any]], target: Target) -> list[str]:
    wanted = [_wanted(row, target) for row in rows]
    patience, into = Patience(target.patience_s), documents[target.collection]
    ids = {"_id": {"$in": [each["_id"] for each in wanted]}}
    found = {_hashable(each["_id"]): each for each in patience.call(lambda: list(into.find(ids)))}
    return [f"{target.collection} {each['_id']}" for each in wanted if _differs(each, found)]


def _wanted(row: Mapping[str, Any], target: Target) -> dict[str, Any]:
    values = {name: value for name, value in row.items() if not name.startswith("_")}
    made = document(values, row[NEW], target.key, target.stamp, MOST_BYTES)
    options: bson.CodecOptions[dict[str, Any]] = bson.CodecOptions(tz_aware=True)
    return bson.decode(made.data, options)


def _differs(wanted: dict[str, Any], found: Mapping[Any, dict[str, Any]]) -> bool:
    there = found.get(_hashable(wanted["_id"]))
    return there is None or _content(there) != _content(wanted)


def _content(each: Mapping[str, Any]) -> dict[str, Any]:
    """A document without what differs from export to export."""
    return {name: value for name, value in each.items() if name not in (RUN, NUMBER)}


def _hashable(identity: Any) -> Any:
    return tuple(identity.items()) if isinstance(identity, dict) else identity
