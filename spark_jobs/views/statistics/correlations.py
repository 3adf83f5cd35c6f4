"""`correlations`: which measures of films go together, overall, by decade and by primary genre.

One row a group and pair of measures. Both coefficients are of the films with both measures known: Pearson's r, and
Spearman's rho, which is r of the ranks among exactly those films, ties sharing the mean of their ranks. Ratings count
from MIN_VOTES votes on. Money is heavy-tailed: rho says more there than r.

Nulls and edge cases: both are null below 3 films, or when either measure is the same for all of them. A group of one
film thus has rows, with n of 0 or 1 and nulls. Films without a date are in no decade, those without a genre in no
genre. Without films there are no rows. Rounded to 6 digits. Sizes: films_by_group.py.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from spark_jobs.schemas.fields import DOUBLE, LONG, STRING, column
from spark_jobs.views.measures import DIGITS, columns
from spark_jobs.views.statistics.films_by_group import GROUP, MEASURES, Values, of_groups
from spark_jobs.views.view import Inputs, View

MIN_FILMS = 3
CORRELATIONS = StructType(
    [
        *GROUP,
        column("measure_a", STRING, "first measure, a column of movies"),
        column("measure_b", STRING, "second measure, a column of movies"),
        column("n", LONG, "films with both known"),
        column("pearson", DOUBLE, "Pearson's r, -1 to 1; null below 3 films or without variation"),
        column("spearman", DOUBLE, "Spearman's rho, -1 to 1; null below 3 films or without variation"),
    ]
)


def correlations(inputs: Inputs) -> DataFrame:
    """Rows of CORRELATIONS."""
    return columns(of_groups(inputs.movies, correlate, CORRELATIONS), CORRELATIONS)


def correlate(values: Values) -> list[dict[str, Any]]:
    """measure_a, measure_b, n, pearson and spearman of every pair of measures."""
    codes = {name: np.unique(values[name], return_inverse=True)[1] for name in MEASURES}
    known = {name: ~np.isnan(values[name]) for name in MEASURES}
    rows = []
    for one, other in combinations(MEASURES, 2):
        both = known[one] & known[other]
        pearson = coefficient(values[one][both], values[other][both])
        spearman = coefficient(average_ranks(codes[one][both]), average_ranks(codes[other][both]))
        found = {"n": int(both.sum()), "pearson": pearson, "spearman": spearman}
        rows.append({"measure_a": one, "measure_b": other, **found})
    return rows


def average_ranks(codes: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Ranks from 1 of values given as small whole numbers in their order; ties get the mean of their ranks."""
    counts = np.bincount(codes)
    ranks: npt.NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[codes]
    return ranks


def coefficient(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float | None:
    """Pearson's r; None below MIN_FILMS values or without variation."""
    if len(one) < MIN_FILMS or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    one, other = one - one.mean(), other - other.mean()
    r = float(one @ other / np.sqrt(one @ one) / np.sqrt(other @ other))
    return round(min(1.0, max(-1.0, r)), DIGITS)


VIEWS = (
    View(
        "correlations",
        "two measures of films in a group",
        CORRELATIONS,
        correlations,
        ("grouping", "group", "measure_a", "measure_b"),
        (("grouping", "group", "measure_a"),),
    ),
)
