"""Who leads a genre and which genres meet, on small fixed cases worked out by hand."""

from __future__ import annotations

from datetime import date

from pyspark.sql import SparkSession

from spark_jobs.views.films import genre_pairs, genre_trends
from tests.integration.spark_jobs.builders.view_inputs import rows_of, view_inputs


def test_top_films_are_three(spark: SparkSession) -> None:
    """Revenue first, then popularity where it is unknown, then film_id; the fourth is left out."""
    revenue = {1: None, 2: None, 3: 7, 4: None}
    movies = [
        {"film_id": n, "release_date": date(2020, 1, 2), "genres": ["War"], "revenue": r, "popularity": 1.0}
        for n, r in revenue.items()
    ]
    row = rows_of(genre_trends.genre_years(view_inputs(spark, movies=movies)), "genre")["War"]
    assert [f["film_id"] for f in row["top_films"]] == [3, 1, 2]


def test_genres_that_meet_are_told_from_chance(spark: SparkSession) -> None:
    """Lift over all, recent and earlier films; pairs under five films are left out."""
    dated = {
        date(2026, 1, 2): (["Horror", "War"],) * 5 + (["War"],) * 1 + (["Music"],) * 4,
        date(2021, 12, 31): (["Horror", "War"],) * 1 + (["Horror"],) * 4 + (["War"],) * 5,
        date(2027, 1, 2): (["Horror"],),
        None: (["War", "Music"],) * 4 + ([],),
    }
    films = [(day, genres) for day, all_genres in dated.items() for genres in all_genres]
    movies = [{"film_id": n, "release_date": day, "genres": genres} for n, (day, genres) in enumerate(films)]
    assert rows_of(genre_pairs.genre_pairs(view_inputs(spark, movies=movies)), "genre", "other_genre") == {
        ("Horror", "War"): {
            **{"genre": "Horror", "other_genre": "War", "films": 6, "lift": round(6 * 25 / (11 * 16), 6)},
            **{"recent_films": 5, "recent_lift": round(5 * 10 / (5 * 6), 6)},
            **{"earlier_films": 1, "earlier_lift": round(1 * 10 / (5 * 6), 6), "is_emerging": True},
        }
    }


def test_a_pair_new_to_the_earlier_years_has_no_earlier_lift(spark: SparkSession) -> None:
    """Genres without an earlier film have a null lift there and emerge all the same, when above chance."""
    genres = [["History", "War"]] * 5 + [["Music"]] * 5
    movies = [
        {"film_id": n, "release_date": date(2024, 1, 2), "genres": of_film}
        for n, of_film in enumerate(genres)
    ]
    (row,) = genre_pairs.genre_pairs(view_inputs(spark, movies=movies)).collect()
    assert (row["lift"], row["recent_lift"], row["earlier_lift"], row["is_emerging"]) == (
        2.0,
        2.0,
        None,
        True,
    )
