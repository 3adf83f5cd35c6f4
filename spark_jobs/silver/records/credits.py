"""Credits and reviews: first arrays in the row of their film, then tables of their own of the latest answers."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs.schemas.silver import CAST_CREDITS, CREW_CREDITS, REVIEWS
from spark_jobs.silver.records import parts
from spark_jobs.silver.records.cleaning import one_line, prose
from spark_jobs.silver.records.sentiment import mood

TABLES: dict[str, tuple[str, StructType]] = {
    "cast_credits": ("cast", CAST_CREDITS),
    "crew_credits": ("crew", CREW_CREDITS),
    "reviews": ("reviews", REVIEWS),
}
"""Table name to the array it is made of and its schema."""


def nested() -> list[Column]:
    """The arrays `cast`, `crew` and `reviews` of a parsed answer (body: TMDB_DETAILS).

    Empty when absent, null when they were asked for and left out (parts.py).
    """
    return [
        parts.of("cast", _items("body.credits.cast", _cast)),
        parts.of("crew", _items("body.credits.crew", _crew)),
        parts.of("reviews", _items("body.reviews.results", _review)),
    ]


def _items(name: str, convert: Callable[[Column], Column]) -> Column:
    return F.coalesce(F.transform(F.array_compact(F.col(name)), convert), F.array())


def _cast(person: Column) -> Column:
    role, order = _tidy(person["character"]), person["order"].try_cast("int")
    return F.struct(*_person(person), role.alias("character"), order.alias("billing_order"))


def _crew(person: Column) -> Column:
    job = [_tidy(person[name]).alias(name) for name in ("department", "job")]
    return F.struct(*_person(person), *job)


def _person(person: Column) -> list[Column]:
    return [
        _tidy(person["credit_id"]).alias("credit_id"),
        person["id"].try_cast("bigint").alias("person_id"),
        _tidy(person["name"]).alias("name"),
    ]


def _review(review: Column) -> Column:
    rating = review["author_details"]["rating"].try_cast("double")
    return F.struct(
        _tidy(review["id"]).alias("review_id"),
        _tidy(review["author"]).alias("author"),
        F.when(rating.between(0, 10), rating).alias("rating"),
        prose(review["content"]).alias("content"),
        review["created_at"].try_cast("timestamp").alias("created_at"),
        _tidy(review["url"]).alias("url"),
    )


def _tidy(value: Column) -> Column:
    trimmed = one_line(value)
    return F.when(trimmed != "", trimmed)


def exploded(films: DataFrame, table: str) -> DataFrame:
    """Rows of a credits table out of the latest films that were answered in this run."""
    array, schema = TABLES[table]
    wanted = ["film_id", "fetched_at", "review_scores"]
    items = films.select(*wanted, F.posexplode(array).alias("place", "item"))
    score = F.get("review_scores", F.col("place"))
    rows = items.select("*", "item.*", (F.col("place") + 1).alias("position"), score.alias("sentiment"))
    rows = rows.withColumn("mood", mood(F.col("sentiment")))
    return rows.select([field.name for field in schema])
