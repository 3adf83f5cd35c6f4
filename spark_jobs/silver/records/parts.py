"""Parts of a film's answer that were asked for and did not come: 'not answered' is not 'none'.

TMDB leaves parts of an answer out now and then, or puts an error object in their place, and still answers 200. The
request says what was asked for; a part that nobody asked for is not missing.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

_LISTS = {
    "credits": ("cast", "crew"),
    "keywords": ("keywords",),
    "alternative_titles": ("titles",),
    "external_ids": (),
    "reviews": ("results",),
}
COLUMNS = {
    "credits": ("directors", "composers", "top_cast", "cast", "crew"),
    "keywords": ("keywords",),
    "alternative_titles": ("alternative_titles",),
    "external_ids": ("imdb_id",),
    "reviews": ("reviews", "review_scores"),
}
"""Columns of a typed film that are made of a part."""
_PART_OF = {name: part for part, names in COLUMNS.items() for name in names}


def missing() -> Column:
    """Names of the parts of a parsed answer (body: TMDB_DETAILS) that were asked for and are not there."""
    return F.array_compact(F.array(*[F.when(_is_missing(part), F.lit(part)) for part in COLUMNS]))


def of(name: str, value: Column) -> Column:
    """A column made of a part, named; null when the part is missing."""
    return F.when(~_is_missing(_PART_OF[name]), value).alias(name)


def _is_missing(part: str) -> Column:
    asked = F.array_contains(F.split(F.coalesce("asked_parts", F.lit("")), ","), part)
    return asked & (F.col("status") == 200) & ~_is_answered(f"body.{part}", _LISTS[part])


def _is_answered(path: str, lists: tuple[str, ...]) -> Column:
    has_list = [F.col(f"{path}.{name}").isNotNull() for name in lists] or [F.lit(True)]
    is_error = F.col(f"{path}.status_code").isNotNull() | F.coalesce(
        F.col(f"{path}.success") == "false", F.lit(False)
    )
    return F.col(path).isNotNull() & reduce(lambda one, other: one | other, has_list) & ~is_error
