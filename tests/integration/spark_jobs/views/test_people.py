"""Rankings and franchises, against pandas and by hand."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession
from scipy import stats

from spark_jobs.views.films import franchises
from spark_jobs.views.people import cast_sizes, rankings
from spark_jobs.views.view import Inputs
from tests.integration.spark_jobs.builders.view_inputs import rows_of, view_inputs


def crew(film_id: int, person_id: int | None, name: str, job: str = "Director") -> dict[str, Any]:
    """A credit of the crew."""
    return {"film_id": film_id, "person_id": person_id, "name": name, "job": job, "position": 1}


@pytest.fixture(scope="module")
def few(spark: SparkSession) -> Inputs:
    """Films by two namesakes, by one with two jobs, by one known by name, by nobody; some without money or votes."""
    money = {"revenue": 100, "budget": 50, "rating": 8.0, "vote_count": 10}
    movies = [
        {"film_id": 1, "release_date": date(2000, 1, 1), "genres": ["Drama", "War"], "companies": ["Ox"]}
        | money,
        {
            "film_id": 2,
            "release_date": date(1990, 1, 1),
            "genres": ["War"],
            "revenue": 300,
            "companies": ["Ox", "Ox"],
        },
        {
            "film_id": 3,
            "directors": ["Ann"],
            "rating": 1.0,
            "vote_count": 9,
            "budget": 7,
            "companies": ["Elk"],
        },
        {"film_id": 4, "directors": ["Nobody"], "companies": []},
    ]
    credits = [
        crew(1, 1, "Ann"),
        crew(1, 1, "Ann B.", "Composer"),
        crew(1, 1, "Ann", "Music"),
        crew(2, 2, "Ann"),
        crew(2, 1, "Ann", "Director"),
        crew(4, 3, "Cy", "Director"),
        crew(4, 4, "Cy", "Editor"),
        crew(4, None, None, "Director"),  # type: ignore[arg-type]
        crew(99, 5, "Gone"),
    ]
    return view_inputs(spark, movies=movies, crew_credits=credits)


def test_namesakes_stay_apart_and_two_jobs_are_one_film(few: Inputs) -> None:
    """Ids tell persons apart; names count only for films without such a credit."""
    directors = rows_of(rankings.directors(few), "person_id")
    by_name = {n for n in directors if n < 0}
    assert set(directors) - by_name == {1, 2, 3}
    assert [(directors[n]["name"], directors[n]["films"]) for n in by_name] == [("Ann", 1)]
    composers = rows_of(rankings.composers(few), "person_id")
    assert [(n, row["name"], row["films"]) for n, row in composers.items()] == [(1, "Ann", 1)]
    studios = rows_of(rankings.studios(few), "name")
    assert {name: row["films"] for name, row in studios.items()} == {"Ox": 2, "Elk": 1}


def test_figures_are_of_the_films_that_have_them(few: Inputs) -> None:
    """Money and ratings of known films only; one rated film has no consistency, none no score and no rank."""
    rows = rows_of(rankings.directors(few), "person_id")
    ann = rows[1]
    assert (ann["films"], ann["films_with_revenue"], ann["films_with_profit"], ann["rated_films"]) == (
        2,
        2,
        1,
        1,
    )
    assert (ann["revenue_total"], ann["revenue_mean"], ann["revenue_median"]) == (400, 200.0, 200.0)
    assert (ann["profit_total"], ann["roi"], ann["rating_mean"], ann["consistency"]) == (50, 1.0, 8.0, None)
    assert (ann["first_year"], ann["last_year"], ann["genres"]) == (1990, 2000, ["War", "Drama"])
    assert (ann["score"], ann["rank"]) == (8.0, 1)
    cy = {name: value for name, value in rows[3].items() if name not in ("person_id", "name", "films")}
    assert cy == dict.fromkeys(cy) | {
        "rated_films": 0, "films_with_revenue": 0, "films_with_profit": 0, "genres": [],
    }  # fmt: skip


def careers() -> pd.DataFrame:
    """Films of twelve directors: one hit, and careers of 2 to 15 films of different levels."""
    rng = np.random.default_rng(8)
    rows = [{"person_id": 1, "rating": 9.9, "revenue": 4_000_000_000}]
    for person in range(2, 13):
        level = rng.uniform(4, 8)
        for _ in range(int(rng.integers(2, 16))):
            rating = round(float(np.clip(rng.normal(level, 0.8), 1, 9.5)), 1)
            rows.append(
                {"person_id": person, "rating": rating, "revenue": int(rng.lognormal(level * 2.5, 1))}
            )
    return pd.DataFrame(rows).assign(film_id=range(len(rows)))


def shrunk(frame: pd.DataFrame, value: str) -> pd.Series:
    """Means drawn to the overall one; k from the analysis of variance with one factor, unequal sizes."""
    by_person = frame.groupby("person_id")[value]
    n, own, overall = by_person.size(), by_person.mean(), frame[value].mean()
    within = ((frame[value] - frame["person_id"].map(own)) ** 2).sum() / (len(frame) - len(n))
    among = (n * (own - overall) ** 2).sum() / (len(n) - 1)
    size = (len(frame) - (n**2).sum() / len(frame)) / (len(n) - 1)
    k = min(50.0, max(3.0, within / ((among - within) / size)))
    return overall + n / (n + k) * (own - overall)


def test_one_hit_does_not_top_the_list(spark: SparkSession) -> None:
    """Scores are the shrunk means of the analysis of variance; the best single film is not first."""
    frame = careers()
    movies = [
        {"film_id": row.film_id, "rating": row.rating, "vote_count": 99, "revenue": row.revenue}
        for row in frame.itertuples()
    ]
    credits = [crew(row.film_id, row.person_id, f"D{row.person_id}") for row in frame.itertuples()]
    rows = rows_of(rankings.directors(view_inputs(spark, movies=movies, crew_credits=credits)), "person_id")
    scores = shrunk(frame, "rating")
    assert {n: row["score"] for n, row in rows.items()} == pytest.approx(scores.to_dict(), abs=2e-3)
    typical = np.exp(shrunk(frame.assign(log=np.log(frame["revenue"])), "log"))
    assert {n: row["typical_revenue"] for n, row in rows.items()} == pytest.approx(
        typical.to_dict(), rel=2e-3
    )
    assert {n: row["rank"] for n, row in rows.items()} == scores.rank(ascending=False).astype(int).to_dict()
    assert max(rows, key=lambda n: rows[n]["rating_mean"]) == 1
    assert rows[1]["rank"] > 1
    ratings = frame.groupby("person_id")["rating"]
    expected = 1 / (1 + ratings.std(ddof=0) / ratings.mean())
    assert rows[5]["consistency"] == pytest.approx(expected[5], abs=1e-5)


def test_ties_share_a_rank(spark: SparkSession) -> None:
    """Equal scores have equal ranks and leave the gap; where people do not differ everybody has the overall mean."""
    ratings = {1: (8.0, 8.0), 2: (8.0, 8.0), 3: (4.0, 4.0)}
    pairs = [(person, rating) for person, given in ratings.items() for rating in given]
    movies = [{"film_id": n, "rating": rating, "vote_count": 10} for n, (_, rating) in enumerate(pairs)]
    credits = [crew(n, person, f"D{person}") for n, (person, _) in enumerate(pairs)]
    rows = rows_of(rankings.directors(view_inputs(spark, movies=movies, crew_credits=credits)), "person_id")
    assert {n: (row["rank"], row["consistency"]) for n, row in rows.items()} == {
        1: (1, 1.0), 2: (1, 1.0), 3: (3, 1.0),
    }  # fmt: skip
    swapped = [crew(n, 1 + n % 2, "D") for n in range(6)]
    alike = rows_of(rankings.directors(view_inputs(spark, movies=movies, crew_credits=swapped)), "person_id")
    assert len({row["score"] for row in alike.values()}) == 1
    assert {row["rank"] for row in alike.values()} == {1}


def test_franchises_against_films_that_stand_alone(spark: SparkSession) -> None:
    """Collections of one film count; the effect's intervals are SciPy's, on the logarithm as a ratio."""
    rng = np.random.default_rng(9)
    money = [
        {"revenue": int(rng.lognormal(6, 1)) + 1, "budget": int(rng.lognormal(5, 1)) + 1} for _ in range(40)
    ]
    movies = [
        {"film_id": n, "collection": f"C{n % 3}" if n < 9 else None, "rating": 6.0 + n % 3, "vote_count": 10}
        | given
        for n, given in enumerate(money)
    ]
    movies += [
        {"film_id": 40, "collection": "Lone", "release_date": date(2001, 1, 1)},
        {"film_id": 41, "popularity": 1.5, "rating": 9.0, "vote_count": 9},
    ]
    inputs = view_inputs(spark, movies=movies)
    rows = rows_of(franchises.franchises(inputs), "collection")
    assert (rows["Lone"]["films"], rows["Lone"]["revenue_total"], rows["Lone"]["first_year"]) == (
        1,
        None,
        2001,
    )
    assert rows["C1"]["revenue_total"] == sum(money[n]["revenue"] for n in (1, 4, 7))
    assert rows["C1"]["rating_mean"] == 7.0
    effect = rows_of(franchises.franchise_effect(inputs), "measure")
    one, other = (np.array([m["revenue"] for m in part], float) for part in (money[:9], money[9:]))
    revenue = effect["revenue"]
    known = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert (revenue["difference_low"], revenue["difference_high"]) == pytest.approx((known.low, known.high))
    logs = stats.ttest_ind(np.log(one), np.log(other), equal_var=False).confidence_interval(0.95)
    assert (revenue["ratio_low"], revenue["ratio_high"]) == pytest.approx(
        (math.exp(logs.low), math.exp(logs.high))
    )
    assert (revenue["franchise_n"], revenue["standalone_median"]) == (9, np.median(other))
    multiples = [np.log([m["revenue"] / m["budget"] for m in part]) for part in (money[:9], money[9:])]
    assert effect["roi"]["ratio"] == pytest.approx(
        math.exp(multiples[0].mean() - multiples[1].mean()), rel=1e-5
    )
    assert (effect["rating"]["standalone_n"], effect["rating"]["ratio"]) == (31, None)
    assert (effect["popularity"]["franchise_n"], effect["popularity"]["difference"]) == (0, None)


def test_all_have_their_schema_also_without_films(spark: SparkSession, few: Inputs) -> None:
    """Names and types are the view's; without films there are no rows but the effect's five measures."""
    empty = view_inputs(spark)
    for view in (*rankings.VIEWS, *franchises.VIEWS):
        assert view.build(few).schema.simpleString() == view.schema.simpleString()
        rows = view.build(empty).collect()
        assert len(rows) == (5 if view.name == "franchise_effect" else 0)


def test_films_by_the_size_of_their_cast(spark: SparkSession) -> None:
    """A person with two roles counts once; films without a cast and casts without a film are in no band."""
    movies = [
        {
            "film_id": 1,
            "revenue": 100,
            "budget": 20_000_000,
            "rating": 8.0,
            "vote_count": 10,
            "popularity": 1.0,
        },
        {"film_id": 2, "revenue": 300, "rating": 2.0, "vote_count": 9, "popularity": 3.0},
        {"film_id": 3, "popularity": 5.0},
        {"film_id": 4},
    ]
    casts = {1: [1, 2, 3, 4, 4], 2: [1], 3: [*range(1, 51)], 9: [1]}
    credits = [
        {"film_id": film_id, "person_id": person, "name": f"P{person}", "position": position}
        for film_id, people in casts.items()
        for position, person in enumerate(people)
    ]
    found = rows_of(
        cast_sizes.cast_sizes(view_inputs(spark, movies=movies, cast_credits=credits)), "cast_from"
    )
    assert set(found) == {1, 50}
    small, large = found[1], found[50]
    assert (small["cast_to"], small["films"], small["films_with_revenue"]) == (4, 2, 2)
    assert (small["revenue_median"], small["rating_mean"], small["popularity_median"]) == (200.0, 8.0, 2.0)
    assert small["roi_median"] == round((100 - 20_000_000) / 20_000_000, 4)
    assert (large["cast_to"], large["films"], large["revenue_median"]) == (None, 1, None)
    assert rows_of(cast_sizes.cast_sizes(view_inputs(spark)), "cast_from") == {}
