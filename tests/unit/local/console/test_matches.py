"""The best matches as they are shown."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from local.console.matches import best_of, matches_table


def match(film_id: int, release_id: int, score: float, **changes: Any) -> dict[str, Any]:
    """A row of the matches table."""
    return {
        "film_id": film_id,
        "film_title": f"Film {film_id}",
        "film_year": 1982,
        "release_id": release_id,
        "release_title": "A Record",
        "artist": "Someone",
        "release_year": None,
        "score": score,
        "reason": "same title",
        **changes,
    }


def shown(rows: list[dict[str, Any]]) -> str:
    """What is printed of these rows."""
    console = Console(width=140)
    with console.capture() as captured:
        console.print(matches_table(rows))
    return captured.get()


def test_best_matches_are_one_for_each_film() -> None:
    """Reissues do not crowd out other films; the best record of each film is kept, best first."""
    rows = [match(1, 10, 0.9), match(1, 11, 0.99), match(2, 12, 0.95), match(3, 13, 0.5)]
    assert [(row["film_id"], row["release_id"]) for row in best_of(rows, 2)] == [(1, 11), (2, 12)]


def test_equal_scores_have_one_order() -> None:
    """Rows of equal score come by film and release id, whatever order they are read in."""
    rows = [match(2, 20, 0.9), match(1, 12, 0.9), match(1, 11, 0.9)]
    expected = [(1, 11), (2, 20)]
    for order in (rows, rows[::-1]):
        assert [(row["film_id"], row["release_id"]) for row in best_of(order, 5)] == expected


def test_a_match_is_shown_with_its_evidence() -> None:
    """Film, year, record, artist, score and reason are shown; brackets are text and unknown years absent."""
    text = shown([match(1, 10, 0.9876, release_title="Score [Deluxe]", reason="composer [Vangelis]")])
    for part in ("Film 1 (1982)", "Someone: Score [Deluxe]", "0.988", "composer [Vangelis]"):
        assert part in text
    assert "None" not in text


def test_no_matches_are_said() -> None:
    """An empty table says so."""
    assert "No matches" in shown([])
