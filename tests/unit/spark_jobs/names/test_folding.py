"""Folding of text to comparable words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.names.folding import fold, name_tokens, numbers, words

LATIN = st.text(alphabet="abcdefghijklmnopqrstuvwxyz 0123456789'-", min_size=1, max_size=40)


@given(st.text(max_size=60))
def test_folding_is_stable(text: str) -> None:
    """Words of any text, folded once more, stay what they are."""
    once = " ".join(words(fold(text)))
    assert " ".join(words(fold(once))) == once


@given(LATIN)
def test_case_does_not_matter(text: str) -> None:
    """Upper case and lower case give the same tokens."""
    assert name_tokens(text.upper()) == name_tokens(text)


@given(LATIN, st.sampled_from("\u0301\u0308\u0327\u0303"))
def test_accents_do_not_matter(text: str, accent: str) -> None:
    """An accent on every letter, composed or not, changes nothing."""
    accented = "".join(letter + accent if letter.isalpha() else letter for letter in text)
    assert name_tokens(accented) == name_tokens(text)
    assert name_tokens(unicodedata.normalize("NFC", accented)) == name_tokens(text)


@given(
    st.lists(st.from_regex(r"[a-z]{3,8}", fullmatch=True), min_size=2, max_size=5), st.sampled_from(".,!?;")
)
def test_punctuation_does_not_matter(parts: list[str], mark: str) -> None:
    """Marks between words count as spaces."""
    assert name_tokens(f"{mark} ".join(parts)) == name_tokens(" ".join(parts))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A Silent Room: Part 2", "A Silent Room Part II"),
        ("Rangers of the Sky Vol. 2", "Rangers of the Sky, Volume Two"),
        ("Boxer IV", "Boxer 4"),
        ("Tom & Eva", "Tom and Eva"),
        ("Don\u2019t Wait", "Don't Wait"),
        ("Bee\u2010Man", "Bee-Man"),
        ("The Splendid Six", "Splendid Six"),
        ("Lantern, The", "The Lantern"),
        ("Salt + Sand", "Salt and Sand"),
        ("M\u0101lika", "Malika"),
        ("\uff21\uff22\uff23", "abc"),
        ("6\u00bd Lanterns", "6 1/2 Lanterns"),
        ("\u00bd Lantern", "1/2 Lantern"),
        ("Lantern\u00b3", "Lantern 3"),
        ("Lantern\u2162", "Lantern III"),
        ("Lantern \u2153", "Lantern 1/3"),
        ("[Echo]\u00b2", "Echo 2"),
        ("Far\u00ad Astray\u202c", "Far Astray"),
    ],
)
def test_spellings_of_one_title_meet(one: str, other: str) -> None:
    """Sequel numbers, '&', quotes, dashes, articles, accents and widths have one form."""
    assert name_tokens(one) == name_tokens(other)


def test_marks_of_other_scripts_are_kept() -> None:
    """Vowel signs and voiced kana are letters, not accents."""
    assert name_tokens("\u092c\u091c\u0930\u0902\u0917\u0940") == ["\u092c\u091c\u0930\u0902\u0917\u0940"]
    assert name_tokens("\u30ac") != name_tokens("\u30ab")


def test_a_first_part_counts_as_unnumbered() -> None:
    """Only numbers beyond one tell sequels apart."""
    assert numbers(name_tokens("Sands: Part One")) == frozenset()
    assert numbers(name_tokens("Sands: Part Two")) == {"2"}


@pytest.mark.parametrize(
    ("title", "found"),
    [("6\u00bd Lanterns", {"6", "2"}), ("Lantern\u00b3", {"3"}), ("Lantern\u00b9\u00b2", {"12"})],
)
def test_a_number_of_one_sign_is_a_number(title: str, found: set[str]) -> None:
    """Fractions and superscripts are numbers of their own, never digits of the word beside them."""
    assert numbers(name_tokens(title)) == found
