"""What holds of a pair after its reviews. The gold job folds the same way (`spark_jobs.gold.reviews.standing`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.serving.reviews.models import Review, Standing


def in_order(reviews: Iterable[Review]) -> list[Review]:
    """As they were said, each once."""
    by_id = {review.review_id: review for review in reversed(list(reviews))}
    return sorted(by_id.values(), key=lambda review: (review.reviewed_at, review.review_id))


def standing_of(pair: tuple[int, int], reviews: Sequence[Review]) -> Standing:
    """What holds of one pair after its reviews, in order.

    The last yes or no decides, `undo` forgets all before it, and `skip` says nothing. A pair is contested while the
    last word of another person, before the one that decides, says the opposite.
    """
    words = words_of(pair, reviews)
    last = words[-1] if words else None
    others = [review.verdict for review in words if last and review.reviewer != last.reviewer]
    return Standing(
        film_id=pair[0],
        release_id=pair[1],
        verdict=last.verdict if last and last.verdict in ("yes", "no") else None,
        review_id=last.review_id if last else None,
        is_contested=bool(last and others and others[-1] != last.verdict),
    )


def words_of(pair: tuple[int, int], reviews: Sequence[Review]) -> list[Review]:
    """The yes and no of a pair since they were last undone."""
    words: list[Review] = []
    for review in reviews:
        if review.pair == pair and review.verdict == "undo":
            words = []
        elif review.pair == pair and review.verdict != "skip":
            words.append(review)
    return words
