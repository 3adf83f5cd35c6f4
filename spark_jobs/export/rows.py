"""Rows of gold as MongoDB can hold them, a digest of each, and which of them differ between versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
_STATE = "_state"


def plain_rows(rows: DataFrame, collection: Collection) -> DataFrame:
    """The rows that become documents, in the types that MongoDB has, and the digest of each.

    Dates and times are milliseconds, numbers that are none become null, and a map is an array of key and value, sorted
    by key: no key of the data becomes the name of a field.
    """
    there = rows.where("removed_at IS NULL") if "removed_at" in rows.columns else rows
    columns = collection.columns
    values = there.select(*[plain(F.col(each.name), each.dataType).alias(each.name) for each in columns])
    return values.withColumn(DIGEST, digest(values.schema))


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


def differences(
    key: Sequence[str], new: DataFrame, base: DataFrame | None, others: Iterable[DataFrame] = ()
) -> DataFrame:
    """The keys whose row in `new` is not that of `base` and of every one of `others`.

    All are frames of `plain_rows`. `_new` and `_base` are the digests; null where there is no such row.
    """
    before = [*([base] if base is not None else []), *others]
    states = [(0, new), *enumerate(before, 1)]
    rows = [frame.select(*key, F.lit(state).alias(_STATE), DIGEST) for state, frame in states]
    of_state = [
        F.max(F.when(F.col(_STATE) == state, F.col(DIGEST))).alias(f"_d{state}") for state, _ in states
    ]
    found = reduce(DataFrame.unionByName, rows).groupBy(*key).agg(*of_state)
    differs = [~F.col("_d0").eqNullSafe(F.col(f"_d{state}")) for state, _ in states[1:]]
    kept = found.where(reduce(lambda one, other: one | other, differs))
    old = F.col("_d1") if base is not None else F.lit(None).cast("bigint")
    return kept.select(*key, F.col("_d0").alias(NEW), old.alias(BASE))


def changed_rows(rows: DataFrame, keys: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows of `differences`, each with its columns; those of one that is gone are null."""
    found = keys.select(*[F.col(name).alias(f"_key_{name}") for name in key], NEW, BASE)
    plain = rows.drop(DIGEST)
    is_same = [plain[name].eqNullSafe(found[f"_key_{name}"]) for name in key]
    there = plain.join(found, reduce(lambda one, other: one & other, is_same))
    gone = keys.where(F.col(NEW).isNull())
    return there.drop(*[f"_key_{name}" for name in key]).unionByName(gone, allowMissingColumns=True)


def all_rows(rows: DataFrame) -> DataFrame:
    """Every row, in the shape of `changed_rows`: each is new."""
    return rows.withColumnRenamed(DIGEST, NEW).withColumn(BASE, F.lit(None).cast("bigint"))
