"""What the silver job reads of the answers of the two APIs, and of the lines they stand in.

Scalars of the two APIs are of any type and made numbers and dates with care, so that an id sent as text or a date
such as 0000-00-00 costs one value and never a record or a job.
"""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    DataType,
    StructField,
    StructType,
)

from spark_jobs.schemas.fields import STRING, STRINGS


def _raw(*names: str, **nested: DataType) -> StructType:
    """A struct of string scalars and the given nested fields, as the APIs send them."""
    fields = [StructField(name, STRING) for name in names]
    return StructType(fields + [StructField(name, kind) for name, kind in nested.items()])


_NAMED = ArrayType(_raw("name"))
_ERROR = ("success", "status_code")  # what TMDB may put where a part of an answer belongs
TMDB_DETAILS = _raw(
    *(
        "id",
        "title",
        "original_title",
        "overview",
        "release_date",
        "vote_average",
        "vote_count",
        "popularity",
    ),
    *("budget", "revenue", "runtime", "original_language", "imdb_id", "status", "poster_path"),
    genres=_NAMED,
    production_countries=ArrayType(_raw("iso_3166_1")),
    production_companies=_NAMED,
    belongs_to_collection=_raw("name"),
    keywords=_raw(*_ERROR, keywords=_NAMED),
    alternative_titles=_raw(*_ERROR, titles=ArrayType(_raw("title"))),
    external_ids=_raw(*_ERROR, "imdb_id"),
    credits=_raw(
        *_ERROR,
        cast=ArrayType(_raw("credit_id", "id", "name", "character", "order")),
        crew=ArrayType(_raw("credit_id", "id", "name", "department", "job")),
    ),
    reviews=_raw(
        *_ERROR,
        results=ArrayType(
            _raw("id", "author", "content", "created_at", "url", author_details=_raw("rating"))
        ),
    ),
)


DISCOGS_RESULT = _raw(
    *("id", "type", "master_id", "title", "year", "country", "cover_image"),
    format=STRINGS,
    label=STRINGS,
    genre=STRINGS,
    style=STRINGS,
    barcode=STRINGS,
    community=_raw("have", "want"),
)


_CREDITED = ArrayType(_raw("id", "name", "role", "tracks"))
_TRACK = ("position", "type_", "title", "duration")
_OF_TRACK = {"artists": _NAMED, "extraartists": _CREDITED}
DISCOGS_SEARCH = _raw(results=ArrayType(DISCOGS_RESULT))
DISCOGS_RELEASE = _raw(
    *("id", "master_id", "title", "year", "country"),
    artists=ArrayType(_raw("name", "anv", "join")),
    formats=ArrayType(_raw("name", descriptions=STRINGS)),
    labels=_NAMED,
    genres=STRINGS,
    styles=STRINGS,
    identifiers=ArrayType(_raw("type", "value")),
    images=ArrayType(_raw("type", "uri")),
    extraartists=_CREDITED,
    tracklist=ArrayType(_raw(*_TRACK, **_OF_TRACK, sub_tracks=ArrayType(_raw(*_TRACK, **_OF_TRACK)))),
    community=_raw("have", "want"),
)
DISCOGS_MASTER = _raw(
    *("id", "main_release", "title", "year"),
    artists=ArrayType(_raw("name", "anv", "join")),
    genres=STRINGS,
    styles=STRINGS,
)


def envelope(body: StructType) -> StructType:
    """One line of a raw blob: what was asked, what came back, and when; `fault` is of who landed it."""
    request = _raw("path", query=_raw("append_to_response", "type"))
    return _raw("fetched_at", "status", "fault", request=request, body=body)


BODIES = {
    "tmdb/details": TMDB_DETAILS,
    "discogs/search": DISCOGS_SEARCH,
    "discogs/release": DISCOGS_RELEASE,
    "discogs/master": DISCOGS_MASTER,
}
"""Schema of the body by source and kind of answer."""
DUMP_BLOBS = "discogs/dump/"
"""Folder of the lines that the bulk job landed of a dump, within the raw area."""
RAW_LIMIT_CHARS = 100_000
