"""What speaks for and against one film for one record. Plain functions over plain values, no Spark.

`pair_evidence` fills the features the scorer weighs (FEATURES in model.py); reason.py puts them into a sentence.
Nothing here looks at a particular title: every rule is about spelling, people, years, genres or formats.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz

from spark_jobs.matching.sides import SCREEN_STYLES, FilmFacts, ReleaseFacts
from spark_jobs.names import boilerplate
from spark_jobs.names.folding import numbers, script
from spark_jobs.names.name import FROM, FULL
from spark_jobs.names.people import comparable, share_a_person

_PLAYED_AGAIN = boilerplate.TRIBUTE | boilerplate.ORCHESTRA
_SPOKEN_STYLES = frozenset(
    {"story", "dialogue", "audiobook", "spoken word", "radioplay", "movie effects", "musical"}
)
_GAME_STYLES = frozenset({"video game music"})
_SMALL_FORMATS = frozenset({"single", "ep", "maxi-single"})
_KIND_WEIGHT = {FULL: 1.0, FROM: 0.99, "part": 0.9}
_DIGIT = re.compile(r"\d")
_EXACT_BONUS = 0.06  # a part of a title to the letter is worth a little more than the whole with another word
_YEARS_BEFORE = 2  # years before the one before the film's from which a record is too early
_NUMBER_MALUS = 0.1
_TELLING = 0.3  # length from which a name alone is telling
_SPELLING = 75.0  # ratio from which two words are one, misspelt
NEAR_MISS = 0.70  # title similarity below which a pair is not considered at all


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
            is_exact = similarity == 1.0
            value = similarity * _KIND_WEIGHT[release_kind] * _KIND_WEIGHT[film_kind]
            value += _EXACT_BONUS if is_exact else 0.0
            if value > best_value and not is_exact and _differ(release_name, film_name):
                value -= _NUMBER_MALUS
            if value > best_value:
                best = TitleEvidence(similarity, is_exact, release_kind, film_kind, release_name, film_name)
                best_value = value
    return best


def _differ(one: str, other: str) -> bool:
    """Whether two names differ in their numbers."""
    if not _DIGIT.search(one) and not _DIGIT.search(other):
        return False
    return numbers(one.split()) != numbers(other.split())


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
    return sum([len(word) for word in words if word not in explained]) / total if total else 0.0


def _numbers_clash(title: TitleEvidence, release_words: list[str], film_words: list[str]) -> bool:
    """Whether the names differ in a number, or the record lacks a number the film's short name left out.

    Names that are equal but for spaces do not differ in a number, wherever the digits stand.
    """
    if not title.is_exact and _differ(title.release_name, title.film_name):
        return True
    if title.film_kind == FULL or film_words[-1:] == title.film_name.split()[-1:]:
        return False  # what comes after a number, the film's own subtitle, needs none
    return not numbers(film_words) <= numbers(release_words)


def _words_clash(title: TitleEvidence) -> float:
    """How much of two names are words of which neither is a spelling of one of the other, 0 to 1.

    'Hero and the Second Adventure' and 'Hero and the Third Adventure' are alike in letters, and two films.
    """
    if title.is_exact:
        return 0.0
    ours, theirs = title.release_name.split(), title.film_name.split()
    left, missing = _unlike(ours, theirs), _unlike(theirs, ours)
    if not left or not missing or fuzz.ratio("".join(left), "".join(missing)) >= _SPELLING:
        return 0.0
    return min(1.0, min(sum(map(len, left)), sum(map(len, missing))) / 4)


def _unlike(words: list[str], others: list[str]) -> list[str]:
    """Words that tell names apart and are no spelling of any of the others, nor a part of them joined."""
    joined = "".join(others)
    telling = [word for word in words if word not in boilerplate.STOP_WORDS and word not in others]
    return [
        word
        for word in telling
        if not (len(word) > 3 and word in joined)
        and all(fuzz.ratio(word, other) < _SPELLING for other in others)
    ]


def _length(name: str) -> float:
    """How much a title says by its length, 0..1: letters, those of other scripts counting double."""
    letters = len(name) - name.count(" ")
    if not name.isascii():
        letters += sum(not letter.isascii() for letter in name)
    return min(letters, 24) / 24


def title_features(title: TitleEvidence, release: ReleaseFacts, film: FilmFacts) -> dict[str, float]:
    """Features of the titles alone."""
    release_words, film_words = release.first_words, film.first_words
    film_all = film.all_words.union(title.release_name.split(), release.artist_words)
    same_script = [word for word in release_words if word.isascii() or not title.film_name.isascii()]
    if not script(title.film_name):
        same_script = release_words
    release_all = release.all_words.union(title.film_name.split())
    whole = title.release_kind != "part" and title.film_kind == FULL
    return {
        "title_exact": float(title.is_exact and whole and title.release_kind == FULL),
        "title_exact_from": float(title.is_exact and whole and title.release_kind == FROM),
        "title_exact_part": float(title.is_exact and not whole),
        "title_near": 0.0 if title.is_exact else max(0.0, (title.similarity - NEAR_MISS) / (1 - NEAR_MISS)),
        "title_length": _length(title.film_name) * title.is_exact,
        "release_left": 0.0 if title.release_kind == FROM else _left_over(same_script, film_all),
        "film_left": _left_over(film_words, release_all),
        "number_clash": float(_numbers_clash(title, release_words, film_words)),
        "words_clash": _words_clash(title),
    }


def people_features(release: ReleaseFacts, film: FilmFacts, is_song: bool) -> dict[str, float]:
    """Features of who made the record and who made the film; a song from a film is rarely by its composer."""
    credited = [*release.artists, *release.possible_artists]
    composer = share_a_person(credited, film.composers)
    player = None if composer else share_a_person(credited, film.players)
    clash = not composer and not release.is_various and comparable(release.artists, film.composers)
    is_clash = clash and not player and not is_song
    is_person = release.has_person
    named = not release.telling_artist_words.isdisjoint(film.first_words)
    return {
        "composer": float(composer is not None),
        "player": float(player is not None),
        "composer_clash": float(is_clash and is_person),
        "group_clash": float(is_clash and not is_person),
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
        "year_before": min((-gap - 1) / _YEARS_BEFORE, 1.0) if gap < -1 else 0.0,
    }


def kind_features(release: ReleaseFacts, film: FilmFacts, is_song: bool) -> dict[str, float]:
    """Features of what kind of record it is: a soundtrack, a cast recording, a game, a techno single."""
    said = release.said if release.said.isdisjoint(film.all_words) else release.said - film.all_words
    on_screen = bool(release.styles & SCREEN_STYLES)
    return {
        **_said_features(said),
        "says_game": float(
            not said.isdisjoint(boilerplate.GAME) or not release.styles.isdisjoint(_GAME_STYLES)
        ),
        "says_tribute": float(_is_tribute(release, film, said)),
        "style_missing": float(not on_screen and "stage & screen" in release.genres),
        "genre_missing": float(not on_screen and "stage & screen" not in release.genres),
        "style_spoken": float(bool(release.styles & _SPOKEN_STYLES) or "children's" in release.genres),
        "is_single": float(not is_song and bool(release.formats & _SMALL_FORMATS)),
        "printed_year_clash": float(_prints_another_year(release, said, film.year)),
    }


@lru_cache(maxsize=20_000)
def _said_features(said: frozenset[str]) -> dict[str, float]:
    """Features of the words printed alone; remembered, for many records say the same."""
    says_trilogy = not said.isdisjoint(boilerplate.TRILOGY)
    on_no_screen = said.isdisjoint(boilerplate.SCREEN)
    stage = (
        boilerplate.STAGE - {"musical"} if "score" in said else boilerplate.STAGE
    )  # 'Original Musical Score'
    return {
        "says_film": float(not said.isdisjoint(boilerplate.FILM) and not says_trilogy),
        "says_soundtrack": float(not said.isdisjoint(boilerplate.SOUNDTRACK)),
        "says_stage": float(on_no_screen and not said.isdisjoint(stage)),
        "says_television": float(on_no_screen and not said.isdisjoint(boilerplate.TELEVISION)),
        "says_series": float(not said.isdisjoint(boilerplate.SERIES)),
        "says_trilogy": float(says_trilogy),
        "says_collection": float(not said.isdisjoint(boilerplate.COLLECTION | boilerplate.SPOKEN)),
    }


def pair_evidence(
    release: ReleaseFacts, film: FilmFacts, title: TitleEvidence | None = None
) -> dict[str, float]:
    """All features of one pair, by name."""
    title = title or title_evidence(release.names, film.names)
    is_song = title.release_kind == FROM
    features = title_features(title, release, film) | people_features(release, film, is_song)
    features |= year_features(release.year, film.year) | kind_features(release, film, is_song)
    features |= together(title, release, features)
    # Known films have records, and their records are listed.
    return features | {"prominence": film.prominence, "stranger": _is_stranger(features)}


def together(title: TitleEvidence, release: ReleaseFacts, features: dict[str, float]) -> dict[str, float]:
    """Features of two kinds of evidence at once, where one takes back what the other says.

    A composer says little where only a part of the title agrees, for films of a series share theirs. A reissue by the
    film's own composer may be of any year. A single of the film's year that says soundtrack is a song from it.
    """
    whole = title.is_exact and title.release_kind != "part" and title.film_kind == FULL
    is_known = features["composer"] or features["player"]
    is_timely = features["year_same"] == 1.0 and bool(release.styles & SCREEN_STYLES)
    is_song = bool(features["is_single"] and is_timely and title.is_exact and title.film_kind == FULL)
    is_short = title.is_exact and title.film_kind != FULL and not features["says_film"]
    return {
        "year_later": 0.0 if is_known and whole else features["year_later"],
        "reissue": features["year_later"] if is_known and whole else 0.0,
        "composer_of_part": float(bool(features["composer"]) and not whole),
        "is_single": features["is_single"] if not is_known else 0.0,
        "single_of_the_year": float(is_song),
        "single_of_the_composer": features["is_single"] if is_known else 0.0,
        "composer_clash": 0.0 if is_song else features["composer_clash"],
        "group_clash": 0.0 if is_song else features["group_clash"],
        "says_tribute": 0.0 if is_known else features["says_tribute"],
        "part_of_film": float(is_short),
    }


def _is_tribute(release: ReleaseFacts, film: FilmFacts, said: frozenset[str]) -> bool:
    """Whether the record or its artists say that they play somebody else's music.

    An orchestra says so only where it is known who the composer is, for others have their own music played.
    """
    plays = _PLAYED_AGAIN if film.composers else boilerplate.TRIBUTE
    return not (said.isdisjoint(plays) and release.artist_words.isdisjoint(plays))


def _prints_another_year(release: ReleaseFacts, said: frozenset[str], film_year: int) -> bool:
    """Whether the years printed are not the film's; the year of a reissue says nothing."""
    years = release.years & said
    if not years or str(film_year) in years:
        return False
    return said.isdisjoint(boilerplate.EDITION) and release.formats.isdisjoint(boilerplate.EDITION)


def _is_stranger(features: dict[str, float]) -> float:
    """1 for a record of another kind of music by nobody the film knows: a techno single called 'Shark'."""
    is_other = features["style_missing"] or features["genre_missing"]
    is_from = features["title_exact_from"] and features["title_length"] >= _TELLING
    has_tie = features["composer"] or features["player"] or features["says_film"] or is_from
    return float(bool(is_other and not has_tie))
