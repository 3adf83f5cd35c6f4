"""Discogs search results and releases to the silver table `releases`."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf
from pyspark.sql.pandas.types import to_arrow_type
from pyspark.sql.types import StructField, StructType

from spark_jobs.names.people import clean_artist, is_anyone, split_artists
from spark_jobs.names.titles import parse_release
from spark_jobs.schemas.fields import BOOL, STRING, STRINGS
from spark_jobs.schemas.silver import RELEASES
from spark_jobs.silver.records.cleaning import number, strings, text
from spark_jobs.silver.records.genres import release_genres

YEARS = (1877, 2100)  # the phonograph was invented in 1877
RELEASE_TITLE_LIMIT_CHARS = 4_000
_SOUNDTRACK_STYLES = ("Soundtrack", "Score", "Theme", "Musical")
_SOUNDTRACK_TITLE = (
    r"(?i)\b(soundtrack|motion picture|film score|original score|music from the|bande originale|banda sonora|"
    r"colonna sonora|o\.?s\.?t\.?)\b"
)
_TITLE_PARTS = StructType(
    [
        StructField("artist", STRING),
        StructField("clean_artist", STRING),
        StructField("is_various", BOOL),
        StructField("artists", STRINGS),
        StructField("release_title", STRING),
        StructField("clean_title", STRING),
    ]
)


@arrow_udf(_TITLE_PARTS)  # type: ignore[call-overload, untyped-decorator]
def _title_parts(titles: pa.Array) -> pa.Array:
    found = [_parts(title or "") for title in titles.to_pylist()]
    return pa.array(found, to_arrow_type(_TITLE_PARTS))


def _parts(title: str) -> dict[str, object]:
    """Artist as printed, single artists, title as printed and cleaned, of one Discogs title."""
    parsed = parse_release(title)
    is_various = is_anyone(parsed.artist)
    return {
        "artist": parsed.artist or None,
        "clean_artist": clean_artist(parsed.artist) or None,
        "is_various": is_various,
        "artists": [] if is_various else split_artists(parsed.artist),
        "release_title": parsed.title or None,
        "clean_title": parsed.clean or None,
    }


def from_search(parsed: DataFrame) -> DataFrame:
    """Parsed lines of discogs/search (body: DISCOGS_SEARCH) to typed rows, one a result.

    A page that cannot be read stays one row with its fault; a page without results gives none.
    """
    is_readable = F.col("fault").isNull() & (F.col("status") == 200)
    result = F.posexplode_outer(F.when(is_readable, F.col("body.results")))
    items = parsed.select("*", result.alias("place", "item"))
    items = items.where(~is_readable | F.col("item").isNotNull())
    if "shape" in items.columns:  # a page's shape is counted once
        items = items.withColumn("shape", F.when(F.col("place") == 0, F.col("shape")))
    raw = F.when(F.col("item").isNotNull(), F.to_json("item")).otherwise(F.col("line"))
    return _typed(
        items.withColumn("line", raw).withColumn("kind", F.lit("search")),
        title=text("item.title"),
        formats=strings(F.col("item.format")),
        labels=strings(F.col("item.label")),
        genres=strings(F.col("item.genre")),
        styles=strings(F.col("item.style")),
        barcodes=strings(F.col("item.barcode")),
    )


def from_release(parsed: DataFrame) -> DataFrame:
    """Parsed lines of discogs/release (body: DISCOGS_RELEASE) to typed rows; a 404 keeps only the id asked for."""
    fixed = {"item": F.col("body"), "place": F.lit(0), "kind": F.lit("release")}
    items = parsed.withColumns(fixed)
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
    said = {"year": "item.year", "have": "item.community.have", "want": "item.community.want"}
    arrays["genres"] = release_genres(arrays["genres"])
    carried = [F.col(name) for name in ("shape",) if name in items.columns]
    typed = items.select(
        F.when(F.col("status") == 404, asked_id).otherwise(number("item.id", "bigint")).alias("release_id"),
        number("item.master_id", "bigint", above=0).alias("master_id"),
        *[value.alias(name) for name, value in arrays.items()],
        F.when(year.between(*YEARS), year).alias("year"),
        text("item.country").alias("country"),
        number("item.community.have", "bigint", above=-1).alias("have"),
        number("item.community.want", "bigint", above=-1).alias("want"),
        F.struct(*[F.trim(path).alias(name) for name, path in said.items()]).alias("said"),
        *carried,
        *("kind", F.coalesce("place", F.lit(0)).alias("item_no")),
        *("fetched_at", "source_blob", "fault", "line", "line_no", F.col("status").alias("http_status")),
    )
    short = F.when(F.length("title") <= RELEASE_TITLE_LIMIT_CHARS, F.col("title"))
    taken_apart = typed.select("*", _title_parts(short).alias("parts"))
    return taken_apart.select("*", "parts.*", _is_soundtrack_like().alias("is_soundtrack_like")).drop("parts")


def _is_soundtrack_like() -> Column:
    """Stage & Screen music of a telling style, or a title that says so."""
    is_styled = F.arrays_overlap("styles", F.array(*map(F.lit, _SOUNDTRACK_STYLES)))
    is_staged = F.array_contains("genres", "Stage & Screen")
    return is_styled | is_staged | F.coalesce(F.col("title").rlike(_SOUNDTRACK_TITLE), F.lit(False))


def columns(rows: DataFrame) -> DataFrame:
    """Exactly the columns of `releases`, in order."""
    return rows.select([field.name for field in RELEASES])
