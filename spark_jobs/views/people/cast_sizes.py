"""`cast_sizes`: films by how many people act in them, and how such films did.

One row a band of sizes. A film's cast are the distinct persons its credits name, by TMDB's id, else by name; films
whose cast is not known are in no band, and a band without films is not there. Money is compared by medians, which a few
blockbusters do not rule. Large casts go with large budgets, so the figures describe and explain nothing.

Nulls: a median or mean is null where no film of the band has the figure. Ratings count from MIN_VOTES votes on, roi
from MIN_BUDGET on.
"""

from __future__ import annotations

from itertools import pairwise

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs.schemas.fields import DOUBLE, INT, LONG, column
from spark_jobs.views.measures import columns, mean, median, sound_rating, sound_roi
from spark_jobs.views.people.persons import person_key
from spark_jobs.views.view import Inputs, View

BANDS = (1, 5, 10, 15, 20, 30, 50)
"""The smallest size of each band; it ends before the next one begins, the last one never."""
CAST_SIZES = StructType(
    [
        column("cast_from", INT, "people of the smallest cast of the band"),
        column("cast_to", INT, "people of its largest; null for the last band, which has no end"),
        column("films", LONG, "films"),
        column("films_with_revenue", LONG, "films whose revenue is known"),
        column("revenue_median", DOUBLE, "US dollars, of the films whose revenue is known"),
        column("budget_median", DOUBLE, "US dollars, of the films whose budget is known"),
        column(
            "roi_median", DOUBLE, "median roi of the films with a budget of 10 million US dollars or more"
        ),
        column("rating_mean", DOUBLE, "mean rating of the films with 10 votes or more, 0 to 10"),
        column("popularity_median", DOUBLE, "median TMDB popularity, no unit"),
    ]
)


def cast_sizes(inputs: Inputs) -> DataFrame:
    """Rows of CAST_SIZES."""
    person = person_key(F.col("person_id"), F.col("name"))
    sizes = (
        inputs.cast_credits.groupBy("film_id").agg(F.count_distinct(person).alias("size")).where("size > 0")
    )
    films = inputs.movies.join(sizes, "film_id").withColumn("cast_from", _band(F.col("size")))
    found = films.groupBy("cast_from").agg(
        F.count("*").alias("films"),
        F.count("revenue").alias("films_with_revenue"),
        median("revenue").alias("revenue_median"),
        median("budget").alias("budget_median"),
        median(sound_roi()).alias("roi_median"),
        mean(sound_rating()).alias("rating_mean"),
        median("popularity").alias("popularity_median"),
    )
    return columns(found.withColumn("cast_to", _end(F.col("cast_from"))), CAST_SIZES)


def _band(size: Column) -> Column:
    """The beginning of the band a size is in."""
    return F.greatest(*[F.when(size >= begins, F.lit(begins)) for begins in BANDS])


def _end(begins: Column) -> Column:
    """The last size of the band that begins so; null for the last one."""
    return F.coalesce(*[F.when(begins == one, F.lit(other - 1)) for one, other in pairwise(BANDS)])


VIEWS = (View("cast_sizes", "a band of sizes of casts", CAST_SIZES, cast_sizes, ("cast_from",)),)
