"""What stands of the reviews of one record. The app folds a pair alike (`shared/serving/reviews/standing.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A review of a record, as far as it decides."""

    review_id: str
    film_id: int
    verdict: str
    reviewer: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The last word on a film of the record; of two films said yes to, the older does not stand and is contested."""

    review_id: str
    stands: bool
    is_contested: bool


def standing(words: Sequence[Word]) -> list[Standing]:
    """The last word on each film of one record, from all reviews of the record in order.

    The last yes or no on a film decides, `undo` forgets all before it, `skip` says nothing. It is contested while the
    last word of another person before it says the opposite. A record is of one film: the last yes stands.
    """
    by_film = _since_undone(words)
    last_yes = [said[-1] for said in by_film.values() if said[-1].verdict == "yes"]
    has_rival = len(last_yes) > 1
    found = []
    for said in by_film.values():
        last = said[-1]
        is_yes = last.verdict == "yes"
        is_overruled = is_yes and last is not last_yes[-1]
        found.append(Standing(last.review_id, not is_overruled, _is_opposed(said) or (is_yes and has_rival)))
    return found


def _since_undone(words: Sequence[Word]) -> dict[int, list[Word]]:
    """Yes and no by film since they were last undone; the film spoken of last comes last."""
    by_film: dict[int, list[Word]] = {}
    for word in words:
        if word.verdict == "skip":
            continue
        said = by_film.pop(word.film_id, [])
        if word.verdict != "undo":
            by_film[word.film_id] = [*said, word]
    return by_film


def _is_opposed(said: Sequence[Word]) -> bool:
    last = said[-1]
    others = [word.verdict for word in said if word.reviewer != last.reviewer]
    return bool(others) and others[-1] != last.verdict
