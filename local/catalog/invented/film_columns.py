"""The invented films as columns: dates, languages, votes, and which film is a sequel or a remake, by which composer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from local.catalog.columns import FilmColumns
from local.catalog.invented.words.film_words import LANGUAGES

FIRST_DAY, LAST_DAY = date(1920, 1, 1).toordinal(), date(2026, 11, 15).toordinal()
FILMS_IN_DENSE_DAY = 10_200
LANGUAGE_SHARES = (0.58, 0.09, 0.07, 0.07, 0.05, 0.06, 0.04, 0.04)
SEQUEL_SHARES = (0.05, 0.02, 0.008)
REMAKE_SHARE = 0.02
NO_COMPOSER_SHARE = 0.15
DAYS_TO_SEQUEL = 1500
SEQUELS_TAKE_DAYS = len(SEQUEL_SHARES) * DAYS_TO_SEQUEL


@dataclass(frozen=True)
class Family:
    """How films belong together; indexes into the columns, -1 for none.

    `head` is the first film of a film's collection (itself for the first), `part` 1 for it, then 2, 3, …;
    `original` is the film that a remake remakes; `composer` is a person's number.
    """

    head: NDArray[np.int64]
    part: NDArray[np.int8]
    original: NDArray[np.int64]
    composer: NDArray[np.int64]


def composer_count(films: int) -> int:
    """Return how many composers a catalog of that size has; a multiple of the number of languages."""
    return max(20, films // 100) * len(LANGUAGES)


def draw(count: int, seed: int, dense_days: int) -> tuple[FilmColumns, Family]:
    """Draw `count` films, of which FILMS_IN_DENSE_DAY fall on each of `dense_days` single days."""
    if dense_days * FILMS_IN_DENSE_DAY > count:
        raise ValueError(f"{dense_days} dense days need {dense_days * FILMS_IN_DENSE_DAY} films, not {count}")
    random = np.random.default_rng([seed, 1])
    day = _days(count, random)
    language = random.choice(len(LANGUAGES), size=count, p=LANGUAGE_SHARES).astype(np.uint16)
    head, part, original = _choose_sequels_and_remakes(count, random, day)
    language = _inherit_languages(language, head, original)
    _fill_dense_days(day, dense_days)
    family = Family(head, part, original, _composers(count, random, language))
    return _columns(count, random, day, language), family


def _days(count: int, random: Generator) -> NDArray[np.int32]:
    share = random.random(count) ** 0.38
    return (FIRST_DAY + share * (LAST_DAY - FIRST_DAY)).astype(np.int32)


def _choose_sequels_and_remakes(
    count: int, random: Generator, day: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.int64]]:
    """Choose sequels and remakes and set their days: sequels follow, remakes come out in another year."""
    order = random.permutation(count)
    head, original = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    part = np.zeros(count, dtype=np.int8)
    sizes = [int(count * share) for share in SEQUEL_SHARES]
    heads, taken = order[: sizes[0]], sizes[0]
    head[heads], part[heads] = heads, 1
    day[heads] -= np.where(day[heads] > LAST_DAY - SEQUELS_TAKE_DAYS, SEQUELS_TAKE_DAYS, 0).astype(np.int32)
    for number, size in enumerate(sizes, start=2):
        films, taken = order[taken : taken + size], taken + size
        head[films], part[films] = heads[:size], number
        gap = random.integers(400, DAYS_TO_SEQUEL, size) + (number - 2) * DAYS_TO_SEQUEL
        day[films] = day[heads[:size]] + gap
    remakes = order[taken : taken + int(count * REMAKE_SHARE)]
    original[remakes] = order[taken + len(remakes) : taken + 2 * len(remakes)]
    _part_years(day, remakes, original[remakes])
    return head, part, original


def _part_years(day: NDArray[np.int32], remakes: NDArray[np.int64], originals: NDArray[np.int64]) -> None:
    is_close = np.abs(day[remakes] - day[originals]) < 400
    is_late = day[originals] > (FIRST_DAY + LAST_DAY) // 2
    shift = np.where(is_late, -5000, 5000)
    day[remakes] = np.where(is_close, day[originals] + shift, day[remakes])


def _inherit_languages(
    language: NDArray[np.uint16], head: NDArray[np.int64], original: NDArray[np.int64]
) -> NDArray[np.uint16]:
    """Give sequels the language of their first film, and remakes that of their original."""
    own = np.arange(len(language))
    root = np.where(head >= 0, head, np.where(original >= 0, original, own))
    spread: NDArray[np.uint16] = language[root]
    return spread


def _fill_dense_days(day: NDArray[np.int32], dense_days: int) -> None:
    """Move films, evenly spread over the catalog, onto the dense days: first of January, every third year back."""
    movable = np.linspace(0, len(day) - 1, dense_days * FILMS_IN_DENSE_DAY).astype(np.int64)
    for number in range(dense_days):
        day[movable[number::dense_days]] = date(2024 - 3 * number, 1, 1).toordinal()


def _composers(count: int, random: Generator, language: NDArray[np.uint16]) -> NDArray[np.int64]:
    """Draw composers of the film's language, a few of them very busy; -1 where nobody is credited."""
    ranks = composer_count(count) // len(LANGUAGES)
    rank = (random.random(count) ** 1.8 * ranks).astype(np.int64)
    composer = rank * len(LANGUAGES) + language
    return np.where(random.random(count) < NO_COMPOSER_SHARE, -1, composer)


def _columns(
    count: int, random: Generator, day: NDArray[np.int32], language: NDArray[np.uint16]
) -> FilmColumns:
    fame = random.lognormal(0.0, 1.4, count)
    earned = (fame * random.lognormal(15.5, 1.0, count)).astype(np.int64)
    return FilmColumns(
        ids=np.cumsum(random.integers(1, 6, count)) + 100,
        day=day,
        language=language,
        languages=LANGUAGES,
        popularity=np.round(fame * 6, 4),
        vote_average=np.clip(random.normal(6.2, 1.1, count), 0, 10).round(3),
        vote_count=(fame * fame * random.integers(3, 60, count)).astype(np.int64),
        revenue=np.where(random.random(count) < 0.6, 0, earned),
        adult=np.zeros(count, dtype=np.bool_),
    )
