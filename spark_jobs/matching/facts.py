"""Films and records made ready for matching: their names, keys and people, computed once on Arrow batches.

The keys of a title are the lines of one text, and the names they stand in those of another: the JVM, which writes and
reads them, spends as much on a short text as on a long one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructField, StructType

from spark_jobs.matching.blocking.keys import blocking_keys
from spark_jobs.names import boilerplate
from spark_jobs.names.film_titles import film_names
from spark_jobs.names.people import aliases, name_key, name_keys, split_artists
from spark_jobs.names.titles import ReleaseTitle, parse_title, possible_artists
from spark_jobs.runtime.arrow import Batches, record_batch, rows, without_collector
from spark_jobs.schemas.fields import BOOL, DOUBLE, INT, LONG, STRING, STRINGS

Row = dict[str, Any]
_FILM_INPUTS = (
    *("film_id", "title", "original_title", "alternative_titles", "release_year"),
    *("composers", "directors", "top_cast"),
)
_RELEASE_INPUTS = (
    *("release_id", "artist", "is_various", "artists", "release_title", "year"),
    *("genres", "styles", "formats", "master_id"),
)
_MOST_VOTES_LOG = 10  # log1p of 22,000 votes
_STEPS = 50
_OTHER_WORKS = (
    boilerplate.STAGE | boilerplate.GAME | boilerplate.TELEVISION | boilerplate.TRIBUTE | boilerplate.TRILOGY
)
_OTHER_STYLES = frozenset({"musical", "video game music", "story"})
_SMALL = frozenset({"single", "ep", "maxi-single"})


def _struct(**types: Any) -> StructType:
    return StructType([StructField(name, kind) for name, kind in types.items()])


FILMS = _struct(
    film_id=LONG, film_title=STRING, film_year=INT, film_names=STRINGS, film_kinds=STRINGS, film_keys=STRING,
    film_forms=STRING, composers=STRINGS, players=STRINGS, prominence=DOUBLE, film_hash=LONG,
)  # fmt: skip
RELEASES = _struct(
    release_id=LONG, release_title=STRING, artist=STRING, release_year=INT, release_names=STRINGS,
    release_kinds=STRINGS, release_keys=STRING, release_forms=STRING, said=STRINGS, artists=STRINGS,
    artist_keys=STRINGS, possible_keys=STRINGS, is_various=BOOL,
    release_genres=STRINGS, release_styles=STRINGS, release_formats=STRINGS, version_group=STRING,
    release_hash=LONG,
)  # fmt: skip


def film_inputs(movies: DataFrame) -> DataFrame:
    """The columns of silver `movies` that matter to a match, and `film_hash` over them.

    Votes change every day: they count in steps of 2 % of the scale, so that a film does not seem changed each run.
    """
    votes = F.log1p(F.greatest(F.coalesce("vote_count", F.lit(0)), F.lit(0))) / _MOST_VOTES_LOG
    steps = F.round(F.least(votes, F.lit(1.0)) * _STEPS) / _STEPS
    inputs = movies.select(*_FILM_INPUTS, steps.alias("prominence"))
    return inputs.withColumn("film_hash", F.xxhash64(*inputs.columns))


def release_inputs(releases: DataFrame) -> DataFrame:
    """The columns of silver `releases` that matter to a match, and `release_hash` over them."""
    return releases.select(*_RELEASE_INPUTS).withColumn("release_hash", F.xxhash64(*_RELEASE_INPUTS))


def prepare_films(inputs: DataFrame) -> DataFrame:
    """Rows of film_inputs to rows of FILMS."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        schema = to_arrow_schema(FILMS)
        for batch in batches:
            yield record_batch([film_row(row) for row in rows(batch)], schema)

    return inputs.mapInArrow(without_collector(run), FILMS)


def prepared_releases(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch of release_inputs as a batch of RELEASES."""
    return record_batch([release_row(row) for row in rows(batch)], to_arrow_schema(RELEASES))


def film_row(row: Row) -> Row:
    """A row of film_inputs as a row of FILMS."""
    names = film_names(row["title"], row["original_title"], *(row["alternative_titles"] or []))
    keys = blocking_keys(names)
    return {
        "film_id": row["film_id"],
        "film_title": row["title"],
        "film_year": row["release_year"],
        "film_names": [name.text for name in names],
        "film_kinds": [name.kind for name in names],
        "film_keys": "\n".join([key for key, _ in keys]),
        "film_forms": "\n".join([form for _, form in keys]),
        "composers": name_keys(row["composers"]),
        "players": name_keys([*(row["directors"] or []), *(row["top_cast"] or [])]),
        "prominence": row["prominence"],
        "film_hash": row["film_hash"],
    }


def release_row(row: Row) -> Row:
    """A row of release_inputs as a row of RELEASES.

    `artists` of silver are whole names; what a credit may be cut into is for matching alone.
    """
    artist, title = row["artist"] or "", row["release_title"] or ""
    parsed, possible = parse_title(artist, title), possible_artists(title) if artist else []
    artists = list(dict.fromkeys([*(row["artists"] or []), *split_artists(artist)]))
    keys = blocking_keys(parsed.names)
    return {
        "release_id": row["release_id"],
        "release_title": row["release_title"],
        "artist": row["artist"],
        "release_year": row["year"],
        "release_names": [name.text for name in parsed.names],
        "release_kinds": [name.kind for name in parsed.names],
        "release_keys": "\n".join([key for key, _ in keys]),
        "release_forms": "\n".join([form for _, form in keys]),
        "said": sorted(parsed.said),
        "artists": [*artists, *possible],
        "artist_keys": list(dict.fromkeys([*name_keys(artists), *aliases(artists)])),
        "possible_keys": name_keys(possible),
        "is_various": bool(row["is_various"]),
        "release_genres": _lower(row["genres"]),
        "release_styles": _lower(row["styles"]),
        "release_formats": _lower(row["formats"]),
        "version_group": _version_group(row, artists, parsed),
        "release_hash": row["release_hash"],
    }


def _version_group(row: Row, artists: Sequence[str], parsed: ReleaseTitle) -> str:
    """What versions of one work share: its master, or artist, title, kind and format; else the record's own number.

    The stage version of a score has its artist and its title, and is another work.
    """
    names = parsed.names
    if row.get("master_id"):
        return f"master {row['master_id']}"
    if row["is_various"] or not artists or not names:
        return f"release {row['release_id']}"
    kinds = sorted(parsed.said & _OTHER_WORKS) + sorted(_SMALL & set(_lower(row["formats"])))
    marks = sorted(_lower(row["genres"])[:1]) + sorted(_OTHER_STYLES & set(_lower(row["styles"])))
    return " | ".join([name_key(artists[0]), names[0].text, *kinds, *marks])


def _lower(values: list[str] | None) -> list[str]:
    return [value.casefold() for value in values or []]
