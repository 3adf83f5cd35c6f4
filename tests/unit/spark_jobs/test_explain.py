"""A match explained for a person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from spark_jobs.explain import Explanation, lines
from spark_jobs.matching.increments import matcher_fingerprint

FILM = {
    "film_id": 3,
    "title": "Far Astray",
    "original_title": None,
    "alternative_titles": [],
    "release_year": 2014,
    "composers": ["Hans Mori"],
    "directors": [],
    "top_cast": [],
    "source_blob": "raw/tmdb/a.gz",
}
RECORD = {
    "release_id": 10,
    "title": "Hans Mori - Far Astray",
    "artist": "Hans Mori",
    "artists": ["Hans Mori"],
    "is_various": False,
    "release_title": "Far Astray",
    "year": 2014,
    "genres": [],
    "formats": ["CD"],
    "styles": ["Score"],
    "source_blob": "raw/discogs/b.gz",
}


def candidate(film_id: int, score: float, **contributions: float) -> dict[str, Any]:
    """A candidate film of the record."""
    return {
        "film_id": film_id,
        "film_title": "Far Astray",
        "film_year": 2014,
        "score": score,
        "log_odds": sum(contributions.values()) - 1.0,
        "contributions": contributions,
        "reason": "title exact",
    }


MATCH = {
    "film_id": 3,
    "score": 0.98,
    "band": "strong",
    "link_type": "score",
    "published": True,
    "is_ambiguous": False,
    "movies_version": 4,
    "releases_version": 5,
    "matcher": matcher_fingerprint(),
}


def test_a_match_is_told_from_raw_answers_to_decision() -> None:
    """Where the answers lie, the evidence with its weights and the bias, rivals, and the decision with its lineage."""
    found = Explanation(FILM, RECORD, [candidate(3, 0.98, composer=3.2), candidate(7, 0.01)], MATCH)
    text = "\n".join(lines(found, 3, 10))
    for said in (
        "raw answer raw/tmdb/a.gz",
        "raw answer raw/discogs/b.gz",
        "+3.2000  composer (weight +",
        "-1.0000  of every pair",
        "0.0100  film 7 Far Astray (2014)",
        "decision: this film, probability 0.9800 (strong, score, published); movies 4, releases 5, matcher",
    ):
        assert said in text


def test_weights_of_another_matcher_are_not_told() -> None:
    """What an older matcher weighed is shown without today's weights."""
    found = Explanation(FILM, RECORD, [candidate(3, 0.98, composer=3.2)], MATCH | {"matcher": "older"})
    assert "(weight" not in "\n".join(lines(found, 3, 10))


def test_a_pair_that_never_met_shows_both_sides_names() -> None:
    """A pair that was not considered says so, with the names each side is known by."""
    text = "\n".join(lines(Explanation(FILM, RECORD | {"release_title": "Louder"}, [], None), 3, 10))
    assert "not considered" in text and "names of the film: far astray" in text
    assert "names of the record: louder" in text
    assert "decision: the record stays without a film" in text


def test_a_side_that_is_not_there_is_named() -> None:
    """A film or record that silver does not have is said, and nothing is guessed."""
    text = "\n".join(lines(Explanation(None, RECORD, [], None), 3, 10))
    assert "film 3: not in silver" in text and "not considered: one side is not there" in text


def test_what_people_said_is_told() -> None:
    """Each review with who, when and why, whether it stands; the decision says that a review made it."""
    said = {"reviewer": "ana", "film_id": 3, "verdict": "yes", "why": "the sleeve says so", "stands": True}
    review = {**said, "is_contested": True, "reviewed_at": datetime(2026, 11, 20, 12, 5, tzinfo=UTC)}
    match = MATCH | {"score": 1.0, "decided_by": "review"}
    text = "\n".join(lines(Explanation(FILM, RECORD, [candidate(3, 0.2)], match, [review]), 3, 10))
    assert "2026-11-20 12:05 ana: film 3 yes: the sleeve says so (stands, contested)" in text
    assert "by a review); movies 4" in text
