"""Names of people compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.names.people import (
    clean_artist,
    comparable,
    is_anyone,
    name_key,
    same_person,
    share_a_person,
    split_artists,
)

NAME = st.lists(st.from_regex(r"[A-Z][a-z]{2,8}", fullmatch=True), min_size=1, max_size=3)


@given(NAME)
def test_the_order_of_names_does_not_matter(parts: list[str]) -> None:
    """'Williams John' is 'John Williams', in any case."""
    assert name_key(" ".join(parts)) == name_key(" ".join(reversed(parts)).upper())


@given(NAME, NAME)
def test_sameness_is_symmetric(one: list[str], other: list[str]) -> None:
    """Who comes first makes no difference."""
    left, right = name_key(" ".join(one)), name_key(" ".join(other))
    assert same_person(left, right) == same_person(right, left)


@pytest.mark.parametrize(
    ("artist", "names"),
    [
        ("John Field (4)", ["John Field"]),
        ("Vega*", ["Vega"]),
        ("Hans Mori And Lisa Roe", ["Hans Mori", "Lisa Roe"]),
        ("Max Silva / John Field (4)", ["Max Silva", "John Field"]),
        ("Leo Bern; Yan Sept, City Orchestra", ["Leo Bern", "Yan Sept", "City Orchestra"]),
        ("Tom Hall (Junk X)", ["Tom Hall", "Junk X"]),
    ],
)
def test_artists_are_taken_apart(artist: str, names: list[str]) -> None:
    """Joiners, Discogs numbers, stars and aliases are understood."""
    assert split_artists(artist)[: len(names)] == names


@pytest.mark.parametrize("artist", ["Various", "various artists", "Unknown Artist", "", "Various*"])
def test_nobody_in_particular(artist: str) -> None:
    """'Various' names nobody, so it can neither agree nor clash."""
    assert is_anyone(artist)


def test_spellings_of_one_person_meet() -> None:
    """Hyphens, accents and one letter do not make another person."""
    assert share_a_person([name_key("jung jaeil")], [name_key("Jung Jae-il")])
    assert share_a_person([name_key("Harry Gregson\u2010Field")], [name_key("Harry Gregson-Field")])
    assert share_a_person([name_key("Ana Ruiz")], [name_key("Tom Field")]) is None


def test_names_in_different_scripts_cannot_clash() -> None:
    """A Japanese and a Latin spelling say nothing about each other."""
    assert not comparable([name_key("\u6c60\u983c\u5e83")], [name_key("Yoshi Ike")])
    assert clean_artist("Vega (12)") == "Vega"
