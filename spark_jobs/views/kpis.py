"""The headline numbers of a run: one row a figure, in the order of `place`.

Counts of an empty table are 0; shares, means and medians of nothing are null, and so are totals of unknown money
(silver has null where it is zero). Medians are exact, of two middle values their mean, of a single one itself. A record
is matched to one film at most, so ties do not arise. A date is written as a number: 20261120 is 20 November 2026. Films
without a date count as not released.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs.schemas.fields import DOUBLE, INT, STRING, column
from spark_jobs.views.measures import (
    DIGITS,
    MIN_BUDGET,
    MIN_VOTES,
    columns,
    mean,
    median,
    ratio,
    sound_rating,
    sound_roi,
    total,
)
from spark_jobs.views.view import Inputs, View

KPIS = StructType(
    [
        column("place", INT, "order to show the figures in, from 1"),
        column("name", STRING, "name of the figure"),
        column("value", DOUBLE, "the figure, in its unit; null when there is nothing to make it of"),
        column("unit", STRING, "films, releases, matches, reviews, USD, ratio, points, share or YYYYMMDD"),
        column("what", STRING, "what the figure says, in one sentence"),
    ]
)


class Figure(NamedTuple):
    """A headline number by the name of its column in `_numbers`, and how to read it."""

    name: str
    unit: str
    what: str


FIGURES = (
    Figure("films", "films", "Films in the catalog."),
    Figure("released_films", "films", "Films released by the day of the run."),
    Figure("newest_release_date", "YYYYMMDD", "Date of the newest film released by the day of the run."),
    Figure("films_with_money", "films", "Films whose revenue and budget are both known."),
    Figure("total_revenue", "USD", "Revenue of all films whose revenue is known."),
    Figure("total_budget", "USD", "Budget of all films whose budget is known."),
    Figure("total_profit", "USD", "Revenue minus budget of the films with both."),
    Figure("median_roi", "ratio", f"Median profit by budget, of budgets from {MIN_BUDGET:,} dollars."),
    Figure("mean_rating", "points", f"Mean rating, 0 to 10, of films with {MIN_VOTES} votes or more."),
    Figure("reviews", "reviews", "Reviews of films."),
    Figure("mean_review_sentiment", "points", "Mean sentiment of reviews, -1 to 1."),
    Figure("releases", "releases", "Records in the catalog."),
    Figure("matches", "matches", "Records matched to a film."),
    Figure("share_of_releases_matched", "share", "Records matched to a film, by all records."),
    Figure("strong_share", "share", "Matches in the band strong, by all matches."),
    Figure("ambiguous_share", "share", "Matches with a rival nearly as likely, by all matches."),
    Figure("mean_probability", "share", "Mean probability of a match."),
    Figure("films_with_soundtrack", "films", "Films with at least one record."),
    Figure("share_of_films_with_soundtrack", "share", "Films with at least one record, by all films."),
    Figure("median_releases_a_film", "releases", "Median records of a film that has any."),
)


def kpis(inputs: Inputs) -> DataFrame:
    """Rows of KPIS."""
    rows = [
        F.struct(
            F.lit(place).alias("place"),
            F.lit(figure.name).alias("name"),
            F.col(figure.name).cast("double").alias("value"),
            F.lit(figure.unit).alias("unit"),
            F.lit(figure.what).alias("what"),
        )
        for place, figure in enumerate(FIGURES, 1)
    ]
    return columns(_numbers(inputs).select(F.inline(F.array(*rows))), KPIS)


def _numbers(inputs: Inputs) -> DataFrame:
    """One row with a column for each figure."""
    row = (
        inputs.movies.agg(*_of_films(inputs.as_of))
        .crossJoin(
            inputs.reviews.agg(
                F.count("*").alias("reviews"), mean("sentiment").alias("mean_review_sentiment")
            )
        )
        .crossJoin(inputs.releases.agg(F.count("*").alias("releases")))
        .crossJoin(_of_matches(inputs.matches))
    )
    shares = {
        "share_of_releases_matched": ("matches", "releases"),
        "strong_share": ("strong", "matches"),
        "ambiguous_share": ("ambiguous", "matches"),
        "share_of_films_with_soundtrack": ("films_with_soundtrack", "films"),
    }
    return row.withColumns({name: ratio(part, whole) for name, (part, whole) in shares.items()})


def _of_films(as_of: datetime) -> list[Column]:
    is_released = F.coalesce(F.col("release_date") <= F.lit(as_of.date()), F.col("release_year") < as_of.year)
    newest = F.max(F.when(is_released, F.col("release_date")))
    return [
        F.count("*").alias("films"),
        F.count_if(is_released).alias("released_films"),
        F.date_format(newest, "yyyyMMdd").cast("int").alias("newest_release_date"),
        F.count("profit").alias("films_with_money"),
        *[total(name).alias(f"total_{name}") for name in ("revenue", "budget", "profit")],
        median(sound_roi()).alias("median_roi"),
        mean(sound_rating()).alias("mean_rating"),
    ]


def _of_matches(matches: DataFrame) -> DataFrame:
    """One row, from one row a film, because of the median."""
    millionths = F.rint(F.col("probability") * 10**DIGITS).cast("bigint")
    films = matches.groupBy("film_id").agg(
        F.count("*").alias("matches"),
        F.count_if(F.col("band") == "strong").alias("strong"),
        F.count_if("is_ambiguous").alias("ambiguous"),
        F.sum(millionths).alias("millionths"),
    )
    counts = [F.coalesce(F.sum(name), F.lit(0)).alias(name) for name in ("matches", "strong", "ambiguous")]
    return films.agg(
        *counts,
        ratio(F.sum("millionths") / 10**DIGITS, F.sum("matches")).alias("mean_probability"),
        F.count("*").alias("films_with_soundtrack"),
        median("matches").alias("median_releases_a_film"),
    )


VIEWS = (View("kpis", "a headline number of the run", KPIS, kpis, ("name",), (("place",),)),)
