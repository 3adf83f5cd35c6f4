"""TMDB details to the silver table `movies`."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf

from spark_jobs.schemas import MOVIES, STRING
from spark_jobs.text import name_tokens

REMOVED = "removed upstream"
_COMPOSER_JOBS = ("Original Music Composer", "Composer", "Music", "Songs", "Original Score")
_FIRST_FILM_YEAR, _LAST_YEAR = 1870, 2100
_CAST_SIZE = 10
_MAX_RUNTIME_MIN = 5000


@arrow_udf(STRING)  # type: ignore[call-overload, untyped-decorator]
def _clean_title(titles: pa.Array) -> pa.Array:
    return pa.array([" ".join(name_tokens(t)) if t else None for t in titles.to_pylist()], pa.string())


def number(name: str, kind: str, *, above: float | None = None) -> Column:
    """A string column as a number, null when it is none, or not above the given bound."""
    value = F.expr(f"try_cast({name} AS {kind})")
    return value if above is None else F.when(value > above, value)


def text(name: str) -> Column:
    """A trimmed string, null when blank."""
    trimmed = F.trim(F.col(name))
    return F.when(trimmed != "", trimmed)


def strings(values: Column) -> Column:
    """Distinct, trimmed, non-blank strings of an array, in order; an absent array is empty."""
    trimmed = F.transform(F.coalesce(values, F.array().cast("array<string>")), F.trim)
    return F.array_distinct(F.filter(trimmed, lambda value: value.isNotNull() & (value != "")))


def _crew(*jobs: str) -> Column:
    people = F.filter(F.col("body.credits.crew"), lambda person: person["job"].isin(*jobs))
    return strings(people["name"])


def _top_cast() -> Column:
    players = F.transform(
        F.col("body.credits.cast"),
        lambda p: F.struct(
            F.coalesce(p["order"].try_cast("int"), F.lit(_MAX_RUNTIME_MIN)), p["name"].alias("name")
        ),
    )
    return F.slice(strings(F.array_sort(players)["name"]), 1, _CAST_SIZE)


def from_details(parsed: DataFrame) -> DataFrame:
    """Parsed lines of tmdb/details (body: TMDB_DETAILS) to typed rows.

    Columns of MOVIES plus fault, http_status, line and line_no for the quality rules. A 404 keeps only the id, taken
    from the path that was asked.
    """
    asked_id = F.expr("try_cast(regexp_extract(path, '/movie/([0-9]+)', 1) AS bigint)")
    date = F.expr("try_cast(body.release_date AS date)")
    is_possible = F.year(date).between(_FIRST_FILM_YEAR, _LAST_YEAR)
    typed = parsed.select(
        F.when(F.col("status") == 404, asked_id).otherwise(number("body.id", "bigint")).alias("film_id"),
        text("body.title").alias("title"),
        text("body.original_title").alias("original_title"),
        strings(F.col("body.alternative_titles.titles.title")).alias("alternative_titles"),
        text("body.overview").alias("overview"),
        F.when(is_possible, date).alias("release_date"),
        strings(F.col("body.genres.name")).alias("genres"),
        number("body.vote_average", "double").alias("rating"),
        number("body.vote_count", "bigint").alias("vote_count"),
        number("body.popularity", "double").alias("popularity"),
        number("body.budget", "bigint", above=0).alias("budget"),
        number("body.revenue", "bigint", above=0).alias("revenue"),
        number("body.runtime", "int", above=0).alias("runtime_min"),
        text("body.original_language").alias("language"),
        strings(F.col("body.production_countries.iso_3166_1")).alias("countries"),
        strings(F.col("body.production_companies.name")).alias("companies"),
        text("body.belongs_to_collection.name").alias("collection"),
        strings(F.col("body.keywords.keywords.name")).alias("keywords"),
        _crew("Director").alias("directors"),
        _crew(*_COMPOSER_JOBS).alias("composers"),
        _top_cast().alias("top_cast"),
        F.coalesce(text("body.imdb_id"), text("body.external_ids.imdb_id")).alias("imdb_id"),
        text("body.status").alias("status"),
        *("fetched_at", "source_blob", "fault", "line", "line_no", F.col("status").alias("http_status")),
    )
    return typed.withColumn("clean_title", _clean_title("title")).withColumn(
        "release_year", F.year("release_date")
    )


def columns(rows: DataFrame) -> DataFrame:
    """Exactly the columns of `movies`, in order."""
    return rows.select([field.name for field in MOVIES])
