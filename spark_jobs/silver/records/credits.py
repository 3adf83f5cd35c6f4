"""Credits and reviews: lists in the row of their film, of which tables of their own are made (items.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spark_jobs.silver.reading.answers import Body, time_of
from spark_jobs.silver.reading.cleaning import INT_MAX, prose, real, text, whole, within
from spark_jobs.silver.records.sentiment import mood, score

Item = tuple[Any, ...]


def cast(body: Body) -> list[Item]:
    """Actors of a film (body: TMDB_DETAILS): credit_id, person_id, name, character, billing_order."""
    return _items(body.credits, "cast", lambda p: (text(p.character), whole(p.order, INT_MAX)))


def crew(body: Body) -> list[Item]:
    """Crew of a film: credit_id, person_id, name, department, job."""
    return _items(body.credits, "crew", lambda p: (text(p.department), text(p.job)))


def _items(credits: Body, name: str, role: Callable[[Body], Item]) -> list[Item]:
    people = (credits and getattr(credits, name)) or ()
    return [
        (text(person.credit_id), whole(person.id), text(person.name), *role(person))
        for person in people
        if person is not None
    ]


def reviews(body: Body, *, with_sentiment: bool = True) -> list[Item]:
    """Reviews of a film: review_id, author, rating, content, sentiment, mood, created_at, url."""
    found = (body.reviews and body.reviews.results) or ()
    return [_review(review, with_sentiment) for review in found if review is not None]


def _review(review: Body, with_sentiment: bool) -> Item:
    content, author = prose(review.content), review.author_details
    sentiment = score(content) if with_sentiment else None
    return (
        text(review.id),
        text(review.author),
        within(real(author and author.rating), 0, 10),
        content,
        sentiment,
        mood(sentiment),
        time_of(review.created_at),
        text(review.url),
    )
