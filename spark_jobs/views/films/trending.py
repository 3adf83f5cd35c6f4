"""Which films are on the rise: today's figures against those of WINDOWS days ago.

One row a film and window. A window starts as many days before the run's day as it is long. The figures at its start
are those of the last row of film_history at or before that day; those of now are silver's.

* `velocity`: popularity gained a day, from the window's start to the day the film was seen last.
* `popularity_change`: relative change of popularity, 0.1 for a tenth more; null when it was zero.
* `rating_momentum`: rating now minus rating then, in points of 0 to 10.
* `trend_score`: 100 * (0.8 * tanh(ln((1 + popularity now) / (1 + popularity then)))
                        + 0.2 * tanh(rating_momentum * votes / (votes + MIN_VOTES))), from -100 to 100.
  The logarithm makes a doubling count the same at any height, the 1 in it keeps films nobody looks at from leaping,
  tanh keeps one wild figure from heading the list (a doubling scores about 48, ten times as much about 78), and few
  votes damp a rating. A film without a rating at either end is scored by its popularity alone.

Null, not zero, where there is too little history: all measures of a window that starts before the film's first
observation, or at whose start the film was seen for the last time; a measure one of whose figures is unknown. A film
never fetched has null measures too. Equal scores are not told apart. Empty inputs give an empty table.
"""

from __future__ import annotations

from datetime import timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DateType, StructType

from spark_jobs.schemas.fields import DOUBLE, FILM_ID, INT, TITLE, column
from spark_jobs.views.measures import DIGITS, MIN_VOTES, columns, growth
from spark_jobs.views.view import Inputs, View

WINDOWS = (7, 30, 90)
TRENDING = StructType(
    [
        FILM_ID,
        TITLE,
        column("window_days", INT, "length of the window: 7, 30 or 90 days"),
        column("since", DateType(), "day the window starts"),
        column("last_seen_on", DateType(), "day the film's figures were fetched last, UTC"),
        column("popularity_then", DOUBLE, "TMDB popularity as known on that day; null when not known then"),
        column("popularity", DOUBLE, "TMDB popularity now"),
        column("trend_score", DOUBLE, "-100 to 100, 0 for no change; null with too little history"),
        column("velocity", DOUBLE, "popularity gained a day; null with too little history"),
        column("popularity_change", DOUBLE, "relative change of popularity; null with too little history"),
        column(
            "rating_momentum",
            DOUBLE,
            "change of the rating, in points of 0 to 10; null with too little history",
        ),
    ]
)
_OF_POPULARITY, _OF_RATING = 80.0, 20.0


def trending(inputs: Inputs) -> DataFrame:
    """Rows of TRENDING."""
    starts = {days: (inputs.as_of - timedelta(days=days)).date() for days in WINDOWS}
    row = F.struct("observed_on", "popularity", "rating")
    standing = [
        F.max(F.when(F.col("observed_on") <= start, row)).alias(f"on_{days}")
        for days, start in starts.items()
    ]
    history = inputs.film_history.groupBy("film_id").agg(*standing)
    windows = F.array(
        *[
            F.struct(
                F.lit(days).alias("window_days"),
                F.lit(start).alias("since"),
                F.col(f"on_{days}").alias("then"),
            )
            for days, start in starts.items()
        ]
    )
    now = inputs.movies.select("film_id", "title", "popularity", "rating", "vote_count", _last_seen())
    films = now.join(history, "film_id", "left").select(*now.columns, F.inline(windows))
    return columns(films.transform(_seen_since).withColumns(_measures()), TRENDING)


def _last_seen() -> Column:
    return F.to_date("fetched_at").alias("last_seen_on")


def _seen_since(films: DataFrame) -> DataFrame:
    """The figures of then, null where the film was not seen after the window's start."""
    then = F.when(F.col("last_seen_on") > F.col("since"), F.col("then"))
    return films.withColumns({"popularity_then": then["popularity"], "rating_then": then["rating"]})


def _measures() -> dict[str, Column]:
    now, then = F.col("popularity"), F.col("popularity_then")
    days = F.datediff("last_seen_on", "since")
    momentum = F.col("rating") - F.col("rating_then")
    return {
        "velocity": F.round(F.try_divide(now - then, days), DIGITS),
        "popularity_change": growth(now, then),
        "rating_momentum": F.round(momentum, DIGITS),
        "trend_score": F.round(_trend(now, then, momentum), DIGITS),
    }


def _trend(now: Column, then: Column, momentum: Column) -> Column:
    votes = F.coalesce("vote_count", F.lit(0))
    damped = F.coalesce(momentum, F.lit(0.0)) * votes / (votes + MIN_VOTES)
    return _OF_POPULARITY * F.tanh(F.log((now + 1) / (then + 1))) + _OF_RATING * F.tanh(damped)


VIEWS = (
    View(
        "trending",
        "a film and a window of days",
        TRENDING,
        trending,
        ("film_id", "window_days"),
        (("window_days", "-trend_score"), ("film_id", "window_days")),
    ),
)
