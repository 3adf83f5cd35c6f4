"""Films and records made ready for matching: their names, keys and people, computed once on Arrow batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructField, StructType

from spark_jobs.boilerplate import VOCABULARY
from spark_jobs.people import name_keys
from spark_jobs.schemas import DOUBLE, INT, LONG, STRING, STRINGS
from spark_jobs.titles import Name, film_names, parse_release

Row = dict[str, Any]


def _struct(**types: Any) -> StructType:
    return StructType([StructField(name, kind) for name, kind in types.items()])


FILMS = _struct(
    film_id=LONG, film_title=STRING, film_year=INT, film_names=STRINGS, film_kinds=STRINGS, film_keys=STRINGS,
    composers=STRINGS, players=STRINGS, vote_count=LONG, popularity=DOUBLE,
)  # fmt: skip
RELEASES = _struct(
    release_id=LONG, release_title=STRING, artist=STRING, release_year=INT, release_names=STRINGS,
    release_kinds=STRINGS, release_keys=STRINGS, said=STRINGS, artists=STRINGS, artist_keys=STRINGS,
    release_genres=STRINGS, release_styles=STRINGS, release_formats=STRINGS,
)  # fmt: skip


def prepare_films(movies: DataFrame) -> DataFrame:
    """Rows of silver `movies` to rows of FILMS."""
    wanted = [
        "film_id",
        "title",
        "original_title",
        "alternative_titles",
        "release_year",
        "composers",
        "directors",
    ]
    return movies.select(*wanted, "top_cast", "vote_count", "popularity").mapInArrow(
        _batches(_film, FILMS), FILMS
    )


def prepare_releases(releases: DataFrame) -> DataFrame:
    """Rows of silver `releases` to rows of RELEASES."""
    wanted = [
        "release_id",
        "title",
        "artist",
        "artists",
        "release_title",
        "year",
        "genres",
        "styles",
        "formats",
    ]
    return releases.select(*wanted).mapInArrow(_batches(_release, RELEASES), RELEASES)


def _batches(
    convert: Callable[[Row], Row], schema: StructType
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function over rows as a function over Arrow batches."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        arrow_schema = to_arrow_schema(schema)
        for batch in batches:
            yield pa.RecordBatch.from_pylist([convert(row) for row in batch.to_pylist()], schema=arrow_schema)

    return run


def _film(row: Row) -> Row:
    names = film_names(row["title"], row["original_title"], *(row["alternative_titles"] or []))
    return {
        "film_id": row["film_id"],
        "film_title": row["title"],
        "film_year": row["release_year"],
        "film_names": [name.text for name in names],
        "film_kinds": [name.kind for name in names],
        "film_keys": blocking_keys(names),
        "composers": name_keys(row["composers"]),
        "players": name_keys([*(row["directors"] or []), *(row["top_cast"] or [])]),
        "vote_count": max(row["vote_count"] or 0, 0),
        "popularity": max(row["popularity"] or 0.0, 0.0),
    }


def _release(row: Row) -> Row:
    parsed = parse_release(row["title"] or "")
    return {
        "release_id": row["release_id"],
        "release_title": row["release_title"],
        "artist": row["artist"],
        "release_year": row["year"],
        "release_names": [name.text for name in parsed.names],
        "release_kinds": [name.kind for name in parsed.names],
        "release_keys": blocking_keys(parsed.names),
        "said": sorted(parsed.said),
        "artists": row["artists"],
        "artist_keys": name_keys(row["artists"]),
        "release_genres": _lower(row["genres"]),
        "release_styles": _lower(row["styles"]),
        "release_formats": _lower(row["formats"]),
    }


def _lower(values: list[str] | None) -> list[str]:
    return [value.casefold() for value in values or []]


def blocking_keys(names: Iterable[Name]) -> list[str]:
    """Keys under which two names can meet: '=' and the whole name without spaces, and each telling word."""
    whole = {f"={''.join(name.tokens)}" for name in names}
    words = {word for name in names for word in name.tokens if word not in VOCABULARY}
    return sorted(whole | words)
