"""What speaks for and against one film for one record. Plain functions over plain values, no Spark.

`pair_evidence` fills the features the scorer weighs (FEATURES in model.py); reason.py puts them into a sentence.
Nothing here looks at a particular title: every rule is about spelling, people, years, genres or formats.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from rapidfuzz import fuzz

from spark_jobs.names import boilerplate
from spark_jobs.names.folding import numbers
from spark_jobs.names.people import comparable, share_a_person
from spark_jobs.names.titles import FROM, FULL

_SCREEN_STYLES = frozenset({"soundtrack", "score"})
_SPOKEN_STYLES = frozenset(
    {"story", "dialogue", "audiobook", "spoken word", "radioplay", "movie effects", "musical"}
)
_SMALL_FORMATS = frozenset({"single", "ep", "maxi-single"})
_KIND_WEIGHT = {FULL: 1.0, FROM: 0.99, "part": 0.9}
NEAR_MISS = 0.70  # title similarity below which a pair is not considered at all


class _Named:
    """Words of a film's or a record's names, worked out once for all its pairs."""

    names: Sequence[tuple[str, str]]

    @cached_property
    def first_words(self) -> list[str]:
        """Words of the first name."""
        return self.names[0][0].split()

    @cached_property
    def all_words(self) -> frozenset[str]:
        """Words of all names."""
        return frozenset(word for name, _ in self.names for word in name.split())


@dataclass(frozen=True)
class FilmFacts(_Named):
    """A film as the scorer sees it: `names` are (text, kind), people name keys.

    `year` is 0 when unknown; `prominence` is 0 to 1.
    """

    names: Sequence[tuple[str, str]]
    year: int
    composers: Sequence[str]
    players: Sequence[str]
    prominence: float


@dataclass(frozen=True)
class ReleaseFacts(_Named):
    """A record as the scorer sees it. `said` are the words printed in its title; `year` 0 when unknown.

    `possible_artists` are those its title may begin with, believed only where the film knows them; a record of
    `is_various` is by nobody in particular, whoever else is credited.
    """

    names: Sequence[tuple[str, str]]
    said: frozenset[str]
    artists: Sequence[str]
    year: int
    genres: frozenset[str]
    styles: frozenset[str]
    formats: frozenset[str]
    possible_artists: Sequence[str] = ()
    is_various: bool = False


class TitleEvidence(NamedTuple):
    """The best pair of names: similarity 0..1, whether equal but for spaces, and the kinds of the two names."""

    similarity: float
    is_exact: bool
    release_kind: str
    film_kind: str
    release_name: str
    film_name: str


def title_evidence(release: Sequence[tuple[str, str]], film: Sequence[tuple[str, str]]) -> TitleEvidence:
    """Compare all names of a record with all names of a film and keep the most telling pair."""
    best, best_value = TitleEvidence(0.0, False, FULL, FULL, "", ""), -1.0
    for film_name, film_kind in film:
        for release_name, release_kind in release:
            similarity = name_similarity(release_name, film_name)
            value = similarity * _KIND_WEIGHT[release_kind] * _KIND_WEIGHT[film_kind]
            if value > best_value:
                is_exact = similarity == 1.0
                best = TitleEvidence(similarity, is_exact, release_kind, film_kind, release_name, film_name)
                best_value = value
    return best


def name_similarity(one: str, other: str) -> float:
    """Similarity 0..1 of two cleaned names, blind to word division and word order; symmetric."""
    if one == other:
        return 1.0
    plain, other_plain = one.replace(" ", ""), other.replace(" ", "")
    if plain == other_plain:
        return 1.0
    return min(max(fuzz.ratio(plain, other_plain), fuzz.token_sort_ratio(one, other)) / 100, 0.99)


def _left_over(words: Sequence[str], explained: frozenset[str]) -> float:
    """Share of the letters of `words` that stand in words not in `explained`."""
    total = sum(map(len, words))
    return sum(len(word) for word in words if word not in explained) / total if total else 0.0


def _numbers_clash(title: TitleEvidence, release_words: list[str], film_words: list[str]) -> bool:
    """Whether the names differ in a number, or the record lacks a number the film's short name left out.

    Names that are equal but for spaces do not differ in a number, wherever the digits stand.
    """
    if not title.is_exact and numbers(title.release_name.split()) != numbers(title.film_name.split()):
        return True
    return title.film_kind != FULL and not numbers(film_words) <= numbers(release_words)


def _length(name: str) -> float:
    """How much a title says by its length, 0..1: letters, those of other scripts counting double."""
    letters = sum(1 if letter.isascii() else 2 for letter in name if letter != " ")
    return min(letters, 24) / 24


def title_features(title: TitleEvidence, release: ReleaseFacts, film: FilmFacts) -> dict[str, float]:
    """Features of the titles alone."""
    release_words, film_words = release.first_words, film.first_words
    film_all = film.all_words.union(title.release_name.split())
    release_all = release.all_words.union(title.film_name.split())
    whole = title.release_kind != "part" and title.film_kind == FULL
    return {
        "title_exact": float(title.is_exact and whole and title.release_kind == FULL),
        "title_exact_from": float(title.is_exact and whole and title.release_kind == FROM),
        "title_exact_part": float(title.is_exact and not whole),
        "title_near": 0.0 if title.is_exact else max(0.0, (title.similarity - NEAR_MISS) / (1 - NEAR_MISS)),
        "title_length": _length(title.film_name) * title.is_exact,
        "release_left": 0.0 if title.release_kind == FROM else _left_over(release_words, film_all),
        "film_left": _left_over(film_words, release_all),
        "number_clash": float(_numbers_clash(title, release_words, film_words)),
    }


def people_features(release: ReleaseFacts, film: FilmFacts, is_song: bool) -> dict[str, float]:
    """Features of who made the record and who made the film; a song from a film is rarely by its composer."""
    credited = [*release.artists, *release.possible_artists]
    composer = share_a_person(credited, film.composers)
    player = None if composer else share_a_person(credited, film.players)
    clash = not composer and not release.is_various and comparable(release.artists, film.composers)
    film_words = set(film.first_words)
    named = any(set(artist.split()) & film_words for artist in release.artists if len(artist) > 3)
    return {
        "composer": float(composer is not None),
        "player": float(player is not None),
        "composer_clash": float(clash and not player and not is_song),
        "artist_in_title": float(named),
    }


def year_features(release_year: int, film_year: int) -> dict[str, float]:
    """Features of the two years (0 = unknown, which says nothing). Later is normal, earlier suspicious."""
    if not release_year or not film_year:
        return {"year_same": 0.0, "year_later": 0.0, "year_before": 0.0}
    gap = release_year - film_year
    return {
        "year_same": float(gap in (0, 1)) + 0.5 * float(gap == -1),
        "year_later": min(math.log1p(gap - 1) / math.log(40), 1.0) if gap > 1 else 0.0,
        "year_before": min((-gap - 1) / 3, 1.0) if gap < -1 else 0.0,
    }


def kind_features(release: ReleaseFacts, film: FilmFacts, is_song: bool) -> dict[str, float]:
    """Features of what kind of record it is: a soundtrack, a cast recording, a game, a techno single."""
    said = release.said.difference(film.first_words)
    years = {word for word in said if boilerplate.is_year([word])}
    on_screen = bool(release.styles & _SCREEN_STYLES)
    return {
        "says_film": float(bool(said & boilerplate.FILM)),
        "says_soundtrack": float(bool(said & boilerplate.SOUNDTRACK)),
        "says_stage": float(bool(said & boilerplate.STAGE)),
        "says_game_or_series": float(bool(said & (boilerplate.GAME | boilerplate.SERIES))),
        "says_collection": float(bool(said & (boilerplate.COLLECTION | boilerplate.SPOKEN))),
        "style_missing": float(not on_screen and "stage & screen" in release.genres),
        "genre_missing": float(not on_screen and "stage & screen" not in release.genres),
        "style_spoken": float(bool(release.styles & _SPOKEN_STYLES) or "children's" in release.genres),
        "is_single": float(not is_song and bool(release.formats & _SMALL_FORMATS)),
        "printed_year_clash": float(bool(years) and str(film.year) not in years),
    }


def pair_evidence(
    release: ReleaseFacts, film: FilmFacts, title: TitleEvidence | None = None
) -> dict[str, float]:
    """All features of one pair, by name."""
    title = title or title_evidence(release.names, film.names)
    is_song = title.release_kind == FROM
    features = title_features(title, release, film) | people_features(release, film, is_song)
    features |= year_features(release.year, film.year) | kind_features(release, film, is_song)
    # Known films have records, and their records are listed.
    return features | {"prominence": film.prominence, "stranger": _is_stranger(features)}


def _is_stranger(features: dict[str, float]) -> float:
    """1 for a record of another kind of music by nobody the film knows: a techno single called 'Shark'."""
    is_other = features["style_missing"] or features["genre_missing"]
    has_tie = features["composer"] or features["player"] or features["says_film"]
    return float(bool(is_other and not has_tie))
