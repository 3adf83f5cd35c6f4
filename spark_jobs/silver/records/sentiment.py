"""How positive a text sounds: VADER's compound score.

VADER is a word list made for English posts. It knows no other language, no irony and no plot: a kind film about a
war scores low, and a text without any word of the list scores 0. The score says how the words sound, not
whether the film is good. Only the first TEXT_LIMIT_CHARS of a text are read.

`Lexicon.compound` gives what vaderSentiment's `polarity_scores(text)["compound"]` gives (a test holds the two
together) and is several times faster: tokens are looked up once, and the rules of the library, which look three words
back and two ahead, get that window instead of the whole text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from vaderSentiment import vaderSentiment as vader  # type: ignore[import-untyped]

TEXT_LIMIT_CHARS = 5_000
POSITIVE_FROM, NEGATIVE_TO = 0.05, -0.05  # the thresholds VADER's authors give
_BACK, _AHEAD = 3, 3
_TAG = re.compile(r"<[^<>]{1,200}>")


class Word(NamedTuple):
    """A token as VADER sees it."""

    text: str
    lower: str
    is_upper: bool
    is_booster: bool
    is_known: bool


@dataclass(frozen=True, slots=True)
class _Window:
    """What the library's rules read of a text."""

    words_and_emoticons: list[str]
    is_cap_diff: bool


class Lexicon(vader.SentimentIntensityAnalyzer):  # type: ignore[misc]
    """VADER's word list and rules, loaded once a process."""

    def __init__(self) -> None:
        super().__init__()
        self._word = lru_cache(maxsize=200_000)(self._look_up)

    def _look_up(self, token: str) -> Word:
        word = vader.SentiText._strip_punc_if_word(token)
        lower = word.lower()
        return Word(word, lower, word.isupper(), lower in vader.BOOSTER_DICT, lower in self.lexicon)

    def compound(self, text: str) -> float:
        """Compound score of a text, -1 (most negative) to 1 (most positive)."""
        plain = self._without_emoji(text).strip()
        words = [self._word(token) for token in plain.split()]
        spelled = [word.text for word in words]
        upper = sum(word.is_upper for word in words)
        is_cap_diff = 0 < upper < len(words)
        valences = [
            self._valence(spelled, place, is_cap_diff)
            if word.is_known and not word.is_booster and not _is_kind_of(words, place)
            else 0
            for place, word in enumerate(words)
        ]
        return float(self.score_valence(self._but_check(spelled, valences), plain)["compound"])

    def _valence(self, words: list[str], place: int, is_cap_diff: bool) -> float:
        start = max(place - _BACK, 0)
        window = _Window(words[start : place + _AHEAD], is_cap_diff)
        found: list[float] = self.sentiment_valence(0, window, words[place], place - start, [])
        return found[0]

    def _without_emoji(self, text: str) -> str:
        """Text with emoji in words, spaced as the library does it."""
        if text.isascii() or not any(char in self.emojis for char in set(text)):
            return text
        parts: list[str] = []
        is_after_space = True
        for char in text:
            name = self.emojis.get(char)
            parts.append(char if name is None else name if is_after_space else f" {name}")
            is_after_space = name is None and char == " "
        return "".join(parts)


def _is_kind_of(words: list[Word], place: int) -> bool:
    return words[place].lower == "kind" and place + 1 < len(words) and words[place + 1].lower == "of"


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The process's one lexicon."""
    return Lexicon()


def score(text: str | None) -> float | None:
    """Compound score of a text without its HTML tags; None where there is no text."""
    if not text or not text.strip():
        return None
    return lexicon().compound(_TAG.sub(" ", text[:TEXT_LIMIT_CHARS]))


def mood(score: float | None) -> str | None:
    """Category of a compound score: positive, neutral, negative; None without a score."""
    if score is None:
        return None
    return "positive" if score >= POSITIVE_FROM else "negative" if score <= NEGATIVE_TO else "neutral"
