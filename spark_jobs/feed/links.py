"""The table that the feed is of: a row a link, with what people look for on both sides."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs.schemas.fields import BOOL, DOUBLE, INT, LONG, STRING, STRINGS, column
from spark_jobs.schemas.gold import MATCHER

DIGITS = 4
"""Of a probability: what differs less is no change."""
LINKS = StructType(
    [
        column("release_id", LONG, "Discogs release id, the key"),
        column("master_id", LONG, "Discogs master id; null when none"),
        column("release_title", STRING, "record title as printed"),
        column("artist", STRING, "artist as printed"),
        column("release_year", INT, "year of the record; null when unknown"),
        column("country", STRING, "country of the record; null when unknown"),
        column("formats", STRINGS, "Vinyl, LP, Album …"),
        column("barcodes", STRINGS, "barcodes of the record"),
        column("film_id", LONG, "TMDB id"),
        column("imdb_id", STRING, "IMDb id, tt…; null when unknown"),
        column("film_title", STRING, "film title as TMDB shows it"),
        column("film_year", INT, "year of the film; null when unknown"),
        column("kind", STRING, "what the record is to the film: score, songs, single …"),
        column("probability", DOUBLE, "that the record is of the film, 0 to 1, four digits"),
        column("band", STRING, "strong, probable or possible"),
        column("published", BOOL, "whether the link is as sure as MIN_PRECISION asks"),
        column("evidence", STRING, "the evidence in one line"),
        column("decided_by", STRING, "matcher, or who decided instead of it, such as review"),
    ]
)
_OF_RECORD = ("master_id", "country", "formats", "barcodes")
_IMDB_ID = r"^tt[0-9]{1,12}$"


def links(matches: DataFrame, movies: DataFrame, releases: DataFrame) -> DataFrame:
    """Rows of LINKS, of the tables that a run of gold left."""
    named = F.col("imdb_id").rlike(_IMDB_ID)
    films = movies.select("film_id", F.when(named, F.col("imdb_id")).alias("imdb_id"))
    records = releases.select("release_id", *_OF_RECORD)
    told = matches.withColumns(
        {
            "kind": F.col("link_type"),
            "probability": F.round("probability", DIGITS),
            "evidence": F.col("reason"),
            "decided_by": F.coalesce("decided_by", F.lit(MATCHER)) if _has(matches) else F.lit(MATCHER),
        }
    )
    joined = told.join(films, "film_id", "left").join(records, "release_id", "left")
    return joined.select([each.name for each in LINKS])


def _has(matches: DataFrame) -> bool:
    """Whether the matches say who decided; those of before reviews do not."""
    return "decided_by" in matches.columns
