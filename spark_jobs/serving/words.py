"""The words of films and records, for the search: a line for each word of a title or an artist.

`word TAB all words TAB what is found as JSON`, the best known first. A word's key is the CRC-32 of its first three
letters. Films are found by their own titles and by those of their records; records of no film by their own.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf

from spark_jobs.lakehouse.staging import Staging
from spark_jobs.names.search_terms import PREFIX_CHARS, terms
from spark_jobs.schemas.fields import STRINGS
from spark_jobs.serving.generations import WORDS
from spark_jobs.views.measures import likeliest_first

FILMS_PER_WORD = 3_000
RECORDS_PER_FILM = 5
_RECORD = ("release_id", "title", "artist", "year", "probability", "band", "reason")
_NEAREST_FILM = ("nearest_film_id", "nearest_film_title", "nearest_score")
_CLASSES_PER_DOUBLING = 4
_CLASS_BITS, _ID_BITS = 12, 48


def word_entries(
    documents: DataFrame, staging: Staging, expected: int | None = None
) -> tuple[DataFrame, list[str]]:
    """Rows of ENTRIES, and the words of which only the best known documents are listed, sorted.

    `documents` are rows of `documents_of_films` and `documents_of_records`, `expected` how many there are, if that is
    known: no word of a few is in too many.
    """
    found = staging.keep(documents.withColumn("words", _words("text")).drop("text"))
    common = [] if expected is not None and expected <= FILMS_PER_WORD else common_words(found)
    listed = _without_excess(postings(found), common)
    key = F.crc32(F.substring("word", 1, PREFIX_CHARS))
    line = F.concat_ws("\t", "word", "text", "found")
    return listed.select(
        F.lit(WORDS).alias("family"), key.alias("key"), (-F.col("rank")).alias("place"), line.alias("line")
    ), common


def documents_of_films(matched: DataFrame, movies: DataFrame, unmatched: DataFrame) -> DataFrame:
    """Films with `rank`, `text` (all that can be searched) and `found` (JSON): why, where a film has no record.

    `matched` has the columns of MATCHES, `movies` those of MOVIES, `unmatched` those of UNMATCHED_FILMS.
    """
    named = {"title": "release_title", "year": "release_year"}
    record = F.struct(*[F.col(named.get(name, name)).alias(name) for name in _RECORD])
    by_film = matched.groupBy("film_id").agg(
        F.count("*").alias("release_count"),
        F.slice(likeliest_first(record), 1, RECORDS_PER_FILM).alias("releases"),
    )
    films = movies.select(
        "film_id", "title", "original_title", F.col("release_year").alias("year"), "vote_count"
    )
    found = films.join(by_film, "film_id", "left").fillna({"release_count": 0})
    found = found.join(unmatched.select("film_id", "why"), "film_id", "left")
    shown = F.struct("film_id", "title", "original_title", "year", "release_count", "releases", "why")
    text = F.concat_ws(" ", "title", "original_title", "releases.title", "releases.artist")
    rank = _rank(F.col("release_count") > 0, F.col("vote_count"), F.col("film_id"))
    return found.select(rank.alias("rank"), text.alias("text"), F.to_json(shown).alias("found"))


def documents_of_records(unmatched: DataFrame, releases: DataFrame) -> DataFrame:
    """Records of no film, likewise, with why and the likeliest film.

    `unmatched` has the columns of UNMATCHED_RELEASES, `releases` those of RELEASES.
    """
    known = releases.select(
        "release_id", (F.coalesce("have", F.lit(0)) + F.coalesce("want", F.lit(0))).alias("fans")
    )
    named = unmatched.withColumns({"title": F.col("release_title"), "year": F.col("release_year")})
    shown = F.struct("release_id", "title", "artist", "year", "why", *_NEAREST_FILM)
    rank = _rank(F.lit(False), F.col("fans"), F.col("release_id"))
    text = F.concat_ws(" ", "title", "artist")
    found = named.join(known, "release_id", "left")
    return found.select(rank.alias("rank"), text.alias("text"), F.to_json(shown).alias("found"))


def _rank(has_records: Column, fans: Column, number: Column) -> Column:
    """Those with records first, then by how many know it, in steps of a fifth: so a few votes move no line."""
    steps = F.floor(F.log2(1 + F.coalesce(fans, F.lit(0))) * _CLASSES_PER_DOUBLING)
    first = F.when(has_records, 1 << _CLASS_BITS).otherwise(0)
    return F.shiftleft((first + steps).cast("bigint"), _ID_BITS) + number


def postings(documents: DataFrame) -> DataFrame:
    """One row for each different word of a document: word, rank, text (the words in order), found."""
    text = F.array_join("words", " ").alias("text")
    return documents.select(F.explode(F.array_distinct("words")).alias("word"), "rank", text, "found")


def common_words(documents: DataFrame) -> list[str]:
    """Words with more documents than a word's list holds, sorted."""
    words = documents.select(F.explode(F.array_distinct("words")).alias("word"))
    counts = words.groupBy("word").agg(F.count("*").alias("documents"))
    return sorted(row["word"] for row in counts.where(F.col("documents") > FILMS_PER_WORD).collect())


def _without_excess(words: DataFrame, common: Sequence[str]) -> DataFrame:
    """All lines; of a common word those of highest rank only."""
    if not common:
        return words
    best = Window.partitionBy("word").orderBy(F.col("rank").desc())
    is_common = F.col("word").isin(list(common))
    ranked = words.where(is_common).withColumn("place", F.row_number().over(best))
    first = ranked.where(F.col("place") <= FILMS_PER_WORD).drop("place")
    return words.where(~is_common).unionByName(first)


@arrow_udf(STRINGS)  # type: ignore[call-overload, untyped-decorator]
def _words(texts: pa.Array) -> pa.Array:
    return pa.array([terms(text) for text in texts.to_pylist()], pa.list_(pa.string()))
