"""Invented film titles: a small grammar, in eight languages."""

from __future__ import annotations

from dataclasses import dataclass

from local.catalog.invented.dice import Dice
from local.catalog.invented.words.film_words import (
    ACTIONS,
    ADJECTIVES,
    LANGUAGES,
    NOUNS,
    NUMBERS,
    PAIR_FORMS,
    PART_WORDS,
    PLACE_FORMS,
    PLACES,
    SINGLES,
    THINGS,
)

ROMAN = ("", "I", "II", "III", "IV", "V", "VI")
NUMBER_WORDS = ("", "One", "Two", "Three", "Four", "Five", "Six")


@dataclass(frozen=True)
class Title:
    """A title that can be said in every language, or one that is English only (`english`)."""

    english: str = ""
    first: int = -1
    second: int = -1
    place: str = ""

    def text_in(self, language: int) -> str:
        """Return the title in LANGUAGES[language]; an English-only one stays English."""
        if self.english:
            return self.english
        first = NOUNS[self.first][language]
        if self.place:
            return PLACE_FORMS[language].format(a=first, p=self.place)
        if self.second < 0:
            return first
        second = NOUNS[self.second][language]
        return PAIR_FORMS[language].format(a=first, b=second[0].lower() + second[1:])

    @property
    def is_translated(self) -> bool:
        """Whether other languages have their own form."""
        return not self.english


def invent(dice: Dice, language: int) -> Title:
    """Draw a title for a film in LANGUAGES[language]."""
    is_english = LANGUAGES[language] == "en"
    return Title(english=_english(dice)) if is_english and dice.chance(0.75) else _shared(dice)


def sequel(base: str, part: int, language: int, dice: Dice) -> str:
    """Return the title of part 2, 3, … of a film."""
    form = dice.below(5)
    if form == 0:
        return f"{base} {ROMAN[part]}"
    if form == 1 and language < PART_WORDS.index("第"):
        return f"{base}: {PART_WORDS[language]} {NUMBER_WORDS[part] if language == 0 else part}"
    if form == 2 and language == 0:
        return f"{base}: {dice.pick(ADJECTIVES)} {dice.pick(THINGS)}"
    return f"{base} {part}"


def _shared(dice: Dice) -> Title:
    first, form = dice.below(len(NOUNS)), dice.random()
    if form < 0.1:
        return Title(first=first)
    if form < 0.35:
        return Title(first=first, second=(first + dice.between(1, len(NOUNS) - 1)) % len(NOUNS))
    return Title(first=first, place=dice.pick(PLACES))


def _article(thing: str) -> str:
    return "An" if thing[0] in "AEIO" else "A"


def _plural(thing: str) -> str:
    if thing.endswith("y") and thing[-2] not in "aeo":
        return thing[:-1] + "ies"
    return thing + ("es" if thing[-1] in "sz" or thing.endswith("ch") else "s")


def _english(dice: Dice) -> str:
    form = dice.below(12)
    adjective, thing, other = dice.pick(ADJECTIVES), dice.pick(THINGS), dice.pick(THINGS)
    if form <= 2:
        return f"The {adjective} {thing}" if form else f"{adjective} {thing}"
    if form <= 4:
        return f"{thing} of the {other}" if form == 3 else f"The {thing}'s {other}"
    if form == 5:
        return f"{dice.pick(ACTIONS)} the {adjective} {thing}"
    if form == 6:
        return f"{dice.pick(NUMBERS)} {_plural(thing)}"
    if form == 7:
        return dice.pick(SINGLES) if dice.chance(0.3) else f"{dice.pick(SINGLES)}: {adjective} {thing}"
    if form == 8:
        return f"{adjective} {_plural(thing)} in {dice.pick(PLACES)}"
    if form == 9:
        return f"{dice.pick(PLACES)}, {adjective} {thing}"
    return (
        f"{_article(thing)} {thing} for the {other}"
        if form == 10
        else f"The {thing} from {dice.pick(PLACES)}"
    )
