"""`distributions`: how the measures of films are spread, overall, by decade and by primary genre.

One row a group and measure, of the films of the group whose measure is known. Percentiles are exact, between two values
in proportion (the usual definition 7 of Hyndman and Fan 1996). sd is the sample's, n - 1. Ratings count from MIN_VOTES
votes on.

Nulls and edge cases: with no known value n is 0 and all else null; with one, sd is null and all else that value. Films
without a date are in no decade, those without a genre in no genre. Without films there are no rows. Rounded to
6 digits. Sizes: films_by_group.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from spark_jobs.schemas.fields import DOUBLE, LONG, STRING, column
from spark_jobs.views.measures import DIGITS, columns
from spark_jobs.views.statistics.films_by_group import GROUP, MEASURES, Values, of_groups
from spark_jobs.views.view import Inputs, View

PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
DISTRIBUTIONS = StructType(
    [
        *GROUP,
        column("measure", STRING, "a column of movies; its unit is that column's"),
        column("n", LONG, "films whose measure is known"),
        column("mean", DOUBLE, "mean; null when n is 0, as all that follows"),
        column("sd", DOUBLE, "standard deviation of the sample; null below two films"),
        column("min", DOUBLE, "smallest value"),
        *[column(f"p{p}", DOUBLE, f"value that {p} % of the films stay below") for p in PERCENTILES],
        column("max", DOUBLE, "largest value"),
    ]
)


def distributions(inputs: Inputs) -> DataFrame:
    """Rows of DISTRIBUTIONS."""
    return columns(of_groups(inputs.movies, describe, DISTRIBUTIONS), DISTRIBUTIONS)


def describe(values: Values) -> list[dict[str, Any]]:
    """measure, n and the figures of every measure."""
    return [{"measure": name} | _figures(values[name][~np.isnan(values[name])]) for name in MEASURES]


def _figures(known: Any) -> dict[str, Any]:
    if not len(known):
        return {"n": 0}
    inner = zip((f"p{p}" for p in PERCENTILES), np.percentile(known, PERCENTILES), strict=True)
    found = {"mean": known.mean(), "min": known.min(), **dict(inner), "max": known.max()}
    if len(known) > 1:
        found["sd"] = known.std(ddof=1)
    return {"n": len(known)} | {name: round(float(value), DIGITS) for name, value in found.items()}


VIEWS = (
    View(
        "distributions",
        "a measure of films in a group",
        DISTRIBUTIONS,
        distributions,
        ("grouping", "group", "measure"),
        (("grouping", "group", "measure"),),
    ),
)
