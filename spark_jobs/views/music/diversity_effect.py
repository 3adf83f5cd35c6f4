"""`diversity_effect`: do films with more diverse soundtracks do better? Association only, raw and controlled.

One row an outcome and model. Outcomes: `popularity` (natural log of TMDB's popularity, which is above 0), `rating`
(mean vote, films of 10 votes or more), `revenue` (natural log of US dollars), `roi` (profit by budget, films of a
budget of 10 M dollars or more). Diversity is `effective_styles` of `soundtrack_diversity`. Models:

- `spearman`, `pearson`: correlation of outcome and effective styles; the interval is Fisher's, for Spearman with the
  variance of Bonett and Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman correlations"
  (2000).
- `controlled`: ordinary least squares on effective styles in standard deviations, with log budget, decade of release,
  log of 1 + votes, primary genre and log of the number of releases held; the interval and p are of Student's t with HC3
  standard errors, which hold under unequal variance (MacKinnon and White, 1985; statsmodels). Decades and genres of
  fewer than 5 films are one group. `estimate` is the change of the outcome that goes with one standard deviation more
  of effective styles.

Films: those with a match and a style, complete in all that the model needs; a film lacks what TMDB does not know of
it (0 dollars is unknown in silver). Too few films (under 30, or under 10 a coefficient), no spread, or columns that
determine each other give null figures, with n and the reason in `reading`. Ties have mean ranks. Without matches all
twelve rows are there, with n 0.

Size guard: the models run on the driver, on at most 200,000 films of ten numbers each; of more, those with the
smallest hash of their id.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NamedTuple

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs.schemas.fields import DOUBLE, LONG, STRING, column
from spark_jobs.schemas.silver import decade
from spark_jobs.views.measures import sound_rating, sound_roi
from spark_jobs.views.music.diversity import soundtrack_diversity
from spark_jobs.views.statistics.association import (
    GROUP_CONTROLS,
    NUMERIC_CONTROLS,
    Association,
    TooLittle,
    controlled,
    pearson,
    spearman,
)
from spark_jobs.views.view import Inputs, View

SCHEMA = StructType(
    [
        column("outcome", STRING, "popularity, rating, revenue or roi"),
        column("scale", STRING, "what the outcome is measured in"),
        column("model", STRING, "spearman, pearson or controlled"),
        column("n", LONG, "films the model was fitted on"),
        column(
            "estimate", DOUBLE, "correlation; if controlled, change of the outcome per standard deviation"
        ),
        column("low", DOUBLE, "lower end of the 95 % interval of estimate"),
        column("high", DOUBLE, "upper end of the 95 % interval of estimate"),
        column("p", DOUBLE, "two-sided p of no association, 0 to 1"),
        column("style_sd", DOUBLE, "standard deviation of effective styles among the n films"),
        column("controls", STRING, "what was held; empty for the raw models"),
        column("reading", STRING, "what it says, in one sentence; the reason when there is no figure"),
    ]
)
MOST_FILMS = 200_000
_DIGITS = 8  # significant ones: the last few hang on the order of additions
CONTROLS = "log budget, decade, log (1 + votes), primary genre, log releases"


class Outcome(NamedTuple):
    """What may go with diversity: its name, its name in a sentence, its scale, and its value as a column of movies."""

    name: str
    words: str
    scale: str
    value: Callable[[], Column]

    @property
    def is_log(self) -> bool:
        """Whether a difference is a ratio."""
        return self.scale.startswith("natural log")


class Model(NamedTuple):
    """How an association is measured: the fit, its name in a sentence, and the columns it needs."""

    name: str
    words: str
    needs: tuple[str, ...]
    fit: Callable[[pd.DataFrame], Association]


OUTCOMES = (
    Outcome("popularity", "popularity", "natural log", lambda: _log("popularity")),
    Outcome("rating", "rating", "points, 0 to 10", sound_rating),
    Outcome("revenue", "revenue", "natural log of US dollars", lambda: _log("revenue")),
    Outcome("roi", "ROI", "profit by budget", sound_roi),
)
MODELS = (
    Model("spearman", "rank correlation", (), spearman),
    Model("pearson", "correlation", (), pearson),
    Model("controlled", "per standard deviation", (*NUMERIC_CONTROLS, *GROUP_CONTROLS), controlled),
)


def diversity_effect(inputs: Inputs) -> DataFrame:
    """Rows of SCHEMA, one an outcome and model."""
    films = compared(inputs).orderBy(F.xxhash64("film_id"), "film_id").limit(MOST_FILMS).toPandas()
    rows = [effect(films, outcome, model) for outcome in OUTCOMES for model in MODELS]
    return inputs.movies.sparkSession.createDataFrame(rows, SCHEMA)


def compared(inputs: Inputs) -> DataFrame:
    """One row a film with a style: its effective styles, the outcomes and the controls."""
    diverse = soundtrack_diversity(inputs).select("film_id", "effective_styles", "release_count")
    controls = {
        "log_budget": _log("budget"),
        "log_votes": F.log1p("vote_count"),
        "log_releases": F.log("release_count"),
        "decade": decade(),
        "genre": F.col("primary_genre"),
    }
    values = {outcome.name: outcome.value() for outcome in OUTCOMES} | controls
    joined = diverse.where("effective_styles IS NOT NULL").join(inputs.movies, "film_id")
    named = [value.alias(name) for name, value in values.items()]
    return joined.select("film_id", F.col("effective_styles").alias("styles"), *named)


def _log(name: str) -> Column:
    """Natural log of a column; null where it is not above 0."""
    return F.when(F.col(name) > 0, F.log(name))


def effect(films: pd.DataFrame, outcome: Outcome, model: Model) -> dict[str, Any]:
    """A row of SCHEMA: the model on the films complete for it, or why there is no figure."""
    used = films[["styles", outcome.name, *model.needs]].dropna().rename(columns={outcome.name: "outcome"})
    row: dict[str, Any] = {
        "outcome": outcome.name,
        "scale": outcome.scale,
        "model": model.name,
        "n": len(used),
        "style_sd": float(used["styles"].std()) if len(used) > 1 else None,
        "controls": CONTROLS if model.needs else "",
    }
    try:
        found = model.fit(used)
    except TooLittle as why:
        return {**row, "reading": f"No figure for {outcome.words}: {why}."}
    figures = {name: float(f"{value:.{_DIGITS}g}") for name, value in asdict(found).items()}
    return {**row, **figures, "reading": reading(found, outcome, model, len(used))}


def reading(found: Association, outcome: Outcome, model: Model, films: int) -> str:
    """An association in one sentence that claims no cause."""
    shown, low, high = (_size(value, outcome, model) for value in (found.estimate, found.low, found.high))
    figures = f"{model.words} {shown}, 95 % interval {low} to {high}, {films:,} films"
    constant = "budget, decade, votes, genre and number of releases" if model.needs else "nothing"
    held = f"with {constant} held constant"
    if found.low <= 0 <= found.high:
        return f"No clear association of soundtrack diversity with {outcome.words}, {held} ({figures})."
    way = "higher" if found.estimate > 0 else "lower"
    return f"More diverse soundtracks go with {way} {outcome.words}, {held} ({figures}); this shows no cause."


def _size(value: float, outcome: Outcome, model: Model) -> str:
    """An estimate; a difference of logarithms as the percentage it is."""
    return f"{100 * math.expm1(value):+.1f} %" if model.needs and outcome.is_log else f"{value:+.2f}"


VIEWS = (
    View(
        "diversity_effect",
        "an outcome and a model of its association",
        SCHEMA,
        diversity_effect,
        ("outcome", "model"),
    ),
)
