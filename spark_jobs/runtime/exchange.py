"""Rows that go from task to task by the thousand: what belongs to one bucket is one binary value, a *pack*.

The JVM spends microseconds on each row and value that it shuffles, joins or sorts, and a millisecond on a pack. So a
step that looks at each row is a plain function over Arrow tables, and Spark only brings the packs of a bucket together:

    pack(rows, split)            rows become packs, `split` says of which part and bucket each is
    .transform(exchange, step)   the parts of a bucket become packs of other buckets
    .transform(unpack, step)     the parts of a bucket become rows again

A task holds one bucket at a time: a 64th of the catalog, or more where few partitions say that it is small. Packs of a
part that a step does not take pass it by as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import BinaryType, IntegerType, StringType, StructField, StructType

from spark_jobs.runtime.arrow import Batches, Places, without_collector

BUCKETS = 64  # at most
BUCKETS_A_PARTITION = 3  # of six buckets Spark's hash puts three into each of two partitions
ROWS_AT_ONCE = 50_000  # rows that a task packs together
PACKS = StructType(
    [
        StructField("bucket", IntegerType()),
        StructField("part", StringType()),
        StructField("rows", BinaryType()),
    ]
)
_MIXER = np.uint64(0x9E3779B97F4A7C15)
_PARTITIONS = "spark.sql.shuffle.partitions"


class Part(NamedTuple):
    """Rows of one part, and the bucket each of them goes to."""

    name: str
    rows: pa.Table
    buckets: Places


class Pack(NamedTuple):
    """Rows of one part and bucket, as an Arrow stream."""

    bucket: int
    part: str
    rows: bytes


class Step(NamedTuple):
    """A function of the parts it takes, by name, of one bucket; a part of which nothing came has the schema given."""

    takes: Mapping[str, pa.Schema]
    work: Callable[[dict[str, pa.Table]], Iterable[Any]]


def id_buckets(ids: pa.ChunkedArray | pa.Array) -> Places:
    """Buckets of whole numbers."""
    return _bucket(np.asarray(ids).astype(np.uint64))


def text_buckets(texts: pa.Array) -> Places:
    """Buckets of texts, the same on every machine: a polynomial of their bytes."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    starts, lengths = offsets[:-1].astype(np.int64), np.diff(offsets).astype(np.int64)
    sums = np.zeros(len(texts), np.uint64)
    if data := texts.buffers()[2]:
        letters = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]].astype(np.uint64)
        places = np.arange(len(letters)) - np.repeat(starts - offsets[0], lengths)
        powers = np.cumprod(np.full(int(lengths.max(initial=0)) + 1, _MIXER | np.uint64(1)))
        filled = lengths > 0
        sums[filled] = np.add.reduceat(letters * powers[places], (starts - offsets[0])[filled])
    return _bucket(sums)


def _bucket(values: npt.NDArray[np.uint64]) -> Places:
    return ((values * _MIXER) >> np.uint64(40)).astype(np.int64) % BUCKETS


def pack(
    rows: DataFrame,
    split: Callable[[pa.Table], Iterable[Part]],
    prepare: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None,
) -> DataFrame:
    """Packs of rows, prepared batch by batch before if said: `split` says which parts they are."""
    count = _partitions(rows) * BUCKETS_A_PARTITION

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in _gathered(map(prepare, batches) if prepare else batches):
            yield from _packed(split(table), count)

    return rows.mapInArrow(without_collector(run), PACKS)


def exchange(packs: DataFrame, step: Step) -> DataFrame:
    """Packs that a step makes, which yields Parts, of the packs of each bucket."""
    count = _partitions(packs) * BUCKETS_A_PARTITION

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for found in _buckets(batches):
            passed = [each for each in found if each.part not in step.takes]
            if passed:
                yield _batch(passed)
            if len(passed) < len(found):
                yield from _packed(step.work(_parts(found, step.takes)), count)

    return _brought_together(packs).mapInArrow(without_collector(run), PACKS)


def unpack(packs: DataFrame, step: Step, schema: StructType) -> DataFrame:
    """Rows that a step makes, which yields tables of `schema`, of the packs of each bucket."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        arrow_schema = to_arrow_schema(schema)
        for found in _buckets(batches):
            for table in step.work(_parts(found, step.takes)):
                yield from table.cast(arrow_schema).to_batches(max_chunksize=ROWS_AT_ONCE)

    return _brought_together(packs).mapInArrow(without_collector(run), schema)


def _brought_together(packs: DataFrame) -> DataFrame:
    """Packs of a bucket one after the other in one partition.

    The number of partitions is said, for Spark would make one of few packs, and leave all cores but one idle.
    """
    return packs.repartition(_partitions(packs), "bucket").sortWithinPartitions("bucket")


def _partitions(frame: DataFrame) -> int:
    """As many as the session shuffles into, where it says a number."""
    said = str(frame.sparkSession.conf.get(_PARTITIONS))
    return min(int(said), BUCKETS) if said.isdecimal() else BUCKETS


def _gathered(batches: Batches) -> Iterator[pa.Table]:
    """Batches together, until they are ROWS_AT_ONCE rows."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(len(each) for each in waiting) >= ROWS_AT_ONCE:
            yield pa.Table.from_batches(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting).combine_chunks()


def _packed(parts: Iterable[Part], count: int) -> Iterator[pa.RecordBatch]:
    """Batches of PACKS in at most `count` buckets, one for each part."""
    for part in parts:
        if len(part.rows):
            buckets = part.buckets % count
            order = np.argsort(buckets, kind="stable")
            counts = np.bincount(buckets)
            rows, ends = part.rows.take(pa.array(order)), np.cumsum(counts)
            yield _batch(
                [
                    Pack(
                        bucket,
                        part.name,
                        _to_bytes(rows.slice(ends[bucket] - counts[bucket], counts[bucket])),
                    )
                    for bucket in np.flatnonzero(counts).tolist()
                ]
            )


def _batch(packs: Sequence[Pack]) -> pa.RecordBatch:
    schema = to_arrow_schema(PACKS)
    columns = [pa.array(values, f.type) for values, f in zip(zip(*packs, strict=True), schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _to_bytes(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    found: bytes = sink.getvalue().to_pybytes()
    return found


def _buckets(batches: Batches) -> Iterator[list[Pack]]:
    """Packs of each bucket."""
    packs = (
        Pack(*values)
        for batch in batches
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    )
    for _, found in groupby(packs, key=attrgetter("bucket")):
        yield list(found)


def _parts(found: Sequence[Pack], takes: Mapping[str, pa.Schema]) -> dict[str, pa.Table]:
    tables: dict[str, list[pa.Table]] = {name: [] for name in takes}
    for each in found:
        if each.part in takes:  # joins make columns of equal rows nullable or not
            rows = pa.ipc.open_stream(each.rows).read_all()
            tables[each.part].append(rows.cast(takes[each.part]))
    return {
        name: pa.concat_tables(tables[name]).combine_chunks() if tables[name] else schema.empty_table()
        for name, schema in takes.items()
    }
