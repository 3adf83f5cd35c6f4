"""Schemas of the gold tables, as explicit StructTypes with a comment (and a unit) on each column."""

from __future__ import annotations

from pyspark.sql.types import ArrayType, MapType, StructField, StructType, TimestampType

from spark_jobs.schemas.fields import BOOL, DOUBLE, FILM_ID, INT, LONG, RELEASE_ID, STRING, STRINGS, column

BANDS = {"strong": 0.95, "probable": 0.75, "possible": 0.0}
"""Names of a match's bands, and the probability each begins at; the surest first."""
MATCHER, REVIEW, REVIEW_OF_VERSION = "matcher", "review", "review of a version"
"""Who decides on a match: `decided_by`."""
_RELEASE = (
    RELEASE_ID,
    column("release_title", STRING, "record title as printed"),
    column("artist", STRING, "artist as printed"),
    column("release_year", INT, "year of the record; null when unknown"),
)
_FILM = (
    FILM_ID,
    column("film_title", STRING, "film title as TMDB shows it"),
    column("film_year", INT, "year of the film; null when unknown"),
)
PAIR = StructType(
    [
        *_FILM,
        *_RELEASE,
        column("title_similarity", DOUBLE, "0 to 1, of the two names that agree best"),
        column("title_found_as", STRING, "where the record names the film: full, part or from"),
        column(
            "link_type",
            STRING,
            "what the record is to it: score, songs, inspired by, cast recording, single, series, game or soundtrack",
        ),
        column("person", STRING, "composer or player of the film who made the record; null when none"),
        column("person_role", STRING, "composer or player; null when person is"),
        column("year_gap", INT, "record year minus film year; null when unknown"),
        column("contributions", MapType(STRING, DOUBLE), "what each piece of evidence adds to the log-odds"),
        column("log_odds", DOUBLE, "log-odds of this film against no film, before rivals are weighed"),
        column("version_group", STRING, "what the record's versions share: its master, or artist and title"),
        column("reason", STRING, "the evidence in one line"),
    ]
)
CANDIDATES = StructType(
    [
        *PAIR.fields,
        column("score", DOUBLE, "calibrated probability that the record is of this film, 0 to 1"),
        column("margin", DOUBLE, "score minus that of the next best film of the record"),
        column("rank", INT, "place among the record's films, from 1"),
    ]
)
MATCHES = StructType(
    [
        *CANDIDATES.fields,
        column("probability", DOUBLE, "the score under its other name"),
        column("band", STRING, "strong, probable or possible"),
        column("published", BOOL, "whether the match is as sure as the run's MIN_PRECISION asks"),
        column("is_ambiguous", BOOL, "whether another film of the record is nearly as likely"),
        column("rival_film_id", LONG, "the next best film of the record; null when none"),
        column("movies_version", LONG, "version of silver.movies the match was made from"),
        column("releases_version", LONG, "version of silver.releases the match was made from"),
        column("matcher", STRING, "fingerprint of the matcher's code and coefficients"),
        column(
            "decided_by", STRING, "matcher, review, or review of a version: of another version of the record"
        ),
    ]
)
MATCH_REVIEWS = StructType(
    [
        column("review_id", STRING, "id that the reviewer's page made"),
        FILM_ID,
        RELEASE_ID,
        column("verdict", STRING, "yes: the record is of the film; no: it is not; skip: not sure; undo"),
        column("reviewer", STRING, "who says so"),
        column("why", STRING, "why, in the reviewer's words; empty when not said"),
        column("reviewed_at", TimestampType(), "when it was kept, UTC; the order of all reviews"),
        column("shown", STRING, "what the reviewer saw, JSON"),
        column("stands", BOOL, "whether it decides on its pair now"),
        column(
            "is_contested",
            BOOL,
            "whether another person said the opposite before, or another film was said yes to for the record",
        ),
    ]
)
UNMATCHED_RELEASES = StructType(
    [
        *_RELEASE,
        column("why", STRING, "no film has a title near it, or none was likely enough"),
        column("nearest_film_id", LONG, "the likeliest film; null when none was near"),
        column("nearest_film_title", STRING, "its title"),
        column("nearest_film_year", INT, "its year"),
        column("nearest_score", DOUBLE, "its probability, 0 to 1"),
        column("nearest_reason", STRING, "the evidence in one line"),
    ]
)
UNMATCHED_FILMS = StructType(
    [
        *_FILM,
        column(
            "why", STRING, "no record has a title near it, none was likely enough, or it went to another film"
        ),
        column("nearest_release_id", LONG, "the likeliest record; null when none was near"),
        column("nearest_release_title", STRING, "its title as printed"),
        column("nearest_artist", STRING, "its artist as printed"),
        column("nearest_score", DOUBLE, "its probability, 0 to 1"),
        column("nearest_reason", STRING, "the evidence in one line"),
        column("went_to_film_id", LONG, "the film that record was matched to; null when none"),
    ]
)
SOUNDTRACK = StructType(
    [
        StructField("release_id", LONG),
        StructField("title", STRING),
        StructField("artist", STRING),
        StructField("year", INT),
        StructField("probability", DOUBLE),
        StructField("band", STRING),
    ]
)
FILM_SOUNDTRACKS = StructType(
    [
        *_FILM,
        column("release_count", LONG, "records matched"),
        column("releases", ArrayType(SOUNDTRACK), "the records, likeliest first"),
        column("first_release_id", LONG, "the earliest record of a known year; null when no year is known"),
        column("first_release_year", INT, "its year"),
        column("best_probability", DOUBLE, "of the likeliest record, 0 to 1"),
        column("labels", STRINGS, "labels of its records, sorted"),
        column("artists", STRINGS, "artists of its records, sorted"),
        column("genres", STRINGS, "Discogs genres of its records, sorted"),
        column("styles", STRINGS, "Discogs styles of its records, sorted"),
    ]
)
