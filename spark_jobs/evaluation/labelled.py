"""Labelled films, records and links from files, in the shape the jobs use. For evaluation and fitting only."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf
from pyspark.sql.types import StructType

from spark_jobs.schemas.fields import STRING
from spark_jobs.schemas.raw import DISCOGS_SEARCH, TMDB_DETAILS
from spark_jobs.silver.line_text import even
from spark_jobs.silver.records import films as movies
from spark_jobs.silver.records import releases

Links = dict[int, int]


@arrow_udf(STRING)  # type: ignore[call-overload, untyped-decorator]
def _film_lines(lines: pa.Array) -> pa.Array:
    """Lines of TMDB as the silver job unpacks them."""
    return pa.array([even(line, "tmdb/details") for line in lines.to_pylist()], pa.string())


@arrow_udf(STRING)  # type: ignore[call-overload, untyped-decorator]
def _record_lines(lines: pa.Array) -> pa.Array:
    """Lines of Discogs as the silver job unpacks them."""
    return pa.array([even(line, "discogs/search") for line in lines.to_pylist()], pa.string())


def read_bodies(spark: SparkSession, path: Path, body: StructType, template: str = "%s") -> DataFrame:
    """A file of JSON lines (gzip or not) as parsed answers; `template` wraps a line into the body's shape.

    Raises FileNotFoundError when the file is not there.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path}")
    value = _film_lines("value") if body is TMDB_DETAILS else _record_lines("value")
    wrapped = F.format_string(template, value)
    lines = spark.read.text(path.resolve().as_uri()).where(F.trim("value") != "")
    nothing = ("fault", "path", "asked_parts", "asked_type", "line")
    fixed = {"source_blob": path.name, **dict.fromkeys(nothing)}
    return lines.select(
        F.from_json(wrapped, body).alias("body"),
        *[F.lit(value).cast("string").alias(name) for name, value in fixed.items()],
        F.lit(0).alias("line_no"),
        F.lit(200).alias("status"),
        F.lit(None).cast("timestamp").alias("fetched_at"),
    )


def read_movies(spark: SparkSession, path: Path) -> DataFrame:
    """TMDB details, one film a line, as silver `movies`."""
    return read_bodies(spark, path, TMDB_DETAILS).transform(movies.from_details).transform(movies.columns)


def read_releases(spark: SparkSession, path: Path) -> DataFrame:
    """Discogs search results, one a line, as silver `releases`."""
    pages = read_bodies(spark, path, DISCOGS_SEARCH, '{"results": [%s]}')
    return pages.transform(releases.from_search).transform(releases.columns)


def read_links(path: Path) -> Links:
    """True pairs by release id, from a CSV with columns tmdb_id and discogs_id. Raises FileNotFoundError."""
    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path}")
    with path.open(encoding="utf-8", newline="") as lines:
        return {int(row["discogs_id"]): int(row["tmdb_id"]) for row in csv.DictReader(lines)}
