"""Rows on their way to a silver table: its columns, and what the rules and the merge read beside them."""

from __future__ import annotations

from pyspark.sql.types import ArrayType, DataType, StructField, StructType

from spark_jobs.schemas.fields import INT, LONG, STRING, STRINGS
from spark_jobs.schemas.silver import (
    CAST_CREDITS,
    CREW_CREDITS,
    MOVIES,
    RELEASE_CREDITS,
    RELEASES,
    REVIEWS,
    TRACKS,
)

_OF_RECORD = ("film_id", "release_id", "position", "fetched_at")
SHAPE = ArrayType(
    StructType([StructField("path", STRING), StructField("type", STRING), StructField("n", INT)])
)
"""Paths and JSON types of an answer, and how often each occurs."""


def _items(table: StructType) -> ArrayType:
    """Rows of a table of one record's items, as a list in the row of the record."""
    return ArrayType(_plain([field for field in table.fields if field.name not in _OF_RECORD]))


def _plain(fields: list[StructField], **more: DataType) -> StructType:
    """Nullable fields without comments."""
    plain = [StructField(field.name, field.dataType) for field in fields]
    return StructType(plain + [StructField(name, kind) for name, kind in more.items()])


def _said(*texts: str, **more: DataType) -> StructType:
    return _plain([StructField(name, STRING) for name in texts], **more)


_PROVENANCE: dict[str, DataType] = {
    "fault": STRING,
    "http_status": INT,
    "asked_id": LONG,
    "line": STRING,
    "line_no": INT,
    "item_no": INT,
    "kind": STRING,
    "answer_kind": STRING,
    "shape": SHAPE,
}
FILM_ROWS = _plain(
    MOVIES.fields,
    cast=_items(CAST_CREDITS),
    crew=_items(CREW_CREDITS),
    reviews=_items(REVIEWS),
    said=_said(
        *("release_date", "vote_average", "vote_count", "popularity", "budget", "revenue", "runtime"),
        release_year=INT,
        overview_chars=INT,
    ),
    **_PROVENANCE,
)
RELEASE_ROWS = _plain(
    RELEASES.fields,
    tracks=_items(TRACKS),
    release_credits=_items(RELEASE_CREDITS),
    missing_parts=STRINGS,
    said=_said("year", "have", "want"),
    **_PROVENANCE,
)
"""`said` holds the scalars as they came; `line` the raw record, with its place in `source_blob`."""
