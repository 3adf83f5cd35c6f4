"""`franchises` and `franchise_effect`: films TMDB files under a collection, against films that stand alone.

`franchises` has one row a collection, told apart by its name; a collection with one film in the catalog is one.
`franchise_effect` has one row a measure. A film is of a franchise when it has a collection, however many of its films
are in the catalog, and stands alone otherwise. The difference of the means comes with Welch's 95 % interval (1947),
which takes neither equal sizes nor equal variances. Money, roi and popularity are heavy-tailed, so a few films rule
their means: there `ratio` compares the geometric means (for roi of revenue by budget), again with Welch's interval, on
the logarithm. It describes; films are not put into franchises by lot.

Nulls: a mean, median or roi is null where no film has the figure, a year without a dated film. Zero budgets, revenues
and popularities are unknown to the logarithm. Ratings count from MIN_VOTES votes on. Difference, ratio and intervals
are null when either group has fewer than two values; when neither group varies the interval is the difference itself.
The ratio of ratings is null. Without films `franchises` is empty and the effect has its five rows with counts of 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType
from scipy.special import stdtrit

from spark_jobs.schemas.fields import DOUBLE, INT, LONG, STRING, column
from spark_jobs.views.measures import DIGITS, columns, mean, mean_of_whole, median, sound_rating, total
from spark_jobs.views.view import Inputs, View

CONFIDENCE = 0.95
FRANCHISES = StructType(
    [
        column("collection", STRING, "franchise TMDB files the films under"),
        column("films", LONG, "films"),
        column("revenue_total", LONG, "US dollars, of the films whose revenue is known"),
        column("revenue_mean", DOUBLE, "US dollars, of the films whose revenue is known"),
        column("budget_mean", DOUBLE, "US dollars, of the films whose budget is known"),
        column("roi_mean", DOUBLE, "mean of the films' roi, no unit"),
        column("rating_mean", DOUBLE, "mean rating of the films with 10 votes or more, 0 to 10"),
        column("popularity_mean", DOUBLE, "mean TMDB popularity, no unit"),
        column("first_year", INT, "year of the first dated film"),
        column("last_year", INT, "year of the last dated film"),
    ]
)


def _side(who: str, text: str) -> list[StructField]:
    return [
        column(f"{who}_n", LONG, f"{text} whose measure is known"),
        column(f"{who}_mean", DOUBLE, f"mean of {text}"),
        column(f"{who}_median", DOUBLE, f"median of {text}"),
    ]


EFFECT = StructType(
    [
        column("measure", STRING, "revenue and budget (US dollars), roi, rating, popularity"),
        *_side("franchise", "films of franchises"),
        *_side("standalone", "films that stand alone"),
        column("difference", DOUBLE, "mean of franchise films minus mean of standalone films"),
        column("difference_low", DOUBLE, "lower end of its 95 % interval (Welch)"),
        column("difference_high", DOUBLE, "upper end of its 95 % interval (Welch)"),
        column(
            "ratio", DOUBLE, "geometric mean of franchise films by that of standalone films; null for rating"
        ),
        column("ratio_low", DOUBLE, "lower end of its 95 % interval (Welch on the logarithm)"),
        column("ratio_high", DOUBLE, "upper end of its 95 % interval (Welch on the logarithm)"),
    ]
)


class Sample(NamedTuple):
    """Size, mean and variance (n - 1) of some values; the last two say nothing when n is too small."""

    n: int
    mean: float
    var: float


MEASURES = ("revenue", "roi", "rating", "budget", "popularity")


def franchises(inputs: Inputs) -> DataFrame:
    """Rows of FRANCHISES."""
    filed = inputs.movies.where("collection IS NOT NULL").groupBy("collection")
    found = filed.agg(
        F.count("*").alias("films"),
        total("revenue").alias("revenue_total"),
        mean_of_whole("revenue").alias("revenue_mean"),
        mean_of_whole("budget").alias("budget_mean"),
        mean("roi").alias("roi_mean"),
        mean(sound_rating()).alias("rating_mean"),
        mean("popularity").alias("popularity_mean"),
        F.min("release_year").alias("first_year"),
        F.max("release_year").alias("last_year"),
    )
    return columns(found, FRANCHISES)


def franchise_effect(inputs: Inputs) -> DataFrame:
    """Rows of EFFECT, from two rows of sums that come to the driver."""
    is_filed = F.col("collection").isNotNull().alias("is_filed")
    sums = [aggregate for name in MEASURES for aggregate in _moments(name)]
    rows = inputs.movies.groupBy(is_filed).agg(*sums).collect()
    return inputs.movies.sparkSession.createDataFrame(effects(row.asDict() for row in rows), EFFECT)


def _moments(name: str) -> list[Column]:
    """n, mean, var and median of a measure, and n, mean and var of its logarithm."""
    value = (sound_rating() if name == "rating" else F.col(name)).cast("double")
    above_zero = F.col("revenue") / F.col("budget") if name == "roi" else value
    on_log = F.when(above_zero > 0, F.log(above_zero))
    plain = {"n": F.count(value), "mean": F.avg(value), "var": F.var_samp(value), "median": median(value)}
    logs = {"log_n": F.count(on_log), "log_mean": F.avg(on_log), "log_var": F.var_samp(on_log)}
    return [found.alias(f"{name}_{part}") for part, found in (plain | logs).items()]


def effects(groups: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of EFFECT from the moments of at most two groups, told apart by `is_filed`."""
    by_kind = {group["is_filed"]: group for group in groups}
    films, others = by_kind.get(True, {}), by_kind.get(False, {})
    return [_effect(name, films, others) for name in MEASURES]


def _effect(name: str, films: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(EFFECT.fieldNames()) | {"measure": name}
    for who, group in (("franchise", films), ("standalone", others)):
        row[f"{who}_n"] = group.get(f"{name}_n", 0)
        row |= {f"{who}_{part}": _rounded(group.get(f"{name}_{part}")) for part in ("mean", "median")}
    row |= _interval("difference", welch(*(_sample(group, name) for group in (films, others))))
    if name != "rating":
        on_log = welch(*(_sample(group, f"{name}_log") for group in (films, others)))
        row |= _interval("ratio", on_log and tuple(math.exp(value) for value in on_log))
    return row


def _interval(name: str, found: tuple[float, ...] | None) -> dict[str, float | None]:
    parts = (name, f"{name}_low", f"{name}_high")
    return dict(zip(parts, map(_rounded, found or (None,) * 3), strict=True))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def _sample(group: Mapping[str, Any], name: str) -> Sample:
    return Sample(*(group.get(f"{name}_{part}") or 0 for part in Sample._fields))


def welch(one: Sample, other: Sample) -> tuple[float, float, float] | None:
    """Difference of two means and the ends of its interval; None when either has fewer than two values."""
    if one.n < 2 or other.n < 2:
        return None
    difference = one.mean - other.mean
    parts = [(sample.var / sample.n, sample.n - 1) for sample in (one, other)]
    squared_error = sum(part for part, _ in parts)
    if squared_error == 0:
        return difference, difference, difference
    freedom = squared_error**2 / sum(part**2 / rest for part, rest in parts)
    reach = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * math.sqrt(squared_error)
    return difference, difference - reach, difference + reach


VIEWS = (
    View(
        "franchises", "a collection of films", FRANCHISES, franchises, ("collection",), (("-revenue_total",),)
    ),
    View(
        "franchise_effect",
        "a measure, of films of franchises against others",
        EFFECT,
        franchise_effect,
        ("measure",),
    ),
)
