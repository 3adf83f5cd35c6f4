"""The figures of each film, and its place within its year, its primary genre and all films.

* Ranks start at 1 for the highest value; films with the same value share a rank and the next rank is left out.
* A film is ranked by what is known of it: a null is not ranked, nor is roi under a budget of MIN_BUDGET or a rating of
  fewer than MIN_VOTES votes. Silver has null where money is zero. The figures themselves are shown whatever their rank.
* Without a date there is no rank within a year, without a genre none within a genre. A film alone in its year is first.
* `best_and_worst` has up to LISTED films a measure and end, by the same conditions; equal values go by film_id.
* Empty inputs give empty tables.

No task sees all films. Ranks over all are made by band: bands of values so narrow that each is ranked on its own, to
which the number of films in higher bands is added (`_overall`). The lists keep LISTED rows of every partition before
any row moves (Spark's WindowGroupLimit). Within a year or a genre a task sees one year or genre, of one measure.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

from spark_jobs.schemas.fields import DOUBLE, FILM_ID, INT, STRING, TITLE, column
from spark_jobs.schemas.silver import MOVIES
from spark_jobs.views.measures import MIN_BUDGET, MIN_VOTES, columns, sound_rating, sound_roi
from spark_jobs.views.view import Inputs, View

LISTED = 20
MEASURES = ("revenue", "profit", "roi", "rating", "popularity")
SCOPES = {"year": "films of its year", "genre": "films of its primary genre", "overall": "all films"}
_BANDS_PER_DOUBLING = 16
_SHOWN = (
    *("film_id", "title", "release_year", "primary_genre", "revenue", "budget", "profit", "roi"),
    *("rating", "vote_count", "popularity"),
)
_LIMITS = {"roi": f", of budgets from {MIN_BUDGET:,} dollars", "rating": f", of {MIN_VOTES} votes or more"}


def _rank_field(measure: str, scope: str) -> StructField:
    comment = f"rank by {measure} among {SCOPES[scope]}{_LIMITS.get(measure, '')}; null when not ranked"
    return column(f"{measure}_rank_{scope}", INT, comment)


MOVIE_PERFORMANCE = StructType(
    [
        *[MOVIES[name] for name in _SHOWN],
        *[_rank_field(measure, scope) for measure in MEASURES for scope in SCOPES],
    ]
)
BEST_AND_WORST = StructType(
    [
        column("measure", STRING, f"what the films are ordered by: {', '.join(MEASURES)}"),
        column("list", STRING, "best or worst"),
        column("place", INT, f"place in the list, from 1 to {LISTED}"),
        FILM_ID,
        TITLE,
        column("release_year", INT, "year of the film; null when unknown"),
        column("value", DOUBLE, "the measure, in US dollars or without unit"),
    ]
)


def movie_performance(inputs: Inputs) -> DataFrame:
    """Rows of MOVIE_PERFORMANCE."""
    shown = inputs.movies.select(*_SHOWN)
    return columns(shown.join(_by_film(_ranked(_values(shown))), "film_id", "left"), MOVIE_PERFORMANCE)


def best_and_worst(inputs: Inputs) -> DataFrame:
    """Rows of BEST_AND_WORST."""
    ends = F.array(_end("best", 1), _end("worst", -1))
    listed = _values(inputs.movies).select("*", F.inline(ends))
    first = Window.partitionBy("measure", "list").orderBy(F.desc("height"), "film_id")
    placed = listed.withColumn("place", F.row_number().over(first)).where(F.col("place") <= LISTED)
    return columns(placed.drop("height"), BEST_AND_WORST)


def _end(name: str, sign: int) -> Column:
    return F.struct(F.lit(name).alias("list"), (F.col("value") * sign).alias("height"))


def _values(movies: DataFrame) -> DataFrame:
    """One row a film and measure it is ranked by; few films have more than one, so this is far from all columns."""
    sound = {"roi": sound_roi(), "rating": sound_rating()}
    figures = F.array(
        *[
            F.struct(F.lit(name).alias("measure"), sound.get(name, F.col(name)).cast("double").alias("value"))
            for name in MEASURES
        ]
    )
    known = F.filter(figures, lambda figure: figure["value"].isNotNull())
    return movies.select("film_id", "title", "release_year", "primary_genre", F.inline(known))


def _ranked(values: DataFrame) -> DataFrame:
    """Values with the columns year, genre and overall: the ranks."""
    of_year, of_genre = (_highest_first("measure", name) for name in ("release_year", "primary_genre"))
    placed = values.select("film_id", "measure", "value", "release_year", "primary_genre").withColumns(
        {
            "year": F.when(F.col("release_year").isNotNull(), F.rank().over(of_year)),
            "genre": F.when(F.col("primary_genre").isNotNull(), F.rank().over(of_genre)),
        }
    )
    return _overall(placed)


def _highest_first(*group: str) -> WindowSpec:
    return Window.partitionBy(*group).orderBy(F.desc("value"))


def _overall(values: DataFrame) -> DataFrame:
    """Ranks over all films: the rank in a band, and how many lie in higher bands (a few hundred rows, broadcast)."""
    banded = values.withColumn("band", _band("value"))
    higher = Window.partitionBy("measure").orderBy(F.desc("band")).rowsBetween(Window.unboundedPreceding, -1)
    above = F.coalesce(F.sum("films").over(higher), F.lit(0))
    counts = banded.groupBy("measure", "band").agg(F.count("*").alias("films"))
    offsets = counts.select("measure", "band", above.alias("above"))
    in_band = F.rank().over(_highest_first("measure", "band"))
    return banded.join(F.broadcast(offsets), ["measure", "band"]).withColumn(
        "overall", in_band + F.col("above")
    )


def _band(name: str) -> Column:
    """A whole number that never falls as the value rises: bands of about 4 % of a value's size, of either sign."""
    size = F.floor(F.log2(F.abs(F.col(name)) + 1) * _BANDS_PER_DOUBLING)
    return F.when(F.col(name) < 0, -size).otherwise(size)


def _by_film(ranked: DataFrame) -> DataFrame:
    """One row a film with a column for each measure and scope."""
    ranks = [
        F.max(F.when(F.col("measure") == measure, F.col(scope))).alias(f"{measure}_rank_{scope}")
        for measure in MEASURES
        for scope in SCOPES
    ]
    return ranked.groupBy("film_id").agg(*ranks)


VIEWS = (
    View(
        "movie_performance",
        "a film with its ranks",
        MOVIE_PERFORMANCE,
        movie_performance,
        ("film_id",),
        (("release_year", "revenue_rank_year"),),
    ),
    View(
        "best_and_worst",
        "a place in a list of best or worst films",
        BEST_AND_WORST,
        best_and_worst,
        ("measure", "list", "place"),
        (("measure", "list", "place"),),
    ),
)
