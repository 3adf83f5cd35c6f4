"""The views of how diverse soundtracks are, and of what that goes with, against figures made another way."""

from __future__ import annotations

from collections import Counter
from datetime import date
from math import exp, log
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType
from scipy import stats
from statsmodels.formula.api import ols

from spark_jobs.views.music import diversity as soundtrack_diversity
from spark_jobs.views.music import diversity_effect
from spark_jobs.views.statistics.association import TooLittle, controlled, design_matrix, pearson, spearman
from spark_jobs.views.view import Inputs
from tests.integration.spark_jobs.builders.view_inputs import rows_of, view_inputs

VIEWS = (*soundtrack_diversity.VIEWS, *diversity_effect.VIEWS)
STYLES = ("Score", "Theme", "Ambient", "Synth-pop", "Musical")
GENRES = ("Drama", "Comedy", "Horror")


def match(film_id: int, release_id: int, year: int | None = 2000) -> dict[str, Any]:
    """A match of a film and a release."""
    return {
        "film_id": film_id,
        "film_title": f"Film {film_id}",
        "film_year": 1999,
        "release_id": release_id,
        "release_year": year,
    }


def release(release_id: int, *styles: str, **more: Any) -> dict[str, Any]:
    """A release of those styles."""
    return {"release_id": release_id, "styles": list(styles), "is_various": False} | more


@pytest.fixture(scope="module")
def small(spark: SparkSession) -> Inputs:
    """Three films: one of many releases, one of a release that says nothing, one of a release that is gone."""
    releases = (
        release(1, "Soundtrack", "Score", genres=["Rock", "Pop"], labels=["Milo", "Ray"], country="US"),
        release(2, "Soundtrack", genres=["Rock"], labels=["Milo"], country="UK", is_various=True),
        release(3, "Soundtrack", "Soundtrack", genres=["Rock"], labels=["Ox"], country="US"),
        release(4),
    )
    matches = (match(7, 1, 1982), match(7, 2, 2017), match(7, 3, None), match(8, 4, None), match(9, 99, 1990))
    return view_inputs(spark, movies=[{"film_id": 7, "popularity": 3.5}], releases=releases, matches=matches)


@pytest.fixture(scope="module")
def many(spark: SparkSession) -> Inputs:
    """200 films of one to four releases, with money, votes and years."""
    rng = np.random.default_rng(6)
    films, releases, matches = [], [], []
    for film_id in range(1, 201):
        for n in range(int(rng.integers(1, 5))):
            styles = rng.choice(STYLES, int(rng.integers(1, 4)), replace=False).tolist()
            releases.append(release(film_id * 10 + n, "Soundtrack", *styles))
            matches.append(match(film_id, film_id * 10 + n))
        films.append(
            {
                "film_id": film_id,
                "release_date": date(int(rng.integers(1980, 2010)), 5, 1),
                "genres": [str(rng.choice(GENRES))],
                "rating": round(float(rng.normal(6.5, 1)), 1),
                "vote_count": int(rng.integers(5, 900)),
                "popularity": round(float(rng.lognormal(2, 1)), 3),
                "budget": None if film_id % 9 == 0 else int(rng.lognormal(16.5, 0.5)),
                "revenue": None if film_id % 7 == 0 else int(rng.lognormal(17, 1)),
            }
        )
    return view_inputs(spark, movies=films, releases=releases, matches=matches)


@pytest.fixture(scope="module")
def effects(many: Inputs) -> dict[Any, dict[str, Any]]:
    """The effects among many films, by outcome and model."""
    return rows_of(diversity_effect.diversity_effect(many), "outcome", "model")


def by_hand(inputs: Inputs) -> pd.DataFrame:
    """Films with their effective styles and controls, counted in Python."""
    styles = {row["release_id"]: row["styles"] for row in inputs.releases.collect()}
    of_film: dict[int, list[list[str]]] = {}
    for row in inputs.matches.collect():
        of_film.setdefault(row["film_id"], []).append(styles[row["release_id"]])
    films = inputs.movies.toPandas().set_index("film_id")
    films["x"] = {film: effective(found) for film, found in of_film.items()}
    films["log_releases"] = {film: log(len(found)) for film, found in of_film.items()}
    films["decade"] = films["release_year"] // 10
    return films


def effective(releases: list[list[str]]) -> float:
    """exp of the entropy of the styles of a film's releases, rounded so that ties are ties."""
    counts = Counter(style for styles in releases for style in set(styles))
    shares = [count / sum(counts.values()) for count in counts.values()]
    return round(exp(-sum(share * log(share) for share in shares)), 4)


def test_a_film_is_told_by_all_its_releases(small: Inputs) -> None:
    """Counts, entropies, span and share of the film of three releases are those made by hand."""
    row = rows_of(soundtrack_diversity.soundtrack_diversity(small), "film_id")[7]
    style_entropy = -(0.75 * log(0.75) + 0.25 * log(0.25))
    assert row == {
        "film_id": 7, "film_title": "Film 7", "film_year": 1999, "popularity": 3.5, "release_count": 3,
        "genre_count": 2, "style_count": 2, "label_count": 3, "country_count": 2,
        "genre_entropy_nats": pytest.approx(style_entropy, abs=1e-6),
        "style_entropy_nats": pytest.approx(style_entropy, abs=1e-6),
        "effective_genres": pytest.approx(exp(style_entropy), abs=1e-5),
        "effective_styles": pytest.approx(exp(style_entropy), abs=1e-5),
        "first_release_year": 1982, "last_release_year": 2017, "reissue_span_years": 35,
        "various_share": pytest.approx(1 / 3),
    }  # fmt: skip


@pytest.mark.parametrize("film_id", [8, 9])
def test_a_release_that_says_nothing_makes_no_diversity(small: Inputs, film_id: int) -> None:
    """Without styles or without the release itself: counts are 0, entropies null."""
    row = rows_of(soundtrack_diversity.soundtrack_diversity(small), "film_id")[film_id]
    assert (row["release_count"], row["style_count"], row["label_count"], row["country_count"]) == (
        1,
        0,
        0,
        0,
    )
    assert row["style_entropy_nats"] is row["effective_styles"] is row["popularity"] is None
    assert row["various_share"] == 0
    assert row["reissue_span_years"] == (None if film_id == 8 else 0)


def test_diversity_of_many_films_is_the_one_counted_in_python(many: Inputs) -> None:
    """Effective styles of every film agree with a count in Python."""
    found = rows_of(soundtrack_diversity.soundtrack_diversity(many), "film_id")
    wanted = by_hand(many)["x"]
    assert {film: row["effective_styles"] for film, row in found.items()} == pytest.approx(
        wanted.to_dict(), abs=1e-4
    )


def test_correlations_are_those_of_scipy(many: Inputs, effects: dict[Any, dict[str, Any]]) -> None:
    """Spearman with rating, of films with ten votes; Pearson with log popularity; intervals hold the estimate."""
    films = by_hand(many)
    rated = films[films["vote_count"] >= 10]
    rho, r = effects["rating", "spearman"], effects["popularity", "pearson"]
    wanted = stats.spearmanr(rated["x"], rated["rating"])
    assert (rho["n"], rho["estimate"], rho["p"]) == (
        len(rated), pytest.approx(wanted.statistic, abs=1e-4), pytest.approx(wanted.pvalue, abs=1e-4),
    )  # fmt: skip
    exact = stats.pearsonr(films["x"], np.log(films["popularity"]))
    interval = exact.confidence_interval(0.95)
    assert (r["estimate"], r["low"], r["high"]) == pytest.approx(
        (exact.statistic, interval.low, interval.high), abs=1e-4
    )
    assert rho["low"] < rho["estimate"] < rho["high"]


def test_the_controlled_effect_is_that_of_a_formula(many: Inputs, effects: dict[Any, dict[str, Any]]) -> None:
    """Coefficient, interval and p equal statsmodels' own formula with categories and HC3 errors."""
    films = by_hand(many).query("budget == budget and revenue == revenue").copy()
    films["z"] = (films["x"] - films["x"].mean()) / films["x"].std()
    formula = (
        "np.log(revenue) ~ z + np.log(budget) + np.log1p(vote_count) + log_releases"
        " + C(decade) + C(primary_genre)"
    )
    fit = ols(formula, films.astype({"budget": float, "revenue": float})).fit(cov_type="HC3", use_t=True)
    row = effects["revenue", "controlled"]
    low, high = fit.conf_int().loc["z"]
    assert row["n"] == len(films)
    assert (row["estimate"], row["low"], row["high"], row["p"], row["style_sd"]) == pytest.approx(
        (fit.params["z"], low, high, fit.pvalues["z"], films["x"].std()), abs=1e-4
    )
    assert row["controls"] == diversity_effect.CONTROLS


def test_a_real_effect_is_found_and_called_no_cause(many: Inputs) -> None:
    """An outcome that follows diversity is said to go with it; one that does not has no clear association."""
    films = (
        by_hand(many).rename(columns={"x": "styles"}).assign(outcome=lambda f: 2 * f["styles"] + f["rating"])
    )
    outcome, model = diversity_effect.OUTCOMES[1], diversity_effect.MODELS[0]
    row = diversity_effect.effect(
        films.drop(columns="rating").rename(columns={"outcome": "rating"}), outcome, model
    )
    assert row["low"] > 0
    assert row["reading"].startswith(
        "More diverse soundtracks go with higher rating, with nothing held constant (rank"
    )
    assert row["reading"].endswith("200 films); this shows no cause.")


@pytest.mark.parametrize("fit", [pearson, spearman, controlled])
def test_what_the_data_cannot_answer_is_no_error(fit: Any) -> None:
    """Few films, no spread in diversity or outcome: each says so."""
    films = pd.DataFrame({"styles": range(40), "outcome": 1.0, "log_budget": 1.0, "log_votes": 1.0})
    films = films.assign(log_releases=0.0, decade=1990, genre="Drama")
    with pytest.raises(TooLittle, match="29 films have what it needs"):
        fit(films[:29])
    with pytest.raises(TooLittle, match="the outcome is the same for all 40 films"):
        fit(films)
    with pytest.raises(TooLittle, match="effective styles is the same"):
        fit(films.assign(styles=2.0))


def test_controls_that_determine_diversity_leave_no_figure() -> None:
    """Styles that are a multiple of a control cannot be told from it; a film fitted exactly tells no error."""
    rng = np.random.default_rng(1)
    films = pd.DataFrame({"styles": rng.normal(size=60), "outcome": rng.normal(size=60), "log_budget": 0.0})
    films = films.assign(log_votes=films["styles"] * 2 + 1, log_releases=0.0, decade=1990, genre="Drama")
    with pytest.raises(TooLittle, match="controls alone determine"):
        controlled(films)
    alone = films.assign(log_votes=[1.0] + [0.0] * 59)
    with pytest.raises(TooLittle, match="one film alone decides"):
        controlled(alone)


def test_perfect_correlation_has_no_width() -> None:
    """A correlation of 1 is its own interval."""
    films = pd.DataFrame({"styles": range(40), "outcome": range(40)})
    assert (spearman(films).low, spearman(films).high) == (1.0, 1.0)


def described(schema: StructType) -> list[tuple[str, str, Any]]:
    """Columns of a schema without whether they may be null, which a file does not keep."""
    return [(field.name, field.dataType.simpleString(), field.metadata) for field in schema]


def test_small_groups_are_one_group() -> None:
    """A genre of under five films is with the other such genres, or with the commonest where they are few too."""
    numbers = {
        "styles": range(50),
        "log_budget": 1.0,
        "log_votes": range(50),
        "log_releases": 0.0,
        "decade": 1990,
    }
    for rare, wanted in ((3, {"genre=others"}), (2, set())):
        genres = ["Drama"] * (50 - 8 - 2 * rare) + ["Horror"] * 8 + ["War"] * rare + ["Music"] * rare
        design = design_matrix(pd.DataFrame(numbers).assign(genre=genres))
        assert set(design.columns) == {"styles", "log_votes", "genre=Horror", "constant"} | wanted


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_schemas_hold(small: Inputs, view: Any) -> None:
    """Columns, types and comments are those written down."""
    assert described(view.build(small).schema) == described(view.schema)


def test_without_matches_every_model_says_why(spark: SparkSession) -> None:
    """Twelve rows without figures, no row of diversity; the schemas hold."""
    empty = view_inputs(spark)
    effect, diversity = (
        diversity_effect.diversity_effect(empty),
        soundtrack_diversity.soundtrack_diversity(empty),
    )
    rows = rows_of(effect, "outcome", "model")
    assert len(rows) == 12
    assert {row["n"] for row in rows.values()} == {0}
    assert all(row["estimate"] is row["p"] is row["style_sd"] is None for row in rows.values())
    assert all("0 films have what it needs, and it takes 30" in row["reading"] for row in rows.values())
    assert described(effect.schema) == described(diversity_effect.SCHEMA)
    assert described(diversity.schema) == described(soundtrack_diversity.SCHEMA)
    assert diversity.count() == 0
