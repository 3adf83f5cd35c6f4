"""Genres over time, by month and by year.

* A film counts fully in each of its genres, so films and revenue of genres add up to more than those of all films.
  A film without a genre or without a year is in no row, and one whose whole date is not known in none by month.
  Genres and periods without a film have no row.
* Revenue and budget are of the films whose money is known (silver has null where it is zero); null when none is.
* The share of the market is the genre's revenue by that of all genres in the same period, each film counted once a
  genre: the shares of a period add up to 1. Null when the genre's revenue is.
* Ratings count as they are, whatever their votes. Medians are exact: of one film its own, of two their mean.
* Top films: highest revenue, then (and where it is unknown) popularity, then film_id. Top directors: highest revenue of
  their films in the row, then most films, then name. At most TOP of each, fewer where there are fewer.
* Growth is null when the year before has no row, or nothing or nothing known to grow from.
* Empty inputs give empty tables.

A task's memory holds the films of one genre and year at a time.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StructField, StructType

from spark_jobs.schemas.fields import DOUBLE, INT, LONG, STRING, column
from spark_jobs.views.measures import columns, growth_since, mean, median, ratio, to_the_day, total
from spark_jobs.views.view import Inputs, View

TOP = 3
TOP_FILM = StructType(
    [
        StructField("film_id", LONG),
        StructField("title", STRING),
        StructField("revenue", LONG),
        StructField("popularity", DOUBLE),
    ]
)
TOP_DIRECTOR = StructType(
    [StructField("name", STRING), StructField("films", LONG), StructField("revenue", LONG)]
)
_GENRE = column("genre", STRING, "TMDB genre")
_YEAR = column("release_year", INT, "year of release")
_FIGURES = (
    column("films", LONG, "films of the genre"),
    column("mean_rating", DOUBLE, "mean rating of its films, 0 to 10; null when none is known"),
    column("median_rating", DOUBLE, "exact median rating of its films, 0 to 10; null when none is known"),
    column("revenue", LONG, "US dollars, of films whose revenue is known; null when none is"),
    column("budget", LONG, "US dollars, of films whose budget is known; null when none is"),
    column(
        "mean_sentiment", DOUBLE, "mean overview_sentiment of its films, -1 to 1; null when none is known"
    ),
    column(
        "market_share", DOUBLE, "its revenue by that of all genres in the period, 0 to 1; null when unknown"
    ),
    column("top_films", ArrayType(TOP_FILM), f"up to {TOP} films of the highest revenue, then popularity"),
    column(
        "top_directors", ArrayType(TOP_DIRECTOR), f"up to {TOP} directors of the highest revenue, then films"
    ),
)
_MONTH = column("release_month", INT, "month of release, 1 to 12")
GENRE_TRENDS = StructType([_GENRE, _YEAR, _MONTH, *_FIGURES])
GENRE_YEARS = StructType(
    [
        *[_GENRE, _YEAR, *_FIGURES],
        column(
            "films_growth",
            DOUBLE,
            "change of films against the year before, 0.1 for a tenth more; null without",
        ),
        column(
            "revenue_growth", DOUBLE, "change of revenue against the year before; null when either is unknown"
        ),
    ]
)


def genre_trends(inputs: Inputs) -> DataFrame:
    """Rows of GENRE_TRENDS."""
    return columns(_trends(to_the_day(inputs.movies), ["release_year", "release_month"]), GENRE_TRENDS)


def genre_years(inputs: Inputs) -> DataFrame:
    """Rows of GENRE_YEARS."""
    year_before = Window.partitionBy("genre").orderBy("release_year").rangeBetween(-1, -1)
    grown = {f"{name}_growth": growth_since(name, year_before) for name in ("films", "revenue")}
    return columns(_trends(inputs.movies, ["release_year"]).withColumns(grown), GENRE_YEARS)


def _trends(movies: DataFrame, period: list[str]) -> DataFrame:
    """Rows of a genre and period with the columns of _FIGURES."""
    grain = ["genre", *period]
    films = movies.where("release_year IS NOT NULL").withColumn("genre", F.explode("genres"))
    figures = films.groupBy(*grain).agg(
        F.count("*").alias("films"),
        mean("rating").alias("mean_rating"),
        median("rating").alias("median_rating"),
        total("revenue").alias("revenue"),
        total("budget").alias("budget"),
        mean("overview_sentiment").alias("mean_sentiment"),
        _first(_film(), "film").alias("top_films"),
    )
    of_all = total("revenue").over(Window.partitionBy(*period))
    shared = figures.withColumn("market_share", ratio(F.col("revenue"), of_all))
    joined = shared.join(_top_directors(films, grain), grain, "left")
    return joined.withColumn(
        "top_directors", F.coalesce("top_directors", F.array().cast(ArrayType(TOP_DIRECTOR)))
    )


def _film() -> Column:
    """A film behind what it is ordered by."""
    by_revenue = F.coalesce(-F.col("revenue"), F.lit(0))
    by_popularity = F.coalesce(-F.col("popularity"), F.lit(1.0))
    shown = F.struct(*TOP_FILM.fieldNames()).alias("film")
    return F.struct(by_revenue.alias("r"), by_popularity.alias("p"), "film_id", shown)


def _top_directors(films: DataFrame, grain: list[str]) -> DataFrame:
    of_director = (
        films.withColumn("name", F.explode("directors"))
        .groupBy(*grain, "name")
        .agg(F.count("*").alias("films"), total("revenue").alias("revenue"))
    )
    by_revenue = F.coalesce(-F.col("revenue"), F.lit(0))
    shown = F.struct(*TOP_DIRECTOR.fieldNames()).alias("director")
    director = F.struct(by_revenue.alias("r"), (-F.col("films")).alias("n"), "name", shown)
    return of_director.groupBy(*grain).agg(_first(director, "director").alias("top_directors"))


def _first(item: Column, shown: str) -> Column:
    """Aggregate: the field `shown` of the TOP smallest structs."""
    return F.slice(F.array_sort(F.collect_list(item)), 1, TOP)[shown]


VIEWS = (
    View(
        "genre_trends",
        "a genre in a month",
        GENRE_TRENDS,
        genre_trends,
        ("genre", "release_year", "release_month"),
        (("genre", "release_year", "release_month"),),
    ),
    View(
        "genre_years",
        "a genre in a year",
        GENRE_YEARS,
        genre_years,
        ("genre", "release_year"),
        (("genre", "release_year"),),
    ),
)
