"""Rows of gold as MongoDB can hold them, a digest of each, and which of them differ between versions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    AtomicType,
    DataType,
    DateType,
    DoubleType,
    FloatType,
    MapType,
    StructType,
    TimestampType,
)

from spark_jobs.export.collections import DIGEST, Collection

NEW, BASE = "_new", "_base"
_TYPE, _VERSION, _DIFFERED = "_change_type", "_commit_version", "_differed"
FEED = (_TYPE, _VERSION)
"""Columns of Delta's change data feed: whether a row came or went, and in which version."""


def plain_rows(rows: DataFrame, collection: Collection, also: Sequence[str] = ()) -> DataFrame:
    """The rows that become documents, in the types that MongoDB has, the digest of each, and columns `also` as is.

    Dates and times are milliseconds, numbers that are none become null, and a map is an array of key and value, sorted
    by key: no key of the data becomes the name of a field.
    """
    there = rows.where("removed_at IS NULL") if "removed_at" in rows.columns else rows
    values = [plain(F.col(each.name), each.dataType).alias(each.name) for each in collection.columns]
    made = there.select(*values, *also)
    return made.withColumn(DIGEST, digest(StructType(made.schema.fields[: len(values)])))


def plain(value: Column, kind: DataType) -> Column:
    """A value in the types that MongoDB has."""
    if isinstance(kind, DoubleType | FloatType):
        is_number = ~F.isnan(value) & (F.abs(value) != F.lit(float("inf")))
        return F.when(is_number, value)
    if isinstance(kind, DateType):
        return value.cast("timestamp")
    if isinstance(kind, TimestampType):
        return F.date_trunc("millisecond", value)
    if isinstance(kind, MapType):
        pairs = F.array_sort(F.map_entries(value))
        return F.transform(
            pairs,
            lambda pair: F.struct(
                pair["key"].alias("key"), plain(pair["value"], kind.valueType).alias("value")
            ),
        )
    if isinstance(kind, ArrayType) and not _is_plain(kind.elementType):
        return F.transform(value, lambda each: plain(each, kind.elementType))
    if isinstance(kind, StructType):
        fields = [plain(value[each.name], each.dataType).alias(each.name) for each in kind]
        return F.when(value.isNotNull(), F.struct(*fields))
    return value


def digest(columns: StructType) -> Column:
    """64 bits that differ for rows that differ.

    xxhash64 alone passes over nulls and the ends of arrays: which columns are null, how long each array is, and nested
    values as JSON are hashed with them.
    """
    nulls = [F.when(F.col(each.name).isNull(), F.lit(1 << place)) for place, each in enumerate(columns)]
    mask = reduce(lambda total, bit: total + bit, [F.coalesce(bit, F.lit(0).cast("bigint")) for bit in nulls])
    return F.xxhash64(mask, *[part for each in columns for part in _hashed(each.name, each.dataType)])


def _hashed(name: str, kind: DataType) -> list[Column]:
    if isinstance(kind, AtomicType):
        return [F.col(name)]
    if isinstance(kind, ArrayType) and isinstance(kind.elementType, AtomicType):
        return [F.size(name), F.col(name)]
    return [F.to_json(F.col(name), {"ignoreNullFields": "false"})]


def _is_plain(kind: DataType) -> bool:
    return isinstance(kind, AtomicType) and not isinstance(
        kind, DoubleType | FloatType | DateType | TimestampType
    )


def changed_keys(changes: DataFrame, key: Sequence[str], *, is_mended: bool) -> DataFrame:
    """The keys whose row differs after changes from what it was before them.

    `changes` are `plain_rows` of what came and went, with FEED. `_new` and `_base` are the digests of the row after and
    before, null where there is none; `_commit_version` is when it came. Mending an export takes
    those that differed meanwhile, too.
    """
    came, went = (F.max(F.when(F.col(_TYPE) == each, F.col(DIGEST))) for each in ("insert", "delete"))
    commits = (
        changes.select(*key, *FEED, DIGEST)
        .repartition(*key)
        .groupBy(*key, _VERSION)
        .agg(came.alias(NEW), went.alias(BASE))
    )
    found = commits.groupBy(*key).agg(
        F.max_by(NEW, _VERSION).alias(NEW),
        F.min_by(BASE, _VERSION).alias(BASE),
        F.max(_VERSION).alias(_VERSION),
        F.bool_or(~F.col(NEW).eqNullSafe(F.col(BASE))).alias(_DIFFERED),
    )
    differs = F.col(_DIFFERED) if is_mended else ~F.col(NEW).eqNullSafe(F.col(BASE))
    return found.where(differs).drop(_DIFFERED)


def changed_rows(changes: DataFrame, keys: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows of `changed_keys`, each with its columns; those of one that is gone are null."""
    same = [*key, _VERSION]
    found = keys.select(*[F.col(name).alias(f"_key_{name}") for name in same], NEW, BASE)
    came = changes.where(F.col(_TYPE) == "insert").drop(_TYPE, DIGEST)
    is_same = [came[name].eqNullSafe(found[f"_key_{name}"]) for name in same]
    there = came.join(found, reduce(lambda one, other: one & other, is_same))
    gone = keys.where(F.col(NEW).isNull())
    every = there.drop(*[f"_key_{name}" for name in same]).unionByName(gone, allowMissingColumns=True)
    return every.drop(_VERSION)


def all_rows(rows: DataFrame) -> DataFrame:
    """Every row, in the shape of `changed_rows`: each is new."""
    return rows.withColumnRenamed(DIGEST, NEW).withColumn(BASE, F.lit(None).cast("bigint"))
