"""Films over the calendar: by year, by month, and which months are good to release in.

* Only films with a release year count, and by month only those whose whole date is known: 1 January stands for its
  year. Periods without one have no row. Films dated after the run are in the trends, as planned releases.
* Revenue is of films whose revenue is known (silver has null where it is zero); null when none is.
* Growth is against the year before, for a month against the same month of the year before. It is null when that has
  no row, or nothing or nothing known to grow from.
* Rolling means look at the ROLLING_YEARS years, or ROLLING_MONTHS months, of the calendar that end with the row. A
  period without a row, or without revenue, is left out of the mean: not counted as zero, nor replaced by an older one.
* `release_windows` looks at whole years only, those before the run's own, and has one row for each of the twelve
  months of the calendar, whatever the data. An index is the month's mean a year against that of an average month: 12
  times the month's share of the year, 1 for no season; null when there is nothing to share. `film_revenue_index` is
  what a film of the month earns (mean revenue of films whose revenue is known) by what films of all months earn. Ranks
  go from the highest revenue_index; equal ones share a rank, null has none.
* Empty inputs give empty trends and twelve windows of zero films.

Windows without a partition see one row a period, some thousands at most: never films.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

from spark_jobs.schemas.fields import DOUBLE, INT, LONG, column
from spark_jobs.views.measures import columns, growth_since, mean, mean_of_whole, ratio, to_the_day, total
from spark_jobs.views.view import Inputs, View

ROLLING_YEARS, ROLLING_MONTHS = 3, 12
_MONTHS = 12
_YEAR = column("release_year", INT, "year of release")
_MONTH = column("release_month", INT, "month of release, 1 to 12")


def _figures(before: str, rolling: str) -> list[StructField]:
    return [
        column("releases", LONG, "films released"),
        column("films_with_revenue", LONG, "of them, those whose revenue is known"),
        column("revenue", LONG, "US dollars, of films whose revenue is known; null when none is"),
        column("mean_rating", DOUBLE, "mean rating of the films, 0 to 10; null when none is known"),
        column(
            "releases_growth",
            DOUBLE,
            f"change of releases against {before}, 0.1 for a tenth more; null without",
        ),
        column("revenue_growth", DOUBLE, f"change of revenue against {before}; null when either is unknown"),
        column("rolling_releases", DOUBLE, f"mean releases of the last {rolling} that have films"),
        column(
            "rolling_revenue", DOUBLE, f"mean revenue of the last {rolling} that have revenue, US dollars"
        ),
    ]


YEARLY_TRENDS = StructType([_YEAR, *_figures("the year before", f"{ROLLING_YEARS} years")])
MONTHLY_TRENDS = StructType(
    [_YEAR, _MONTH, *_figures("the same month a year before", f"{ROLLING_MONTHS} months")]
)
RELEASE_WINDOWS = StructType(
    [
        column("release_month", INT, "month of the calendar, 1 to 12"),
        column("releases", LONG, "films released in this month of all whole years"),
        column("revenue", LONG, "US dollars, of films whose revenue is known; null when none is"),
        column("mean_film_revenue", DOUBLE, "US dollars a film whose revenue is known; null when none is"),
        column("releases_index", DOUBLE, "mean releases of this month by those of an average month"),
        column("revenue_index", DOUBLE, "mean revenue of this month by that of an average month"),
        column("film_revenue_index", DOUBLE, "mean_film_revenue by that of films of all months"),
        column("rank", INT, "place by revenue_index, from 1; null when that is"),
    ]
)


def yearly_trends(inputs: Inputs) -> DataFrame:
    """Rows of YEARLY_TRENDS."""
    years = _counted(inputs.movies, ["release_year"]).withColumn("period", F.col("release_year"))
    return columns(_over_time(years, 1, ROLLING_YEARS), YEARLY_TRENDS)


def monthly_trends(inputs: Inputs) -> DataFrame:
    """Rows of MONTHLY_TRENDS."""
    period = F.col("release_year") * _MONTHS + F.col("release_month")
    months = _counted(to_the_day(inputs.movies), ["release_year", "release_month"]).withColumn(
        "period", period
    )
    return columns(_over_time(months, _MONTHS, ROLLING_MONTHS), MONTHLY_TRENDS)


def _counted(movies: DataFrame, grain: list[str]) -> DataFrame:
    return (
        movies.where("release_year IS NOT NULL")
        .groupBy(*grain)
        .agg(
            F.count("*").alias("releases"),
            F.count("revenue").alias("films_with_revenue"),
            total("revenue").alias("revenue"),
            mean("rating").alias("mean_rating"),
        )
    )


def _over_time(rows: DataFrame, year: int, rolling: int) -> DataFrame:
    """Growth and rolling means of rows numbered by `period`, of which a year has `year`."""
    before, last = _periods(-year, -year), _periods(1 - rolling, 0)
    return rows.withColumns(
        {
            "releases_growth": growth_since("releases", before),
            "revenue_growth": growth_since("revenue", before),
            "rolling_releases": mean_of_whole("releases", last),
            "rolling_revenue": mean_of_whole("revenue", last),
        }
    )


def _periods(first: int, last: int) -> WindowSpec:
    return Window.orderBy("period").rangeBetween(first, last)


def release_windows(inputs: Inputs) -> DataFrame:
    """Rows of RELEASE_WINDOWS."""
    past = _counted(
        to_the_day(inputs.movies).where(F.col("release_year") < inputs.as_of.year), ["release_month"]
    )
    calendar = inputs.movies.sparkSession.range(1, _MONTHS + 1, numPartitions=1)
    months = calendar.select(F.col("id").cast("int").alias("release_month")).join(
        past, "release_month", "left"
    )
    whole = months.withColumn("releases", F.coalesce("releases", F.lit(0)))
    of_all = Window.partitionBy()
    earned = F.try_divide(total("revenue").over(of_all), F.sum("films_with_revenue").over(of_all))
    indexed = whole.withColumns(
        {
            "mean_film_revenue": ratio("revenue", "films_with_revenue"),
            "releases_index": _index("releases"),
            "revenue_index": _index("revenue"),
            "film_revenue_index": ratio(F.try_divide("revenue", "films_with_revenue"), earned),
        }
    )
    return columns(indexed.withColumn("rank", _rank("revenue_index")), RELEASE_WINDOWS)


def _index(name: str) -> Column:
    """Twelve times the month's share; the number of years cancels out."""
    return ratio(F.col(name).cast("double") * _MONTHS, total(name).over(Window.partitionBy()))


def _rank(name: str) -> Column:
    return F.when(F.col(name).isNotNull(), F.rank().over(Window.orderBy(F.desc(name))))


VIEWS = (
    View("yearly_trends", "a year", YEARLY_TRENDS, yearly_trends, ("release_year",)),
    View(
        "monthly_trends",
        "a month of a year",
        MONTHLY_TRENDS,
        monthly_trends,
        ("release_year", "release_month"),
        (("release_year", "release_month"),),
    ),
    View(
        "release_windows",
        "a month of the calendar, over all whole years",
        RELEASE_WINDOWS,
        release_windows,
        ("release_month",),
    ),
)
