"""The measures of films and the groups they are studied in, as NumPy columns a group: one pass, exact ranks.

A group is all films, a decade, or a primary genre. Films of a group go to one Arrow task, 80 bytes each. Up to
MAX_FILMS films everything is exact; a larger catalog is thinned to about MAX_FILMS by a hash of film_id, the same films
each time, which leaves a standard error of at most 1 / sqrt(n) on a correlation, 0.0007 of the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs.schemas.fields import STRING, column
from spark_jobs.schemas.silver import decade
from spark_jobs.views.measures import sound_rating

MEASURES = (
    *("budget", "revenue", "profit", "roi", "rating", "vote_count"),
    *("popularity", "runtime_min", "overview_sentiment"),
)
MAX_FILMS = 2_000_000
GROUP = [
    column("grouping", STRING, "overall, decade or primary_genre"),
    column("group", STRING, "all, a decade such as 1990, or a genre"),
]
Values = dict[str, npt.NDArray[np.float64]]
"""Measure to its values, one a film of the group and in one order; NaN where unknown."""


def of_groups(
    movies: DataFrame, figures: Callable[[Values], list[dict[str, Any]]], schema: StructType
) -> DataFrame:
    """Rows of `schema`: for each group its name and what `figures` makes of its films."""
    names = [field.name for field in schema]
    types = pa.schema([(field.name, _ARROW[field.dataType.simpleString()]) for field in schema])

    def rows(key: tuple[pa.Scalar, ...], films: pa.Table) -> pa.Table:
        group = dict(zip(("grouping", "group"), (part.as_py() for part in key), strict=True))
        values = {name: films[name].to_numpy() for name in MEASURES}
        found = [group | figure for figure in figures(values)]
        return pa.Table.from_pylist(found, schema=types).select(names)

    return grouped(movies).groupBy("grouping", "group").applyInArrow(rows, schema)


_ARROW = {"string": pa.string(), "bigint": pa.int64(), "double": pa.float64()}


def grouped(movies: DataFrame, max_films: int = MAX_FILMS) -> DataFrame:
    """grouping, group and MEASURES as doubles (NaN where unknown): a row a film and group it is in."""
    total = movies.agg(F.count("*").alias("total"))
    place = F.pmod(F.xxhash64("film_id"), F.lit(1_000_000)) * F.col("total") / 1_000_000
    kept = movies.crossJoin(F.broadcast(total)).where(place < max_films)
    groups = F.explode(F.array(*_groups())).alias("of")
    values = [F.coalesce(_value(name), F.lit(float("nan"))).alias(name) for name in MEASURES]
    return kept.select(groups, *values).select("of.*", *MEASURES).where(F.col("group").isNotNull())


def _groups() -> list[Column]:
    found = {
        "overall": F.lit("all"),
        "decade": decade().cast("string"),
        "primary_genre": F.col("primary_genre"),
    }
    return [F.struct(F.lit(kind).alias("grouping"), name.alias("group")) for kind, name in found.items()]


def _value(name: str) -> Column:
    return (sound_rating() if name == "rating" else F.col(name)).cast("double")
