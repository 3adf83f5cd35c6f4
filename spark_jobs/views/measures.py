"""Measures that several views share: exact totals, means and medians, ratios, growth, and which films count for what.

No figure depends on the order in which rows arrive: dollars are added as whole numbers, doubles as whole
millionths, and what is divided at the end is rounded to DIGITS. A total over 2^63 is null and fails no job.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, WindowSpec
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

DIGITS = 6
MIN_BUDGET = 10_000_000  # US dollars; below, a budget is too often a typing error for its roi to be ranked
MIN_VOTES = 10  # below, a rating is the taste of a few
_SCALE = 10**DIGITS


def columns(rows: DataFrame, schema: StructType) -> DataFrame:
    """Exactly the columns of a schema, in order, with its types and comments."""
    return rows.to(schema)


def to_the_day(movies: DataFrame) -> DataFrame:
    """Films whose whole release date is known: what views by month count."""
    return movies.where("release_date_precision = 'day'")


def sound_roi() -> Column:
    """A film's `roi` where its budget is MIN_BUDGET or more; null elsewhere."""
    return F.when(F.col("budget") >= MIN_BUDGET, F.col("roi"))


def sound_rating() -> Column:
    """A film's `rating` where it has MIN_VOTES or more; null elsewhere."""
    return F.when(F.col("vote_count") >= MIN_VOTES, F.col("rating"))


def total(value: Column | str) -> Column:
    """Aggregate: sum of whole numbers; null when none is known."""
    return F.try_sum(value)


def mean(value: Column | str) -> Column:
    """Aggregate: mean of known values, exact to a millionth; null when none is known."""
    scaled = F.rint(_column(value) * _SCALE).try_cast("bigint")
    return F.round(F.try_divide(F.try_sum(scaled), F.count(scaled) * _SCALE), DIGITS)


def mean_of_whole(value: Column | str, over: WindowSpec | None = None) -> Column:
    """Aggregate (or over a window): mean of whole numbers too large for millionths, such as dollars."""
    amount, count = F.try_sum(value), F.count(value)
    if over is not None:
        amount, count = amount.over(over), count.over(over)
    return F.round(F.try_divide(amount, count), DIGITS)


def median(value: Column | str) -> Column:
    """Aggregate: the exact median, of two middle values their mean. Its memory grows with the distinct values."""
    return F.round(F.median(value), DIGITS)


def ratio(part: Column | str, whole: Column | str) -> Column:
    """Part by whole; null when either is unknown or the whole is zero."""
    return F.round(F.try_divide(_column(part).cast("double"), _column(whole).cast("double")), DIGITS)


def growth(now: Column | str, before: Column | str) -> Column:
    """Relative change, 0.1 for a tenth more; null when either is unknown or `before` is zero."""
    change = _column(now).cast("double") - _column(before).cast("double")
    return F.round(F.try_divide(change, _column(before).cast("double")), DIGITS)


def growth_since(name: str, before: WindowSpec) -> Column:
    """Growth of a column against its one row in the frame of `before`; null when there is none."""
    return growth(name, F.max(name).over(before))


def likeliest_first(value: Column, by: str = "probability") -> Column:
    """Aggregate: values as a list, those of the highest probability first, equal ones by their release ids."""
    placed = F.struct((-F.col(by)).alias("down"), "release_id", value.alias("value"))
    return F.array_sort(F.collect_list(placed))["value"]


def _column(value: Column | str) -> Column:
    return F.col(value) if isinstance(value, str) else value
