"""Discogs search results and releases to the silver table `releases`."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf
from pyspark.sql.pandas.types import to_arrow_type
from pyspark.sql.types import StructField, StructType

from spark_jobs.movies import number, strings, text
from spark_jobs.people import is_anyone, split_artists
from spark_jobs.schemas import RELEASES, STRING, STRINGS
from spark_jobs.titles import parse_release

_YEARS = (1877, 2100)  # the phonograph was invented in 1877
_TITLE_PARTS = StructType(
    [
        StructField("artist", STRING),
        StructField("artists", STRINGS),
        StructField("release_title", STRING),
        StructField("clean_title", STRING),
    ]
)


@arrow_udf(_TITLE_PARTS)  # type: ignore[call-overload, untyped-decorator]
def _title_parts(titles: pa.Array) -> pa.Array:
    return pa.array([_parts(title or "") for title in titles.to_pylist()], to_arrow_type(_TITLE_PARTS))


def _parts(title: str) -> dict[str, object]:
    """Artist as printed, single artists, title as printed and cleaned, of one Discogs title."""
    parsed = parse_release(title)
    return {
        "artist": parsed.artist or None,
        "artists": [] if is_anyone(parsed.artist) else split_artists(parsed.artist),
        "release_title": parsed.title or None,
        "clean_title": parsed.clean or None,
    }


def from_search(parsed: DataFrame) -> DataFrame:
    """Parsed lines of discogs/search (body: DISCOGS_SEARCH) to typed rows, one a result.

    A page that cannot be read stays one row with its fault; a page without results gives none.
    """
    is_readable = F.col("fault").isNull() & (F.col("status") == 200)
    result = F.explode_outer(F.when(is_readable, F.col("body.results")))
    items = parsed.select("*", result.alias("item"))
    items = items.where(~is_readable | F.col("item").isNotNull())
    raw = F.when(F.col("item").isNotNull(), F.to_json("item")).otherwise(F.col("line"))
    return _typed(
        items.withColumn("line", raw),
        title=text("item.title"),
        formats=strings(F.col("item.format")),
        labels=strings(F.col("item.label")),
        genres=strings(F.col("item.genre")),
        styles=strings(F.col("item.style")),
        barcodes=strings(F.col("item.barcode")),
    )


def from_release(parsed: DataFrame) -> DataFrame:
    """Parsed lines of discogs/release (body: DISCOGS_RELEASE) to typed rows; a 404 keeps only the id asked for."""
    items = parsed.withColumn("item", F.col("body"))
    artists = F.coalesce(text("item.artists_sort"), F.array_join(strings(F.col("item.artists.name")), ", "))
    details = F.flatten(F.transform(F.col("item.formats"), lambda f: F.array_compact(f["descriptions"])))
    return _typed(
        items,
        title=F.when(text("item.title").isNotNull(), F.concat_ws(" - ", artists, text("item.title"))),
        formats=strings(F.concat(F.col("item.formats.name"), F.coalesce(details, F.array()))),
        labels=strings(F.col("item.labels.name")),
        genres=strings(F.col("item.genres")),
        styles=strings(F.col("item.styles")),
        barcodes=strings(F.col("item.identifiers.value")),
    )


def _typed(items: DataFrame, **arrays: Column) -> DataFrame:
    asked_id = F.expr("try_cast(regexp_extract(path, '/releases/([0-9]+)', 1) AS bigint)")
    year = number("item.year", "int")
    typed = items.select(
        F.when(F.col("status") == 404, asked_id).otherwise(number("item.id", "bigint")).alias("release_id"),
        number("item.master_id", "bigint", above=0).alias("master_id"),
        *[value.alias(name) for name, value in arrays.items()],
        F.when(year.between(*_YEARS), year).alias("year"),
        text("item.country").alias("country"),
        number("item.community.have", "bigint").alias("have"),
        number("item.community.want", "bigint").alias("want"),
        *("fetched_at", "source_blob", "fault", "line", "line_no", F.col("status").alias("http_status")),
    )
    return typed.select("*", _title_parts("title").alias("parts")).select("*", "parts.*").drop("parts")


def columns(rows: DataFrame) -> DataFrame:
    """Exactly the columns of `releases`, in order."""
    return rows.select([field.name for field in RELEASES])
