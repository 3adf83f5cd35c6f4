"""The figures of films over time: silver keeps versions for some days, so gold keeps what changed.

One row is a film and a day on which its popularity, rating or vote count were seen to differ from before.

* The day of an observation is the day its answer was fetched, not the day of the run: rows that an incremental run
  carries over were not seen again. A film never fetched (`fetched_at` null) has no observation.
* Of two observations on a day the later one counts. An unchanged observation adds no row; unknown to known, and known
  to unknown, are changes.
* Rows are kept KEPT_DAYS, and the newest older row of each film beyond, so that the figures as they stood on any day
  within are known. Every film seen has at least one row.
* The same run again changes nothing. With one input empty, the rows are those of the other.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import DateType, StructType

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.schemas.fields import DOUBLE, FILM_ID, LONG, column

KEPT_DAYS = 400
ROW = "a film and a day on which its figures changed"
FILM_HISTORY = StructType(
    [
        FILM_ID,
        column("observed_on", DateType(), "day on which the figures were seen, UTC"),
        column("popularity", DOUBLE, "TMDB popularity, no unit; null when unknown"),
        column("rating", DOUBLE, "mean vote, 0 to 10; null when unknown"),
        column("vote_count", LONG, "number of votes; null when unknown"),
    ]
)
TABLE = TableDefinition(
    "gold", "film_history", ROW, FILM_HISTORY, key="film_id", required=("film_id", "observed_on")
)
_FIGURES = ("popularity", "rating", "vote_count")


def film_history(before: DataFrame, movies: DataFrame, as_of: datetime) -> DataFrame:
    """Rows of FILM_HISTORY: those before the run, and what silver `movies` adds; `as_of` is the run's time."""
    rows = _kept(before, is_new=False).unionByName(_kept(_observed(movies), is_new=True))
    # Filters keep the order of rows, so the three windows share one shuffle and one sort.
    in_time = Window.partitionBy("film_id").orderBy("observed_on", "is_new")
    next_day = F.lead("observed_on").over(in_time)
    last_of_day = rows.withColumn("next_day", next_day).where(
        ~F.col("next_day").eqNullSafe(F.col("observed_on"))
    )
    before_it = F.lag(F.struct(*_FIGURES)).over(in_time)
    changed = last_of_day.withColumn("before_it", before_it).where(_differs("before_it"))
    limit = F.lit((as_of - timedelta(days=KEPT_DAYS)).date())
    is_needed = F.col("next_day").isNull() | (F.col("next_day") > limit)
    return changed.withColumn("next_day", next_day).where(is_needed).select(FILM_HISTORY.fieldNames())


def _observed(movies: DataFrame) -> DataFrame:
    day = F.to_date("fetched_at").alias("observed_on")
    return movies.where("fetched_at IS NOT NULL").select("film_id", day, *_FIGURES)


def _kept(rows: DataFrame, *, is_new: bool) -> DataFrame:
    return rows.select(*FILM_HISTORY.fieldNames(), F.lit(is_new).alias("is_new"))


def _differs(name: str) -> Column:
    """Whether any figure differs from those in a struct; true where there is none."""
    same = [F.col(figure).eqNullSafe(F.col(f"{name}.{figure}")) for figure in _FIGURES]
    return F.col(name).isNull() | ~(same[0] & same[1] & same[2])
