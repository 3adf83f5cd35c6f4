"""Values far out for a film's decade: flagged, never removed.

Tukey's outer fences (three times the interquartile range beyond the quartiles), on the logarithm for columns that
span magnitudes, within the film's decade. A decade with fewer than MIN_FILMS values has no fences.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.schemas.silver import decade

COLUMNS = ("budget", "revenue", "popularity", "runtime_min")
_LOGARITHMIC = frozenset({"budget", "revenue", "popularity"})
MIN_FILMS = 30
REACH = 3.0
_ACCURACY = 1000
Fences = dict[str, dict[int, tuple[float, float]]]
"""Lowest and highest value that is not far out, by column and decade."""


def quartiles(films: DataFrame) -> list[dict[str, Any]]:
    """Of each `decade`: the quartiles and the number of values of each column."""
    found = []
    for name in COLUMNS:
        value = F.when(F.col(name) > 0, F.col(name).cast("double"))
        both = F.percentile_approx(value, [0.25, 0.75], _ACCURACY)
        found += [both.alias(f"quartiles:{name}"), F.count(value).alias(f"count:{name}")]
    return [row.asDict() for row in films.groupBy(decade().alias("decade")).agg(*found).collect()]


def fences(rows: Iterable[Mapping[str, Any]]) -> Fences:
    """Fences from rows of `quartiles`."""
    found: Fences = {name: {} for name in COLUMNS}
    for row in rows:
        for name in COLUMNS:
            if row["decade"] is not None and row[f"count:{name}"] >= MIN_FILMS:
                low, high = row[f"quartiles:{name}"]
                found[name][row["decade"]] = _fence(low, high, is_logarithmic=name in _LOGARITHMIC)
    return found


def _fence(low: float, high: float, *, is_logarithmic: bool) -> tuple[float, float]:
    if is_logarithmic:
        reach = REACH * math.log(high / low)
        return low * math.exp(-reach), high * math.exp(min(reach, 500.0))
    return low - REACH * (high - low), high + REACH * (high - low)


def flags(found: Fences) -> Column:
    """Names of the columns whose value lies outside of its decade's fences."""
    named = [
        F.when(_is_far_out(name, by_decade), F.lit(name)) for name, by_decade in found.items() if by_decade
    ]
    return F.array_compact(F.array(*named)) if named else F.array().cast("array<string>")


def _is_far_out(name: str, by_decade: dict[int, tuple[float, float]]) -> Column:
    pairs = [F.lit(x) for at, fence in sorted(by_decade.items()) for x in (at, list(fence))]
    fence = F.try_element_at(F.create_map(*pairs), decade())
    value = F.col(name)
    return (value > 0) & ((value < fence[0]) | (value > fence[1]))
