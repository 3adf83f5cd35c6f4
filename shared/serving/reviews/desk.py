"""What a reviewer gets and gives: the next pair, a review kept, a film's reviews.

The gold job leaves `gold/search/reviews/snapshot=RUN/`: `queue.jsonl`, pairs with what is worth a look first, and
`by_film/bucket=N/*.gz`, all reviews it knows by film. The pointer beside them says how far it has read the log. What
came since is read from the log itself.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.adapters.lake import GOLD, Lake
from shared.errors import InvalidRequest
from shared.serving.reviews.log import Position, ReviewLog
from shared.serving.reviews.models import FilmReviews, NextReview, Review, ReviewBody, ReviewItem, ReviewKept
from shared.serving.reviews.standing import in_order, standing_of, words_of

POINTER = "search/reviews/_current.json"


@dataclass(frozen=True)
class _Left:
    """What the gold job left: the run, its queue, its reviews by film in buckets, and how far it read the log.

    `published_at` tells the queue of a run that was done again from the one before.
    """

    run_id: str | None
    queue: str
    published_at: str
    by_film: str
    buckets: int
    read_to: Position
    last_at: datetime | None

    @classmethod
    def of(cls, pointer: dict[str, Any] | None) -> _Left:
        if pointer is None:
            return cls(None, "", "", "", 0, Position(), None)
        last = pointer.get("last_at")
        return cls(
            pointer["snapshot"],
            pointer["queue"],
            pointer["published_at"],
            pointer["by_film"],
            pointer["buckets"],
            Position.of(pointer["log"]),
            datetime.fromisoformat(last) if last else None,
        )


class ReviewDesk:
    """Hands out pairs and keeps reviews; the queue of the last run stays in memory."""

    def __init__(self, lake: Lake, log: ReviewLog) -> None:
        self._lake, self._log = lake, log
        self._queue: tuple[tuple[str, str], list[ReviewItem]] = (("", ""), [])

    async def next(self, reviewer: str | None) -> NextReview:
        """The first pair of the queue that nobody decided since; nor one that the reviewer skipped."""
        left = await self._left()
        queue, said = await asyncio.gather(self._items(left), self._log.since(left.read_to))
        open_items = _still_open(queue, said, reviewer)
        item = open_items[0] if open_items else None
        return NextReview(
            run_id=left.run_id,
            left=len(open_items),
            item=item,
            reviews=tuple(review for review in said if item and review.release_id == item.record.release_id),
        )

    async def keep(self, body: ReviewBody) -> tuple[ReviewKept, bool]:
        """Append a review to the log; returns what holds of the pair now, and whether the review is new.

        Raises:
            InvalidRequest: its id is that of another review.
            StaleWrite: others append at the same time, again and again.
        """
        left = await self._left()
        review, is_new = await self._log.append(body, left.read_to, left.last_at)
        if (*review.pair, review.verdict) != (body.film_id, body.release_id, body.verdict):
            raise InvalidRequest("review_id", "is that of another review; make a new one for each")
        reviews = await self._of_film(left, body.film_id)
        standing = standing_of(review.pair, reviews)
        last_words = {word.reviewer: word for word in words_of(review.pair, reviews)}
        opposite = {"yes": "no", "no": "yes"}.get(review.verdict)
        others = [word for word in last_words.values() if word.reviewer != review.reviewer]
        contradicts = tuple(word for word in others if word.verdict == opposite)
        return ReviewKept(review=review, standing=standing, contradicts=contradicts), is_new

    async def of_film(self, film_id: int) -> FilmReviews:
        """All reviews of a film's pairs."""
        reviews = await self._of_film(await self._left(), film_id)
        pairs = dict.fromkeys(review.pair for review in reviews if review.verdict != "skip")
        standing = tuple(standing_of(pair, reviews) for pair in pairs)
        return FilmReviews(film_id=film_id, reviews=tuple(reviews), standing=standing)

    async def _left(self) -> _Left:
        return _Left.of(await self._lake.read_json(GOLD, POINTER))

    async def _of_film(self, left: _Left, film_id: int) -> list[Review]:
        known, said = await asyncio.gather(self._known(left, film_id), self._log.since(left.read_to))
        return in_order([*known, *(review for review in said if review.film_id == film_id)])

    async def _known(self, left: _Left, film_id: int) -> list[Review]:
        """The film's reviews among those the gold job has read."""
        if not left.buckets:
            return []
        prefix = f"{left.by_film}/bucket={film_id % left.buckets}/"
        names = [name async for name in self._lake.names(GOLD, prefix) if name.endswith(".gz")]
        parts = await asyncio.gather(*(self._lake.read(GOLD, name) for name in names))
        lines = b"".join(gzip.decompress(part) for part in parts if part).splitlines()
        begin = f"{film_id}\t".encode()
        return [Review.model_validate_json(line[len(begin) :]) for line in lines if line.startswith(begin)]

    async def _items(self, left: _Left) -> list[ReviewItem]:
        key = (left.queue, left.published_at)
        if left.queue and self._queue[0] != key:
            data = await self._lake.read(GOLD, left.queue) or b""
            items = [ReviewItem.model_validate_json(line) for line in data.splitlines()]
            self._queue = (key, items)
        return self._queue[1] if left.queue else []


def _still_open(
    queue: Iterable[ReviewItem], said: Sequence[Review], reviewer: str | None
) -> list[ReviewItem]:
    """The items that nobody has decided since the queue was made, and that the reviewer has not skipped."""
    last_words: dict[tuple[int, int], str] = {}
    skipped: set[tuple[int, int]] = set()
    for review in said:
        if review.verdict == "undo":
            last_words.pop(review.pair, None)
        elif review.verdict != "skip":
            last_words[review.pair] = review.verdict
        elif review.reviewer == reviewer:
            skipped.add(review.pair)
    placed = {release_id for (_, release_id), verdict in last_words.items() if verdict == "yes"}
    return [
        item
        for item in queue
        if (pair := (item.film.film_id, item.record.release_id)) not in last_words
        and pair not in skipped
        and pair[1] not in placed
    ]
