"""Figures and names as the report writes them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.html.wording import count, dollars, named, number, percent, plain, times, year


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "$0"), (950, "$950"), (12_345, "$12.3 K"), (999_600, "$1 M"), (45_600_000, "$45.6 M"),
        (-1_234_567_890, "-$1.23 B"), (459_400_000_000, "$459 B"), (1_500_000_000_000, "$1,500 B"),
        (None, "-"), (math.nan, "-"),
    ],
)  # fmt: skip
def test_dollars_are_short(value: float | None, shown: str) -> None:
    """Three digits and a letter, whatever the size; unknown is a dash."""
    assert dollars(value) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0 %"), (1, "100 %"), (0.256, "26 %"), (0.9999, "over 99 %"), (0.0001, "under 1 %"), (None, "-")],
)
def test_only_all_is_100_percent(share: float | None, shown: str) -> None:
    """Shares are rounded, but some are never shown as none, nor most as all; the sign stays on the line."""
    assert percent(share) == shown.replace(" %", "\u00a0%")


def test_counts_and_numbers() -> None:
    """One film is no films; years have no comma."""
    assert (count(1, "film"), count(2_000, "film"), count(1, "match", "matches"), count(2, "match", "matches")) == (
        "1 film", "2,000 films", "1 match", "2 matches",
    )  # fmt: skip
    assert (number(1234.56, 1), number(None), year(1999), year(None), times(2.13)) == (
        "1,234.6", "-", "1999", "-", "2.1 times",
    )  # fmt: skip


@given(st.text())
def test_names_turn_no_text_around(text: str) -> None:
    """Whatever a title holds, a name is one line, opens one isolate and closes it."""
    shown = named(text)
    assert plain(text) == shown[1:-1]
    assert [
        c for c in shown if c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
    ] == ["\u2068", "\u2069"]
    assert "\n" not in shown
