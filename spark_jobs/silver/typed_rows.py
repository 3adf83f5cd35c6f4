"""Raw blobs to typed rows, without a task per blob: one pass in Python from the bytes to Arrow columns.

Spark packs many small blobs into one task (`binaryFile`). An expression over each name of each credit would be
interpreted in the JVM, once a name, and planning it would cost a small run more than its rows do; plain functions cost
a few microseconds a name and are tested without Spark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from spark_jobs.lakehouse.lake import Lake
from spark_jobs.runtime.arrow import Batches, BatchFunction, record_batch, without_collector
from spark_jobs.schemas.raw import DUMP_BLOBS
from spark_jobs.silver.quality import drift
from spark_jobs.silver.reading.answers import Answer, answer_of
from spark_jobs.silver.reading.line_text import even
from spark_jobs.silver.reading.raw_lines import RawLine, blob_lines

_ROWS_PER_BATCH = 500
_CHARS_PER_BATCH = 8_000_000
_SHAPE_LIMIT_CHARS = 1_000_000
_BLOBS = "blob string, content binary"
Row = dict[str, Any]
Typed = Callable[[Answer], Iterable[Row]]
"""The rows of one answer; none, one or many."""


def read_rows(
    lake: Lake, names: list[str], kind: str, typed: Typed, schema: StructType, records: int = 0
) -> DataFrame | None:
    """Typed rows of all blobs under the prefixes; None when there is no blob at all.

    `kind` ('tmdb/details') is what the answers are; of `records` answers an even sample gets its shape.
    """
    sizes = {name: lake.files.sizes("raw", name) for name in names}
    folders = [
        lake.files.path("raw", name.rstrip("/")) for name, found in sizes.items() if any(found.values())
    ]
    empty = [(blob, b"") for found in sizes.values() for blob, size in found.items() if size == 0]
    parts = [_blobs(lake, folders)] if folders else []
    if empty:  # Spark leaves files without content out
        parts.append(lake.spark.createDataFrame(empty, _BLOBS))
    if not parts:
        return None
    blobs = reduce(DataFrame.union, parts)
    return blobs.mapInArrow(unpacker(kind, typed, schema, drift.every(records)), schema)


def _blobs(lake: Lake, folders: list[str]) -> DataFrame:
    blobs = lake.spark.read.format("binaryFile").load(folders).select("path", "content")
    # Spark puts a scheme and slashes before a path.
    blob = F.substring_index("path", f"{lake.files.path('raw').strip('/')}/", -1).alias("blob")
    return blobs.select(blob, "content")


def unpacker(kind: str, typed: Typed, schema: StructType, every: int) -> BatchFunction:
    """A function from Arrow batches of (blob, content) to Arrow batches of typed rows.

    One line of `every` gets its shape; batches are bounded in rows and in characters.
    """

    def unpack(batches: Batches) -> Iterator[pa.RecordBatch]:
        arrow, rows, size = to_arrow_schema(schema), list[Row](), 0
        for place, raw in enumerate(_lines(batches, kind)):
            size += len(raw.line or "")
            rows.extend(rows_of(raw, kind, typed, with_shape=place % every == 0))
            if len(rows) >= _ROWS_PER_BATCH or size >= _CHARS_PER_BATCH:
                yield record_batch(rows, arrow)
                rows, size = [], 0
        if rows:
            yield record_batch(rows, arrow)

    return without_collector(unpack)


def _lines(batches: Batches, kind: str) -> Iterator[RawLine]:
    for batch in batches:
        for blob, content in zip(batch.column(0), batch.column(1), strict=True):
            for raw in blob_lines(blob.as_py(), content.as_py() or b""):
                yield raw._replace(line=even(raw.line, kind)) if raw.line and not raw.fault else raw


def rows_of(raw: RawLine, kind: str, typed: Typed, *, with_shape: bool) -> list[Row]:
    """Typed rows of one line, each with where it is from; the first has the shape of the answer, where wanted."""
    answer = answer_of(raw, kind)
    rows = [_provenance(answer, kind) | row for row in typed(answer)]
    if rows and with_shape:
        rows[0]["shape"] = _shape(kind, raw)
    return rows


def _provenance(answer: Answer, kind: str) -> Row:
    return {
        "fetched_at": answer.fetched_at,
        "source_blob": answer.raw.blob,
        "fault": answer.fault,
        "http_status": answer.status,
        "line": answer.raw.line,
        "line_no": answer.raw.line_no,
        "item_no": 0,
        "kind": kind.partition("/")[2],
        "answer_kind": kind,
    }


def _shape(kind: str, raw: RawLine) -> list[tuple[str, str, int]] | None:
    # What is new in a dump the bulk job has counted, in the dump's own words.
    if raw.fault or not raw.line or len(raw.line) > _SHAPE_LIMIT_CHARS or raw.blob.startswith(DUMP_BLOBS):
        return None
    return drift.shape(kind, raw.line)
