"""Raw blobs of a run as lines, without a task per blob; what cannot be read is marked with its fault and fails no job.

Spark packs many small blobs into one task (`binaryFile`); Python only unpacks and splits them on Arrow batches, and
the JVM parses the lines, so a record is parsed once.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from spark_jobs.lakehouse.lake import Lake
from spark_jobs.schemas.raw import LINES, RAW_LIMIT_CHARS, envelope
from spark_jobs.silver.line_text import even
from spark_jobs.silver.quality import drift

_GZIP = 16 + zlib.MAX_WBITS
_CHUNK = 64 * 1024
_ROWS_PER_BATCH = 500
_CHARS_PER_BATCH = 8_000_000
_SHAPE_LIMIT_CHARS = 1_000_000
EMPTY_BLOB = "blob is empty"
Row = tuple[str, int, str | None, str | None]
Batches = Iterable[pa.RecordBatch]


def prefixes(manifest: dict[str, Any], source: str, kind: str) -> list[str]:
    """Prefixes of one source and kind in a bronze manifest."""
    return [
        r["prefix"]
        for r in manifest["raw"]
        if (r["source"], r["kind"]) == (source, kind) and r.get("blobs", 1)
    ]


def records_of(manifest: dict[str, Any], source: str, kind: str) -> int:
    """How many answers of one source and kind a bronze manifest counts."""
    found = [r for r in manifest["raw"] if (r["source"], r["kind"]) == (source, kind)]
    return sum(int(r.get("records") or 0) for r in found)


def read_lines(lake: Lake, names: list[str], kind: str, records: int = 0) -> DataFrame | None:
    """Lines (schema LINES) of all blobs under the prefixes; None when there is no blob at all.

    `kind` ('tmdb/details') is what the answers are; of `records` answers an even sample gets its shape.
    """
    sizes = {name: lake.files.sizes("raw", name) for name in names}
    folders = [
        lake.files.path("raw", name.rstrip("/")) for name, found in sizes.items() if any(found.values())
    ]
    empty = [blob for found in sizes.values() for blob, size in found.items() if size == 0]
    parts = [_unpacked(lake, folders, kind, drift.every(records))] if folders else []
    if empty:  # Spark leaves files without content out
        rows = [(blob, 0, None, EMPTY_BLOB, None) for blob in empty]
        parts.append(lake.spark.createDataFrame(rows, LINES))
    return reduce(DataFrame.union, parts) if parts else None


def _unpacked(lake: Lake, folders: list[str], kind: str, every: int) -> DataFrame:
    blobs = lake.spark.read.format("binaryFile").load(folders).select("path", "content")
    # Spark puts a scheme and slashes before a path.
    blob = F.substring_index("path", f"{lake.files.path('raw').strip('/')}/", -1).alias("blob")
    return blobs.select(blob, "content").mapInArrow(unpacker(kind, every), LINES)


def unpacker(kind: str, every: int) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """A function from Arrow batches of (blob, content) to Arrow batches of lines.

    One line of `every` gets its shape; batches are bounded in rows and in characters.
    """

    def unpack(batches: Batches) -> Iterator[pa.RecordBatch]:
        schema, size, place = to_arrow_schema(LINES), 0, 0
        rows: list[Row] = []
        for row in _rows(batches, kind):
            rows.append(row)
            size += len(row[2] or "")
            if len(rows) >= _ROWS_PER_BATCH or size >= _CHARS_PER_BATCH:
                yield _batch(rows, schema, kind, range(place, place + len(rows)), every)
                place, rows, size = place + len(rows), [], 0
        if rows:
            yield _batch(rows, schema, kind, range(place, place + len(rows)), every)

    return unpack


def _rows(batches: Batches, kind: str) -> Iterator[Row]:
    for batch in batches:
        for blob, content in zip(batch.column(0), batch.column(1), strict=True):
            for row in blob_lines(blob.as_py(), content.as_py() or b""):
                yield (*row[:2], even(row[2], kind), row[3]) if row[2] and not row[3] else row


def _batch(rows: list[Row], schema: pa.Schema, kind: str, places: range, every: int) -> pa.RecordBatch:
    shapes = [
        _shape(kind, row) if place % every == 0 else None for place, row in zip(places, rows, strict=True)
    ]
    columns = zip([*zip(*rows, strict=True), shapes], schema, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(values, field.type) for values, field in columns], schema=schema
    )


def _shape(kind: str, row: Row) -> list[dict[str, Any]] | None:
    _, _, line, fault = row
    if fault or not line or len(line) > _SHAPE_LIMIT_CHARS:
        return None
    return [{"path": path, "type": type_, "n": n} for path, type_, n in drift.shape(kind, line)]


def blob_lines(blob: str, content: bytes) -> Iterator[Row]:
    """Rows (blob, line_no, line, fault) of one gzip blob; whole lines before a tear are kept."""
    data, fault = gunzip(content)
    *whole, rest = data.split(b"\n")
    number = 0
    for number, line in enumerate(whole, start=1):
        if line.strip():
            yield _line(blob, number, line)
    if rest.strip() and not fault:
        yield _line(blob, number + 1, rest)
    if fault:
        yield blob, number + 1 if rest else 0, rest.decode(errors="replace")[:RAW_LIMIT_CHARS] or None, fault


def _line(blob: str, number: int, line: bytes) -> Row:
    try:
        return blob, number, line.decode(), None
    except UnicodeDecodeError as error:
        return (
            blob,
            number,
            line.decode(errors="replace")[:RAW_LIMIT_CHARS],
            f"line is not UTF-8: {error.reason}",
        )


def gunzip(content: bytes) -> tuple[bytes, str | None]:
    """Unpacked bytes, as far as they go, and what is wrong with the blob (None when nothing is)."""
    if not content:
        return b"", EMPTY_BLOB
    parts: list[bytes] = []
    while content:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            parts.extend(
                unpacker.decompress(content[at : at + _CHUNK]) for at in range(0, len(content), _CHUNK)
            )
        except zlib.error as error:
            what = "damaged gzip" if parts else "blob is not gzip"
            return b"".join(parts), f"{what}: {error}"
        if not unpacker.eof:
            return b"".join(parts), "torn gzip: the blob ends before its end"
        content = unpacker.unused_data
    return b"".join(parts), None


def parse_lines(lines: DataFrame, body: StructType) -> DataFrame:
    """Lines as columns blob, line_no, line, fault, fetched_at, status, path, asked_parts, asked_type, body.

    Bad JSON sets fault.
    """
    options = {"columnNameOfCorruptRecord": "_corrupt", "mode": "PERMISSIVE"}
    parsed = lines.withColumn("answer", F.from_json("line", envelope(body), options))
    answer = F.col("answer")
    return parsed.select(
        F.col("blob").alias("source_blob"),
        "line_no",
        "line",
        _fault(answer).alias("fault"),
        F.expr("try_cast(answer.fetched_at AS timestamp)").alias("fetched_at"),
        F.expr("try_cast(answer.status AS int)").alias("status"),
        answer["request"]["path"].alias("path"),
        answer["request"]["query"]["append_to_response"].alias("asked_parts"),
        answer["request"]["query"]["type"].alias("asked_type"),
        answer["body"].alias("body"),
        *[F.col(name) for name in ("shape",) if name in lines.columns],
    )


def _fault(answer: Column) -> Column:
    """Why a line is no record: an unreadable blob, broken JSON, or JSON without the envelope's fields."""
    is_broken = answer["kind"].isNull() & answer["_corrupt"].isNotNull()
    has_no_envelope = answer["status"].isNull() | answer["fetched_at"].isNull() | answer["body"].isNull()
    return (
        F.when(F.col("fault").isNotNull(), F.col("fault"))
        .when(answer.isNull() | is_broken, F.lit("line is not a JSON object"))
        .when(has_no_envelope, F.lit("line has no status, fetched_at or body"))
    )
