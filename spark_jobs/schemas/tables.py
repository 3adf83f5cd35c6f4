"""Schemas of the silver tables beside `movies` and `releases`."""

from __future__ import annotations

from pyspark.sql.types import StructType, TimestampType

from spark_jobs.schemas.silver import DOUBLE, INT, LONG, STRING, column

_OF_FILM = [
    column("film_id", LONG, "TMDB id of the film"),
    column("position", INT, "place in TMDB's list, from 1"),
]
_FETCHED = column("fetched_at", TimestampType(), "when the film's answer arrived, UTC")

CAST_CREDITS = StructType(
    [
        *_OF_FILM,
        column("credit_id", STRING, "TMDB id of the credit; null when not given"),
        column("person_id", LONG, "TMDB id of the person; null when not given"),
        column("name", STRING, "name as TMDB shows it"),
        column("character", STRING, "role; null when not given"),
        column("billing_order", INT, "place in the billing, from 0; null when not given"),
        _FETCHED,
    ]
)
CREW_CREDITS = StructType(
    [
        *_OF_FILM,
        column("credit_id", STRING, "TMDB id of the credit; null when not given"),
        column("person_id", LONG, "TMDB id of the person; null when not given"),
        column("name", STRING, "name as TMDB shows it"),
        column("department", STRING, "TMDB department, such as Sound"),
        column("job", STRING, "TMDB job, such as Original Music Composer"),
        _FETCHED,
    ]
)
REVIEWS = StructType(
    [
        *_OF_FILM,
        column("review_id", STRING, "TMDB id of the review; null when not given"),
        column("author", STRING, "name the author goes by"),
        column("rating", DOUBLE, "the author's rating, 0 to 10; null when none"),
        column("content", STRING, "text of the review, at most 20,000 characters"),
        column("sentiment", DOUBLE, "VADER compound score of content, -1 to 1; null without text"),
        column("mood", STRING, "positive, neutral or negative, from sentiment; null without text"),
        column("created_at", TimestampType(), "when it was written, UTC"),
        column("url", STRING, "address on TMDB"),
        _FETCHED,
    ]
)
GENRE_MAP = StructType(
    [
        column("film_genre", STRING, "TMDB genre"),
        column("release_genre", STRING, "Discogs genre"),
        column("release_style", STRING, "Discogs style; null for the whole genre"),
        column("affinity", DOUBLE, "how much the release genre speaks for the film genre, 0 to 1"),
    ]
)
