"""Types of columns, a column with its comment, and columns that several tables have."""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
)

STRING, LONG, INT, DOUBLE, BOOL = StringType(), LongType(), IntegerType(), DoubleType(), BooleanType()
STRINGS = ArrayType(STRING)


def column(name: str, kind: DataType, comment: str) -> StructField:
    """A nullable column with its comment."""
    return StructField(name, kind, True, {"comment": comment})


FILM_ID = column("film_id", LONG, "TMDB id")
TITLE = column("title", STRING, "title TMDB shows")
RELEASE_ID = column("release_id", LONG, "Discogs release id")
