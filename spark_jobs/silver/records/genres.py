"""One vocabulary of genres a source, and the table that maps one to the other.

TMDB files films under 19 genres and lists no others; Discogs files releases under 15. A film's genre says what
happens in it and a release's how it sounds, so the mapping says what is usual for soundtracks: `affinity`
is how much a release genre or style speaks for the film genre, 0 to 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_jobs.schemas.silver import GENRE_MAP

FILM_GENRES = (
    "Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy", "History",
    "Horror", "Music", "Mystery", "Romance", "Science Fiction", "TV Movie", "Thriller", "War", "Western",
)  # fmt: skip
RELEASE_GENRES = (
    "Blues", "Brass & Military", "Children's", "Classical", "Electronic", "Folk, World, & Country", "Funk / Soul",
    "Hip Hop", "Jazz", "Latin", "Non-Music", "Pop", "Reggae", "Rock", "Stage & Screen",
)  # fmt: skip
_FILM_ALIASES = {
    "sci fi": "Science Fiction",
    "sci fi and fantasy": "Science Fiction",
    "sf": "Science Fiction",
    "musical": "Music",
    "animated": "Animation",
    "historical": "History",
    "suspense": "Thriller",
    "romantic": "Romance",
    "television movie": "TV Movie",
    "kids": "Family",
}
_RELEASE_ALIASES = {
    "children": "Children's",
    "childrens": "Children's",
    "folk world and country": "Folk, World, & Country",
    "folk": "Folk, World, & Country",
    "hip-hop": "Hip Hop",
    "funk": "Funk / Soul",
    "soul": "Funk / Soul",
    "soundtrack": "Stage & Screen",
    "military": "Brass & Military",
    "non music": "Non-Music",
}
_EVERY_FILM = (("Stage & Screen", "Soundtrack", 1.0), ("Stage & Screen", "Score", 0.9))
_AFFINITIES: dict[str, tuple[tuple[str, str | None, float], ...]] = {
    "Action": (("Electronic", "Modern Classical", 0.4), ("Rock", None, 0.3)),
    "Adventure": (("Classical", "Modern Classical", 0.5),),
    "Animation": (("Children's", None, 0.6), ("Pop", None, 0.3)),
    "Comedy": (("Pop", None, 0.4), ("Funk / Soul", None, 0.3)),
    "Crime": (("Jazz", None, 0.4), ("Hip Hop", None, 0.4), ("Funk / Soul", None, 0.3)),
    "Documentary": (("Electronic", "Ambient", 0.3), ("Non-Music", None, 0.2)),
    "Drama": (("Classical", "Modern Classical", 0.5),),
    "Family": (("Children's", None, 0.7), ("Pop", None, 0.3)),
    "Fantasy": (("Classical", "Modern Classical", 0.5),),
    "History": (("Classical", None, 0.5), ("Folk, World, & Country", None, 0.3)),
    "Horror": (("Electronic", "Dark Ambient", 0.5), ("Rock", None, 0.2)),
    "Music": (
        ("Pop", None, 0.6),
        ("Rock", None, 0.6),
        ("Jazz", None, 0.4),
        ("Stage & Screen", "Musical", 0.7),
    ),
    "Mystery": (("Electronic", "Ambient", 0.3), ("Jazz", None, 0.2)),
    "Romance": (("Pop", None, 0.4), ("Classical", None, 0.3)),
    "Science Fiction": (("Electronic", None, 0.6),),
    "TV Movie": (),
    "Thriller": (("Electronic", "Ambient", 0.4),),
    "War": (("Brass & Military", None, 0.5), ("Classical", None, 0.4)),
    "Western": (("Folk, World, & Country", "Country", 0.6),),
}


def key(name: str) -> str:
    """Comparable form of a genre's name: lower case, 'and' for '&', no other punctuation."""
    return " ".join(re.sub(r"[^\w\s]", " ", name.lower().replace("&", " and ")).split())


def _spellings(names: tuple[str, ...], aliases: dict[str, str]) -> dict[str, str]:
    return {key(name): name for name in names} | {key(alias): name for alias, name in aliases.items()}


_FILM_SPELLINGS = _spellings(FILM_GENRES, _FILM_ALIASES)
_RELEASE_SPELLINGS = _spellings(RELEASE_GENRES, _RELEASE_ALIASES)


def film_genres(genres: Iterable[str]) -> list[str]:
    """TMDB genres by their names in TMDB's vocabulary; one it does not know stays as it is, for the rules to count."""
    return _in_vocabulary(genres, FILM_GENRES, _FILM_SPELLINGS)


def release_genres(genres: Iterable[str]) -> list[str]:
    """Discogs genres by their names in Discogs' vocabulary; one it does not know stays as it is."""
    return _in_vocabulary(genres, RELEASE_GENRES, _RELEASE_SPELLINGS)


def _in_vocabulary(genres: Iterable[str], names: tuple[str, ...], spellings: dict[str, str]) -> list[str]:
    return list(dict.fromkeys(name if name in names else spellings.get(key(name), name) for name in genres))


def mapped(genres: Column) -> Column:
    """Film genres as the release genres that go with them."""
    pairs = {film: sorted({release for release, _, _ in _AFFINITIES[film]}) for film in FILM_GENRES}
    table = F.create_map(*[value for film, found in pairs.items() for value in (F.lit(film), _texts(found))])
    none = F.array().cast("array<string>")
    return F.array_distinct(
        F.flatten(F.transform(genres, lambda genre: F.coalesce(F.try_element_at(table, genre), none)))
    )


def _texts(values: list[str]) -> Column:
    return F.array(*map(F.lit, values)).cast("array<string>")


def genre_map(spark: SparkSession) -> DataFrame:
    """The mapping as a table (schema GENRE_MAP)."""
    return spark.createDataFrame(genre_rows(), GENRE_MAP)


def genre_rows() -> list[tuple[Any, ...]]:
    """Rows of the mapping, in the order of the vocabulary, the strongest first."""
    return [
        (film, release, style, affinity)
        for film in FILM_GENRES
        for release, style, affinity in (*_EVERY_FILM, *_AFFINITIES[film])
    ]
