"""The faster VADER is VADER."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # type: ignore[import-untyped]

from spark_jobs.silver.records.sentiment import TEXT_LIMIT_CHARS, lexicon, score

TELLING = (
    "good great bad horrible kind of no not never so this without doubt least at very but or nor isn't war LOVE "
    "HATE happy sad the shit bad ass uber barely hardly kiss of death to die for yeah right sort extremely "
    "!!! ??? :) :( :D \U0001f600 \U0001f525x lol :-( , . cut mustard beating heart"
)
WORDS = st.lists(st.sampled_from(TELLING.split()) | st.text(max_size=6), max_size=30)


@lru_cache(maxsize=1)
def reference() -> Any:
    """The library as it is."""
    return SentimentIntensityAnalyzer()


@settings(max_examples=300)
@given(WORDS, st.sampled_from([" ", "  ", "\n", ", "]))
def test_the_score_is_the_librarys(words: list[str], gap: str) -> None:
    """Any run of words, boosters, negations, idioms, emoji and capitals scores as in the library."""
    text = gap.join(words)
    assert lexicon().compound(text) == reference().polarity_scores(text)["compound"]


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_no_text_has_no_score(text: str | None) -> None:
    """Where there is no text there is no opinion."""
    assert score(text) is None


def test_tags_are_not_read_and_long_texts_are_cut() -> None:
    """Mark-up carries no mood; what lies beyond the limit is not read."""
    assert score("<b class='good great'>table</b>") == 0
    assert score("table " * (TEXT_LIMIT_CHARS // 6 + 1) + "wonderful") == 0
