"""Schema alignment: the columns in which films and releases say the same kind of thing, side by side.

For each pair: types, null shares, repeated values, and agreement, the share of the release side's distinct values
that the film side has too. Film genres are compared as the release genres they are mapped to. Large tables are
compared on an even sample of values, chosen by hash.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import reduce
from typing import Any, NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType

from spark_jobs.schemas.silver import MOVIES, RELEASES
from spark_jobs.silver.records.genres import mapped

VALUES = 200_000


class Pair(NamedTuple):
    """A film column and a release column about the same thing."""

    about: str
    film: str
    release: str


PAIRS = (
    Pair("title", "clean_title", "clean_title"),
    Pair("year", "release_year", "year"),
    Pair("people", "composers", "artists"),
    Pair("companies", "companies", "labels"),
    Pair("country", "countries", "country"),
    Pair("genre", "genres", "genres"),
)
_SIDES = (("film", MOVIES), ("release", RELEASES))


def measure(films: DataFrame, releases: DataFrame, rows: int) -> list[dict[str, Any]]:
    """One record for each pair; `rows` is how many rows both tables have, for the size of the sample."""
    every = max(1, rows // VALUES)
    sides = {"film": films, "release": releases}
    values = reduce(DataFrame.unionAll, [_values(sides[side], side, every) for side in sides])
    once = values.groupBy("about", "value").agg(
        *[F.sum(F.when(F.col("side") == side, F.col("n"))).alias(side) for side in sides]
    )
    found = once.groupBy("about").agg(*_counts()).collect()
    counts = {row["about"]: row.asDict() for row in found}
    return [_record(pair, counts.get(pair.about, {})) for pair in PAIRS]


def _values(rows: DataFrame, side: str, every: int) -> DataFrame:
    """Columns side, about, value (folded), n: one row for each value of an aligned column; a null has none."""
    columns = [(pair.about, F.col(getattr(pair, side))) for pair in PAIRS]
    if side == "film":  # the two vocabularies share no word; the mapping says which go together
        columns = [(about, mapped(value) if about == "genre" else value) for about, value in columns]
    lists = [_entries(about, value, rows) for about, value in columns]
    entries = rows.select(F.explode(F.concat(*lists)).alias("entry")).select("entry.*")
    picked = entries.where((F.pmod(F.xxhash64("value"), F.lit(every)) == 0) | F.col("value").isNull())
    return (
        picked.groupBy("about", "value").agg(F.count("*").alias("n")).select(F.lit(side).alias("side"), "*")
    )


def _entries(about: str, value: Column, rows: DataFrame) -> Column:
    is_list = isinstance(rows.select(value).schema[0].dataType, ArrayType)
    texts = value if is_list else F.when(value.isNotNull(), F.array(value.cast("string")))
    present = F.when(F.size(texts) > 0, texts).otherwise(F.array(F.lit(None).cast("string")))
    return F.transform(
        present, lambda text: F.struct(F.lit(about).alias("about"), F.lower(text).alias("value"))
    )


def _counts() -> list[Column]:
    """Of one pair: nulls, values, distinct values of each side, and distinct values both have."""
    is_value, is_both = F.col("value").isNotNull(), F.col("film").isNotNull() & F.col("release").isNotNull()
    found = [F.count_if(is_value & is_both).alias("both")]
    for side, _ in _SIDES:
        n = F.col(side)
        found += [
            F.coalesce(F.sum(F.when(~is_value, n)), F.lit(0)).alias(f"{side}_nulls"),
            F.coalesce(F.sum(F.when(is_value, n)), F.lit(0)).alias(f"{side}_values"),
            F.count_if(is_value & n.isNotNull()).alias(f"{side}_distinct"),
        ]
    return found


def _record(pair: Pair, counts: Mapping[str, int]) -> dict[str, Any]:
    record: dict[str, Any] = {"about": pair.about}
    for side, schema in _SIDES:
        name = getattr(pair, side)
        nulls, values, distinct = (int(counts.get(f"{side}_{k}", 0)) for k in ("nulls", "values", "distinct"))
        record |= {
            f"{side}_column": name,
            f"{side}_type": schema[name].dataType.simpleString(),
            f"{side}_nulls": nulls,
            f"{side}_values": values,
            f"{side}_duplicates": values - distinct,
        }
    kinds = {_element(record[f"{side}_type"]) for side, _ in _SIDES}
    shared, distinct = int(counts.get("both", 0)), int(counts.get("release_distinct", 0))
    agreement = round(shared / distinct, 4) if distinct else None
    return record | {"same_type": len(kinds) == 1, "shared_values": shared, "agreement": agreement}


def _element(type_: str) -> str:
    return type_.removeprefix("array<").removesuffix(">")


def with_null_shares(records: list[dict[str, Any]], rows: Mapping[str, int]) -> list[dict[str, Any]]:
    """Records with `film_null_share` and `release_null_share`, of `rows` by side."""
    shares = {side: max(rows[side], 1) for side, _ in _SIDES}
    return [
        record | {f"{side}_null_share": round(record[f"{side}_nulls"] / n, 4) for side, n in shares.items()}
        for record in records
    ]


def as_csv(records: list[dict[str, Any]]) -> str:
    """Records as CSV with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()
