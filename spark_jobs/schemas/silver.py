"""Every schema the jobs read or write, as explicit StructTypes with a comment (and a unit) on each column.

Scalars of the two APIs are read as strings and cast with care (`try_cast`), so that an id sent as text or a date
such as 0000-00-00 costs one value and never a record or a job.
"""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

STRING, LONG, INT, DOUBLE, BOOL = StringType(), LongType(), IntegerType(), DoubleType(), BooleanType()
STRINGS = ArrayType(STRING)


def column(name: str, kind: DataType, comment: str) -> StructField:
    """A nullable column with its comment."""
    return StructField(name, kind, True, {"comment": comment})


def _raw(*names: str, **nested: DataType) -> StructType:
    """A struct of string scalars and the given nested fields, as the APIs send them."""
    fields = [StructField(name, STRING) for name in names]
    return StructType(fields + [StructField(name, kind) for name, kind in nested.items()])


def _struct(**types: DataType) -> StructType:
    return StructType([StructField(name, kind) for name, kind in types.items()])


_NAMED = ArrayType(_raw("name"))
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
    *("budget", "revenue", "runtime", "original_language", "imdb_id", "status"),
    genres=_NAMED,
    production_countries=ArrayType(_raw("iso_3166_1")),
    production_companies=_NAMED,
    belongs_to_collection=_raw("name"),
    keywords=_raw(keywords=_NAMED),
    alternative_titles=_raw(titles=ArrayType(_raw("title"))),
    external_ids=_raw("imdb_id"),
    credits=_raw(
        cast=ArrayType(_raw("credit_id", "id", "name", "character", "order")),
        crew=ArrayType(_raw("credit_id", "id", "name", "department", "job")),
    ),
    reviews=_raw(
        results=ArrayType(_raw("id", "author", "content", "created_at", "url", author_details=_raw("rating")))
    ),
)
DISCOGS_RESULT = _raw(
    *("id", "master_id", "title", "year", "country"),
    format=STRINGS,
    label=STRINGS,
    genre=STRINGS,
    style=STRINGS,
    barcode=STRINGS,
    community=_raw("have", "want"),
)
DISCOGS_SEARCH = _raw(results=ArrayType(DISCOGS_RESULT))
DISCOGS_RELEASE = _raw(
    *("id", "master_id", "title", "artists_sort", "year", "country"),
    artists=_NAMED,
    formats=ArrayType(_raw("name", descriptions=STRINGS)),
    labels=_NAMED,
    genres=STRINGS,
    styles=STRINGS,
    identifiers=ArrayType(_raw("type", "value")),
    community=_raw("have", "want"),
)


def envelope(body: StructType) -> StructType:
    """One line of a raw blob: what was asked, what came back, and when."""
    request = StructType([StructField("path", STRING)])
    return _raw("source", "kind", "fetched_at", "status", "_corrupt", request=request, body=body)


SHAPE = ArrayType(_struct(path=STRING, type=STRING, n=INT))
LINES = StructType(
    [
        column("blob", STRING, "name of the raw blob, from its container on"),
        column("line_no", INT, "line in the blob, from 1; 0 for the blob as a whole"),
        column("line", STRING, "the line as it came"),
        column("fault", STRING, "why the blob or line cannot be read; null when it can"),
        column("shape", SHAPE, "paths and JSON types of the answer, where it is in the sample; else null"),
    ]
)

_FETCHED = [
    column("fetched_at", TimestampType(), "when the answer arrived, UTC"),
    column("source_blob", STRING, "raw blob the row was read from"),
]
MOVIES = StructType(
    [
        column("film_id", LONG, "TMDB id"),
        column("title", STRING, "title TMDB shows"),
        column("original_title", STRING, "title in the original language"),
        column("alternative_titles", STRINGS, "titles in other countries"),
        column("clean_title", STRING, "title folded for comparison: case, accents, punctuation, numbers"),
        column("overview", STRING, "plot summary, at most 20,000 characters"),
        column("overview_sentiment", DOUBLE, "VADER compound score of overview, -1 to 1; null without text"),
        column("overview_mood", STRING, "positive, neutral or negative, from overview_sentiment"),
        column("release_date", DateType(), "first release; null when impossible"),
        column("release_year", INT, "year of release_date"),
        column("release_month", INT, "month of release_date, 1 to 12"),
        column("genres", STRINGS, "TMDB genres, in TMDB's vocabulary"),
        column("primary_genre", STRING, "first of genres; null when there is none"),
        column("rating", DOUBLE, "mean vote, 0 to 10; null when impossible or without votes"),
        column("vote_count", LONG, "number of votes"),
        column("popularity", DOUBLE, "TMDB popularity, no unit"),
        column("budget", LONG, "US dollars; null when unknown"),
        column("revenue", LONG, "US dollars; null when unknown"),
        column("profit", LONG, "US dollars, revenue minus budget; null when either is unknown"),
        column("roi", DOUBLE, "profit by budget, no unit; null when either is unknown"),
        column("runtime_min", INT, "minutes; null when unknown"),
        column("language", STRING, "original language, ISO 639-1"),
        column("countries", STRINGS, "production countries, ISO 3166-1"),
        column("companies", STRINGS, "production companies"),
        column("collection", STRING, "franchise TMDB files the film under"),
        column("keywords", STRINGS, "TMDB keywords"),
        column("directors", STRINGS, "directors"),
        column("composers", STRINGS, "composers of score or songs"),
        column("top_cast", STRINGS, "first ten of the cast, in billing order"),
        column("imdb_id", STRING, "IMDb id, tt…"),
        column("status", STRING, "TMDB status, or 'removed upstream'"),
        column(
            "outliers", STRINGS, "columns whose value is far out for the film's decade; flagged, not removed"
        ),
        *_FETCHED,
    ]
)
RELEASES = StructType(
    [
        column("release_id", LONG, "Discogs release id"),
        column("master_id", LONG, "Discogs master id; null when none"),
        column("title", STRING, "as Discogs prints it: 'Artist - Title'"),
        column("artist", STRING, "artist part of the title, as printed"),
        column("clean_artist", STRING, "artist without Discogs' '(2)' numbers and '*'"),
        column("is_various", BOOL, "whether the artist is nobody in particular, such as Various"),
        column("artists", STRINGS, "single names in artist, without '(2)' and '*'; empty for 'Various'"),
        column("release_title", STRING, "title part, as printed"),
        column("clean_title", STRING, "release_title folded for comparison, soundtrack boilerplate removed"),
        column("year", INT, "year of this release; null when unknown or impossible"),
        column("country", STRING, "country of this release"),
        column("formats", STRINGS, "Vinyl, LP, Album …"),
        column("labels", STRINGS, "labels and companies"),
        column("genres", STRINGS, "Discogs genres, in Discogs' vocabulary"),
        column("styles", STRINGS, "Discogs styles"),
        column("barcodes", STRINGS, "barcodes and other identifiers"),
        column("have", LONG, "Discogs users who own it"),
        column("want", LONG, "Discogs users who want it"),
        column(
            "is_soundtrack_like", BOOL, "whether genre, style or title say it is music of a film or stage"
        ),
        *_FETCHED,
    ]
)
QUARANTINE = StructType(
    [
        column("table", STRING, "table the record was meant for"),
        column("rule", STRING, "rule that refused it"),
        column("reason", STRING, "why, for a person"),
        column("raw", STRING, "the record as it came, at most 100,000 characters"),
        column("source_blob", STRING, "raw blob"),
        column("line_no", INT, "line in the blob, from 1; 0 for the blob as a whole"),
        column("fetched_at", TimestampType(), "when the answer arrived, UTC; null when unreadable"),
    ]
)
