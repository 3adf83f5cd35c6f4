"""The invented releases as columns: which film each belongs to, years, formats, countries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from local.catalog.columns import FilmColumns, Indexes, ReleaseColumns
from local.catalog.invented.words.release_words import (
    COUNTRIES,
    COUNTRY_SHARES,
    FORMAT_SHARES,
    FORMATS,
    GENRES,
    SINGLE_FORMAT,
    STYLES,
)

TRUE, OTHER_FILM, SERIES, STAGE, GAME, SINGLE = range(6)
KIND_SHARES = (0.62, 0.13, 0.08, 0.06, 0.06, 0.05)
NO_YEAR_SHARE = 0.22
REISSUE_SHARE = 0.3
LAST_YEAR = 2026
MASTER_ID_OFFSET = 50_000
MOST_RECORDS_A_FILM = 12


@dataclass(frozen=True)
class Draws:
    """What was drawn for every release: codes into the tables of release_words, film indexes (-1: none)."""

    kind: NDArray[np.int8]
    film: NDArray[np.int64]
    format: NDArray[np.int64]
    style: NDArray[np.int64]
    genre: NDArray[np.int64]
    country: NDArray[np.int64]


def draw(count: int, seed: int, films: FilmColumns) -> tuple[ReleaseColumns, Draws]:
    """Draw `count` releases; films with more votes have more of them."""
    random = np.random.default_rng([seed, 2])
    kind = random.choice(len(KIND_SHARES), size=count, p=KIND_SHARES).astype(np.int8)
    film = np.where((kind == TRUE) | (kind == SINGLE), _choose(random, films, count), -1)
    form = random.choice(len(FORMATS), size=count, p=FORMAT_SHARES)
    draws = Draws(
        kind=kind,
        film=film,
        format=np.where(kind == SINGLE, SINGLE_FORMAT, form),
        style=_styles(random, kind),
        genre=random.integers(0, len(GENRES), count),
        country=random.choice(len(COUNTRIES), size=count, p=COUNTRY_SHARES),
    )
    columns = ReleaseColumns(
        ids=np.cumsum(random.integers(1, 8, count)) + 1000,
        year=_years(random, films, draws),
        master=_masters(draws),
        postings=_postings(draws),
    )
    return columns, draws


def _choose(random: Generator, films: FilmColumns, count: int) -> NDArray[np.int64]:
    """Draw a film for every release, in proportion to the root of its votes, few of them very often."""
    weight = np.sqrt(films.vote_count + 1.0)
    weight = np.minimum(weight / weight.sum(), MOST_RECORDS_A_FILM / max(count, 1))
    return random.choice(len(weight), size=count, p=weight / weight.sum())


def _styles(random: Generator, kind: NDArray[np.int8]) -> NDArray[np.int64]:
    style = random.choice([0, 1, 2, 5], size=len(kind), p=[0.6, 0.28, 0.05, 0.07])
    return np.select([kind == STAGE, kind == SINGLE], [3, 4], style).astype(np.int64)


def _years(random: Generator, films: FilmColumns, draws: Draws) -> NDArray[np.int32]:
    """Draw years: the film's for its own records, later for reissues; 0 where the record names none."""
    count = len(draws.kind)
    film_year = np.array(
        [date.fromordinal(day).year for day in films.day[draws.film].tolist()], dtype=np.int64
    )
    free_year = 1950 + (random.random(count) ** 0.5 * (LAST_YEAR - 1950)).astype(np.int64)
    later = np.where(
        random.random(count) < REISSUE_SHARE, random.integers(5, 45, count), random.integers(0, 2, count)
    )
    year = np.where(draws.kind == TRUE, film_year + later, free_year)
    is_late = year > LAST_YEAR
    year = np.where(is_late, np.maximum(np.minimum(film_year, LAST_YEAR), LAST_YEAR - later), year)
    return np.where(random.random(count) < NO_YEAR_SHARE, 0, year).astype(np.int32)


def _masters(draws: Draws) -> NDArray[np.int64]:
    """Give the records of one film one master, where it has several."""
    is_true = draws.kind == TRUE
    copies = np.bincount(draws.film[is_true], minlength=int(draws.film.max(initial=0)) + 1)
    has_master = is_true & (copies[np.maximum(draws.film, 0)] > 1)
    return np.where(has_master, MASTER_ID_OFFSET + draws.film, 0).astype(np.int64)


def _postings(draws: Draws) -> dict[str, dict[str, Indexes]]:
    return {
        "format": _invert(draws.format, FORMATS),
        "style": _invert(draws.style, STYLES),
        "genre": _invert(draws.genre, GENRES),
        "country": _invert(draws.country, [(country,) for country in COUNTRIES]),
    }


def _invert(codes: NDArray[np.int64], table: Sequence[Sequence[str]]) -> dict[str, Indexes]:
    values = {value for row in table for value in row}
    return {
        value.lower(): np.nonzero(np.isin(codes, [at for at, row in enumerate(table) if value in row]))[0]
        for value in values
    }
