"""The silver tables, as explicit StructTypes with a comment (and a unit) on each column."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    DateType,
    StructType,
    TimestampType,
)

from spark_jobs.schemas.fields import (
    BOOL,
    DOUBLE,
    FILM_ID,
    INT,
    LONG,
    RELEASE_ID,
    STRING,
    STRINGS,
    TITLE,
    column,
)

_FETCHED = [
    column("fetched_at", TimestampType(), "when the answer arrived, UTC"),
    column("source_blob", STRING, "raw blob the row was read from"),
]


_REMOVED = column(
    "removed_at", TimestampType(), "when the source said that it is gone (404), UTC; null while it is there"
)
MOVIES = StructType(
    [
        FILM_ID,
        TITLE,
        column("original_title", STRING, "title in the original language"),
        column("alternative_titles", STRINGS, "titles in other countries"),
        column("clean_title", STRING, "title folded for comparison: case, accents, punctuation, numbers"),
        column(
            "overview",
            STRING,
            "plot summary, at most 20,000 characters; null when the text says there is none",
        ),
        column("overview_sentiment", DOUBLE, "VADER compound score of overview, -1 to 1; null without text"),
        column("overview_mood", STRING, "positive, neutral or negative, from overview_sentiment"),
        column("release_date", DateType(), "first release; null when impossible or not known to the day"),
        column("release_year", INT, "year of the first release"),
        column("release_month", INT, "its month, 1 to 12; null when only the year is known"),
        column(
            "release_date_precision",
            STRING,
            "year, month or day: how much of the date is known; 1 January counts as year, as TMDB's editors enter it",
        ),
        column("genres", STRINGS, "TMDB genres, in TMDB's vocabulary"),
        column("primary_genre", STRING, "first of genres; null when there is none"),
        column("rating", DOUBLE, "mean vote, 0 to 10; null when impossible or without votes"),
        column("vote_count", LONG, "number of votes"),
        column("popularity", DOUBLE, "TMDB popularity, no unit"),
        column("budget", LONG, "US dollars; null when unknown"),
        column("revenue", LONG, "US dollars; null when unknown"),
        column("profit", LONG, "US dollars, revenue minus budget; null when either is unknown"),
        column("roi", DOUBLE, "profit by budget, no unit; null when either is unknown"),
        column("runtime_min", INT, "minutes; null when unknown or over 1,000 hours"),
        column(
            "language",
            STRING,
            "original language, TMDB's code: ISO 639-1, and a few of its own such as cn and xx",
        ),
        column("countries", STRINGS, "production countries, ISO 3166-1"),
        column("companies", STRINGS, "production companies"),
        column("collection", STRING, "franchise TMDB files the film under"),
        column("keywords", STRINGS, "TMDB keywords"),
        column("directors", STRINGS, "directors"),
        column("composers", STRINGS, "composers of score or songs"),
        column("top_cast", STRINGS, "first ten of the cast, in billing order"),
        column("imdb_id", STRING, "IMDb id, tt…"),
        column("status", STRING, "TMDB status, or 'removed upstream'"),
        column("poster_path", STRING, "path of the poster on TMDB's picture server; null when there is none"),
        column(
            "outliers", STRINGS, "columns whose value is far out for the film's decade; flagged, not removed"
        ),
        column(
            "missing_parts",
            STRINGS,
            "parts the last answer left out though asked for (credits, reviews …); what is made of them is older",
        ),
        _REMOVED,
        *_FETCHED,
    ]
)


RELEASES = StructType(
    [
        RELEASE_ID,
        column("master_id", LONG, "Discogs master id, numbered apart from releases; null when none"),
        column("title", STRING, "as Discogs prints it: 'Artist - Title'"),
        column("artist", STRING, "artist part of the title, as printed"),
        column("clean_artist", STRING, "artist without Discogs' '(2)' numbers and '*'"),
        column(
            "is_various",
            BOOL,
            "whether it is by nobody in particular: Various, in any language, alone or beside others",
        ),
        column(
            "artists",
            STRINGS,
            "artists credited, without '(2)' and '*'; a credit is whole where nothing says that it is several",
        ),
        column("release_title", STRING, "title part, as printed"),
        column("clean_title", STRING, "release_title folded for comparison, soundtrack boilerplate removed"),
        column("year", INT, "year of this release; null when unknown or impossible"),
        column("country", STRING, "country of this release"),
        column("formats", STRINGS, "Vinyl, LP, Album …"),
        column("labels", STRINGS, "labels as Discogs writes them, with its '(2)' numbers"),
        column("genres", STRINGS, "Discogs genres, in Discogs' vocabulary"),
        column("styles", STRINGS, "Discogs styles"),
        column("barcodes", STRINGS, "barcodes: 8 to 14 digits without spaces, or an ISBN that ends in X"),
        column("identifiers", STRINGS, "matrix numbers and other identifiers, as printed"),
        column("cover_url", STRING, "address of the cover at Discogs; null when not told"),
        column("have", LONG, "Discogs users who own it"),
        column("want", LONG, "Discogs users who want it"),
        column(
            "is_soundtrack_like", BOOL, "whether genre, style or title say it is music of a film or stage"
        ),
        _REMOVED,
        *_FETCHED,
    ]
)


_OF_RELEASE = [
    RELEASE_ID,
    column("position", INT, "place in the list, from 1"),
]
_RELEASE_FETCHED = column("fetched_at", TimestampType(), "when the release's answer arrived, UTC")
TRACKS = StructType(
    [
        *_OF_RELEASE,
        column("part_of", INT, "position of the track it is within; null for one of its own"),
        column("number", STRING, "as printed, such as A1; null for headings"),
        column("kind", STRING, "track, heading, or index: one that others are within; null when not given"),
        column("title", STRING, "title as Discogs has it"),
        column(
            "artists",
            STRINGS,
            "artists of the track, without '(2)' and '*'; empty where they are the release's",
        ),
        column("duration_s", INT, "seconds; null when not given"),
        _RELEASE_FETCHED,
    ]
)


RELEASE_CREDITS = StructType(
    [
        *_OF_RELEASE,
        column("artist_id", LONG, "Discogs artist id; null when not given"),
        column("name", STRING, "artist, without Discogs' '(2)' number and '*'"),
        column("role", STRING, "as Discogs writes it, such as Composed By; null when not given"),
        column("detail", STRING, "what stands in brackets behind the role; null when nothing does"),
        column(
            "job",
            STRING,
            "composer, conductor, orchestrator, arranger, lyricist, orchestra, singer, producer; null for others",
        ),
        column("track", INT, "position of the track it is a credit of; null for the release"),
        column("tracks", STRING, "tracks it is for, as printed, such as A1 to B3; null when all"),
        _RELEASE_FETCHED,
    ]
)


QUARANTINE = StructType(
    [
        column("run_id", STRING, "run that refused it"),
        column("table", STRING, "table the record was meant for"),
        column("rule", STRING, "rule that refused it"),
        column("reason", STRING, "why, for a person"),
        column(
            "raw",
            STRING,
            "the record as it was read, at most 100,000 characters; null where the blob has no line",
        ),
        column("source_blob", STRING, "raw blob"),
        column("line_no", INT, "line in the blob, from 1; 0 for the blob as a whole"),
        column("fetched_at", TimestampType(), "when the answer arrived, UTC; null when unreadable"),
    ]
)


_OF_FILM = [
    column("film_id", LONG, "TMDB id of the film"),
    column("position", INT, "place in TMDB's list, from 1"),
]


_FILM_FETCHED = column("fetched_at", TimestampType(), "when the film's answer arrived, UTC")
CAST_CREDITS = StructType(
    [
        *_OF_FILM,
        column("credit_id", STRING, "TMDB id of the credit; null when not given"),
        column("person_id", LONG, "TMDB id of the person; null when not given"),
        column("name", STRING, "name as TMDB shows it"),
        column("character", STRING, "role; null when not given"),
        column("billing_order", INT, "place in the billing, from 0; null when not given"),
        _FILM_FETCHED,
    ]
)


CREW_CREDITS = StructType(
    [
        *_OF_FILM,
        column("credit_id", STRING, "TMDB id of the credit; null when not given"),
        column("person_id", LONG, "TMDB id of the person; null when not given"),
        column("name", STRING, "name as TMDB shows it"),
        column("department", STRING, "TMDB department, such as Sound"),
        column("job", STRING, "TMDB job, such as Original Music Composer"),
        _FILM_FETCHED,
    ]
)


REVIEWS = StructType(
    [
        *_OF_FILM,
        column("review_id", STRING, "TMDB id of the review; null when not given"),
        column("author", STRING, "name the author goes by"),
        column("rating", DOUBLE, "the author's rating, 0 to 10; null when none"),
        column("content", STRING, "text of the review, at most 20,000 characters"),
        column("sentiment", DOUBLE, "VADER compound score of content, -1 to 1; null without text"),
        column("mood", STRING, "positive, neutral or negative, from sentiment; null without text"),
        column("created_at", TimestampType(), "when it was written, UTC"),
        column("url", STRING, "address on TMDB"),
        _FILM_FETCHED,
    ]
)


GENRE_MAP = StructType(
    [
        column("film_genre", STRING, "TMDB genre"),
        column("release_genre", STRING, "Discogs genre"),
        column("release_style", STRING, "Discogs style; null for the whole genre"),
        column("affinity", DOUBLE, "how much the release genre speaks for the film genre, 0 to 1"),
    ]
)


def decade(year: str = "release_year") -> Column:
    """1990 for the nineties, of a column of years; null when the year is unknown."""
    return (F.floor(F.col(year) / 10) * 10).cast("int")


COMPOSER_JOBS = ("Original Music Composer", "Composer", "Music", "Songs", "Original Score")
