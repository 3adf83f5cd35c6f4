"""Texts and numbers of answers, made clean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.silver.reading.cleaning import INT_MAX, LONG_MAX, asked, prose, real, strings, text, whole


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("12", 12), (" +12 ", 12), ("-3", -3), ("92.0", 92), ("1.0E8", 100_000_000), ("1e2", 100), ("12.5", None),
        ("", None), ("x", None), ("1_000", None), ("NaN", None), ("Infinity", None), ("0x10", None), ("true", None),
        (str(LONG_MAX), LONG_MAX), (str(LONG_MAX + 1), None), ("1e400", None), ("9" * 40, None), (None, None),
    ],
)  # fmt: skip
def test_whole_numbers(said: str | None, number: int | None) -> None:
    """What is a whole number, however written, is one; nothing else is."""
    assert whole(said) == number


@given(st.integers(-(2**70), 2**70))
def test_whole_numbers_stay_within_their_column(number: int) -> None:
    """A number that the column cannot hold is none."""
    assert whole(str(number), INT_MAX) == (number if abs(number) <= INT_MAX else None)
    assert whole(str(number), above=0) == (number if 0 < number <= LONG_MAX else None)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_real_numbers_come_back(number: float) -> None:
    """Every finite number is read as it was written."""
    assert real(repr(number)) == number


@pytest.mark.parametrize("said", ["nan", "inf", "-Infinity", "1_0.5", "", " ", "1.2.3", "١٢", None])
def test_what_is_no_number_is_none(said: str | None) -> None:
    """Words that Python takes for numbers are none here."""
    assert real(said) is None


@given(st.text(alphabet=" \n\tab"))
def test_a_text_is_one_line(value: str) -> None:
    """Gaps are one space, ends have none, and a text of nothing is none."""
    assert text(value) == (" ".join(value.split()) or None)


def test_prose_keeps_its_lines_and_is_cut() -> None:
    """Line breaks within stay, those around go, and 20,000 characters are enough."""
    assert prose("\n a\n\n b \t") == "a\n\n b"
    assert prose(" \n") is None
    assert len(prose("x" * 30_000) or "") == 20_000


def test_strings_are_distinct_clean_and_in_order() -> None:
    """Blanks and absent ones go, the first of equal ones stays."""
    assert strings([" b", None, "a", "", "b ", "a  c"]) == ["b", "a", "a c"]
    assert strings(None) == []


def test_the_id_asked_for_stands_in_the_path() -> None:
    """A path of something else names none."""
    assert asked("/3/movie/603", "/movie/") == 603
    assert asked("/3/discover/movie", "/movie/") is asked(None, "/movie/") is None
