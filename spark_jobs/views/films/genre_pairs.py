"""Which genres go together more often than by chance, and which have begun to.

* A pair is kept from MIN_PAIR_FILMS films on. Its lift is how often the two meet by how often they would if genres fell
  together by chance: films of both times all films with a genre, by the product of the films of each. 1 is no
  association.
* The same is told of the last RECENT_YEARS years (the run's own year is the last) and of the years before; a lift is
  null when one of its genres has no film in that time. Films of later years and films without a date count in the whole
  only. Films without a genre count nowhere, films of one genre in the totals.
* A pair is emerging when MIN_PAIR_FILMS or more of its films are recent, and meet more often than by chance and than
  earlier; a pair that could not meet earlier is held against 0.
* The two names stand in the order of the alphabet, so a pair has one row. Money plays no part. Empty inputs give an
  empty table.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs.schemas.fields import BOOL, DOUBLE, LONG, STRING, column
from spark_jobs.views.measures import columns, ratio
from spark_jobs.views.view import Inputs, View

MIN_PAIR_FILMS = 5
RECENT_YEARS = 5
GENRE_PAIRS = StructType(
    [
        column("genre", STRING, "TMDB genre, the first of the two in the alphabet"),
        column("other_genre", STRING, "TMDB genre, the second"),
        column("films", LONG, f"films of both, {MIN_PAIR_FILMS} or more"),
        column("lift", DOUBLE, "films of both by what chance would give, 1 for no association"),
        column("recent_films", LONG, f"films of both in the last {RECENT_YEARS} years"),
        column("recent_lift", DOUBLE, "lift in those years; null when a genre has no film in them"),
        column("earlier_films", LONG, "films of both before those years"),
        column("earlier_lift", DOUBLE, "lift before those years; null when a genre has no film in them"),
        column(
            "is_emerging",
            BOOL,
            f"whether {MIN_PAIR_FILMS} or more recent films meet more often than by chance and than earlier",
        ),
    ]
)
_SPANS = ("all", "recent", "earlier")


def genre_pairs(inputs: Inputs) -> DataFrame:
    """Rows of GENRE_PAIRS."""
    pairs = _with_totals(_pair_counts(inputs.movies, inputs.as_of.year - RECENT_YEARS + 1, inputs.as_of.year))
    found = pairs.where((F.col("genre") != F.col("other_genre")) & (F.col("genre") != ""))
    shown = found.where(F.col("all") >= MIN_PAIR_FILMS).select(
        *["genre", "other_genre"],
        *[F.col(span).alias("films" if span == "all" else f"{span}_films") for span in _SPANS],
        *[_lift(span).alias("lift" if span == "all" else f"{span}_lift") for span in _SPANS],
    )
    is_above_chance = (F.col("recent_films") >= MIN_PAIR_FILMS) & (F.col("recent_lift") > 1)
    is_above_earlier = F.col("recent_lift") > F.coalesce("earlier_lift", F.lit(0.0))
    return columns(shown.withColumn("is_emerging", is_above_chance & is_above_earlier), GENRE_PAIRS)


def _pair_counts(movies: DataFrame, since: int, until: int) -> DataFrame:
    """Films of each pair in each span; a genre with itself counts the genre, '' with itself all films with a genre.

    One pass over the films: what follows works on some two hundred rows, as TMDB has twenty genres.
    """
    named = movies.where(F.size("genres") > 0).select(
        "release_year", F.concat(F.array(F.lit("")), F.array_distinct("genres")).alias("names")
    )
    pairs = F.flatten(F.transform("names", _pairs_from))
    year = F.col("release_year")
    return (
        named.select("release_year", F.inline(pairs))
        .groupBy("genre", "other_genre")
        .agg(
            F.count("*").alias("all"),
            F.count_if(year.between(since, until)).alias("recent"),
            F.count_if(year < since).alias("earlier"),
        )
    )


def _pairs_from(name: Column) -> Column:
    later = F.filter("names", lambda other: other >= name)
    return F.transform(later, lambda other: F.struct(name.alias("genre"), other.alias("other_genre")))


def _with_totals(pairs: DataFrame) -> DataFrame:
    """Pairs with the films of their first genre, of their second, and of all: `{span}_first`, `_second`, `_total`."""
    is_itself = F.col("genre") == F.col("other_genre")
    is_all = is_itself & (F.col("genre") == "")
    sought = {
        "first": (Window.partitionBy("genre"), is_itself),
        "second": (Window.partitionBy("other_genre"), is_itself),
        "total": (Window.partitionBy(), is_all),
    }
    return pairs.withColumns(
        {
            f"{span}_{name}": F.max(F.when(condition, F.col(span))).over(window)
            for name, (window, condition) in sought.items()
            for span in _SPANS
        }
    )


def _lift(span: str) -> Column:
    """Null when a genre has no film in the span."""
    by_chance = F.col(f"{span}_first").cast("double") * F.col(f"{span}_second")
    return ratio(F.col(span).cast("double") * F.col(f"{span}_total"), by_chance)


VIEWS = (
    View(
        "genre_pairs",
        "two genres that films have together",
        GENRE_PAIRS,
        genre_pairs,
        ("genre", "other_genre"),
        (("genre", "-lift"), ("other_genre", "-lift")),
    ),
)
