"""The two sides of a pair as the scorer sees them, and what kind of soundtrack a record is. No Spark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from spark_jobs.names import boilerplate

SCREEN_STYLES = frozenset({"soundtrack", "score"})
_SONG_GENRES = frozenset({"rock", "pop", "hip hop", "funk / soul", "reggae", "latin"})
_SMALL = frozenset({"single", "maxi-single"})


class _Named:
    """Words of a film's or a record's names, worked out once for all its pairs."""

    names: Sequence[tuple[str, str]]

    @cached_property
    def first_words(self) -> list[str]:
        """Words of the first name."""
        return self.names[0][0].split() if self.names else []

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

    @cached_property
    def artist_words(self) -> frozenset[str]:
        """Words of the artists' names, also as a possessive: 'Mori' and 'moris'."""
        words = {word for artist in self.artists for word in artist.split()}
        return frozenset(words | {f"{word}s" for word in words})

    @cached_property
    def telling_artist_words(self) -> frozenset[str]:
        """Words of artists' names that are longer than three letters."""
        return frozenset(word for artist in self.artists if len(artist) > 3 for word in artist.split())

    @cached_property
    def has_person(self) -> bool:
        """Whether one of its artists may be a person."""
        return any(map(_may_be_a_person, self.artists))

    @cached_property
    def years(self) -> frozenset[str]:
        """Years printed in its title."""
        return frozenset(word for word in self.said if boilerplate.is_year([word]))


def _may_be_a_person(artist: str) -> bool:
    """Whether an artist's key is two or three words, as people's names are, and none that bands are called by."""
    words = artist.split()
    return 2 <= len(words) <= 3 and boilerplate.BAND.isdisjoint(words)


def link_type(release: ReleaseFacts, film: FilmFacts, has_composer: bool) -> str:
    """What a record is to its film: score, songs, inspired by, cast recording, single, series, game or soundtrack.

    `has_composer` says that the film's composer made it. Other words decide first, for a cast may sing a score.
    """
    said = release.said - film.all_words
    is_screened = bool(said & boilerplate.SCREEN)
    kinds = {
        "cast recording": not is_screened and bool(said & boilerplate.STAGE),
        "game": bool(said & boilerplate.GAME) or "video game music" in release.styles,
        "series": not is_screened and bool(said & boilerplate.TELEVISION),
        "single": bool(release.formats & _SMALL),
        "inspired by": "inspired" in said and not has_composer,
        "score": has_composer or "score" in said or "score" in release.styles,
        "songs": release.is_various or "songs" in said or bool(release.genres & _SONG_GENRES),
    }
    return next((kind for kind, holds in kinds.items() if holds), "soundtrack")
