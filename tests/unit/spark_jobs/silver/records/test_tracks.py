"""Tracks and credits out of a release's answer: in the order of the list, each role for itself."""

from __future__ import annotations

from typing import Any

import pytest

from spark_jobs.silver.reading.answers import body_of
from spark_jobs.silver.records.tracks import MOST_ITEMS, credits, split_roles, tracks


def body(**fields: Any) -> Any:
    return body_of({"id": 1, **fields}, "discogs/release")


SUITE = {
    "position": "",
    "type_": "index",
    "title": "Suite",
    "duration": "",
    "sub_tracks": [
        {
            "position": "1a",
            "type_": "track",
            "title": "I",
            "duration": "1:05",
            "extraartists": [{"name": "Olu Ade", "role": "Violin"}],
        },
        {"position": "1b", "type_": "track", "title": "II", "duration": "0:61"},
    ],
}
END = {
    "position": "2",
    "type_": "Track",
    "title": " End ",
    "duration": "1:02:03",
    "artists": [{"name": "Nils Ask (3)"}],
}


def test_a_list_is_flat_and_says_what_is_within_what() -> None:
    """Inner tracks follow the one they are in, by its place."""
    assert tracks(body(tracklist=[SUITE, None, {"type_": "heading", "title": "Side B"}, END])) == [
        (None, None, "index", "Suite", [], None),
        (1, "1a", "track", "I", [], 65),
        (1, "1b", "track", "II", [], None),
        (None, None, "heading", "Side B", [], None),
        (None, "2", "track", "End", ["Nils Ask"], 3723),
    ]


def test_credits_are_those_of_the_release_then_of_its_tracks() -> None:
    """A row a role; those of a track name its place, and an id of 0 is none."""
    found = credits(
        body(
            extraartists=[
                {
                    "id": 9,
                    "name": "Brita Roe (2)",
                    "role": "Composed By, Conductor [Orchestra]",
                    "tracks": "1 to 3",
                },
                {"id": 0, "name": "Lisa Roe", "role": "Design"},
                {"id": 5, "name": " "},
                None,
            ],
            tracklist=[SUITE],
        )
    )
    assert found == [
        (9, "Brita Roe", "Composed By", None, "composer", None, "1 to 3"),
        (9, "Brita Roe", "Conductor", "Orchestra", "conductor", None, "1 to 3"),
        (None, "Lisa Roe", "Design", None, None, None, None),
        (None, "Olu Ade", "Violin", None, None, 2, None),
    ]


@pytest.mark.parametrize(
    ("said", "roles"),
    [
        ("Producer [Album, Executive], Written-By", [("Producer", "Album, Executive"), ("Written-By", None)]),
        ("Music By", [("Music By", None)]),
        ("Vocals [Lead] , ", [("Vocals", "Lead")]),
        ("[Only a bracket]", [(None, None)]),
        ("Conductor [never closed", [("Conductor", "never closed")]),
        ("", [(None, None)]),
        (None, [(None, None)]),
    ],
)
def test_commas_in_brackets_part_no_roles(
    said: str | None, roles: list[tuple[str | None, str | None]]
) -> None:
    """What stands behind a role in brackets is its detail."""
    assert split_roles(said) == roles


def test_answers_without_lists_and_with_too_long_ones_cost_nothing() -> None:
    """A search lists none; a list without end is cut."""
    assert tracks(body()) == credits(body()) == []
    assert len(tracks(body(tracklist=[END] * (MOST_ITEMS + 5)))) == MOST_ITEMS
