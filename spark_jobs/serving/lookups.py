"""What is looked up by id: films, records, masters and barcodes with their links, and the pages of films and records.

Each is a line `id TAB JSON` of a family. Rows that nothing of a film or a record has changed stay the same to the byte,
so that what did not change is not written again: a run's id stands in the manifest only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.views.measures import likeliest_first

LINKS_SHOWN, RIVALS_SHOWN, DAYS_SHOWN = 200, 20, 60
_DIGITS = r"^tt0*([0-9]{1,12})$"
_OF_RECORD = ("release_id", "master_id", "artist", "year", "country", "formats", "labels")
_OF_PAIR = ("title_similarity", "title_found_as", "person", "person_role", "year_gap")


@dataclass(frozen=True, slots=True)
class Published:
    """The tables of one run that lookups are made of, each with the columns of its table in docs/tables.md."""

    movies: DataFrame
    releases: DataFrame
    candidates: DataFrame
    matches: DataFrame
    unmatched_films: DataFrame
    unmatched_releases: DataFrame
    film_history: DataFrame
    trending: DataFrame


def links_of(tables: Published) -> DataFrame:
    """One row a match: film_id, release_id, master_id, barcodes, probability, and `link`, what is answered of it."""
    records = tables.releases.select("release_id", "master_id", "formats", "cover_url", "barcodes")
    films = tables.movies.select("film_id", "imdb_id")
    found = tables.matches.join(records, "release_id", "left").join(films, "film_id", "left")
    link = F.struct(
        "film_id",
        "film_title",
        "film_year",
        "imdb_id",
        "release_id",
        "master_id",
        F.col("release_title").alias("title"),
        "artist",
        F.col("release_year").alias("year"),
        "formats",
        F.col("cover_url").alias("cover"),
        "probability",
        "band",
        F.col("link_type").alias("kind"),
        F.col("reason").alias("evidence"),
        "published",
        "is_ambiguous",
    )
    keys = ("film_id", "release_id", "master_id", "barcodes", "probability")
    return found.select(*keys, link.alias("link"))


def lookup_entries(tables: Published, links: DataFrame) -> DataFrame:
    """Rows of ENTRIES of all families; `links` are those of `links_of`, worked out once."""
    families = (
        _films(tables.movies, links),
        _imdb(tables.movies),
        _records(tables.releases, links),
        _masters(tables.releases, links),
        _barcodes(tables.releases, links),
        _film_pages(tables),
        _record_pages(tables),
        _trends(tables),
    )
    return reduce(DataFrame.unionByName, families)


def _films(movies: DataFrame, links: DataFrame) -> DataFrame:
    film = F.struct("film_id", "title", "original_title", F.col("release_year").alias("year"), "imdb_id")
    films = movies.select("film_id", film.alias("film")).join(_by(links, "film_id"), "film_id", "left")
    return _entries("films", "film_id", films, F.struct("film", "links"))


def _imdb(movies: DataFrame) -> DataFrame:
    digits = F.regexp_extract("imdb_id", _DIGITS, 1)
    films = movies.withColumn("digits", digits).where(F.col("digits") != "")
    first = films.groupBy(F.col("digits").cast("bigint").alias("imdb")).agg(F.min("film_id").alias("film_id"))
    return _entries("imdb", "imdb", first, F.struct("film_id"))


def _records(releases: DataFrame, links: DataFrame) -> DataFrame:
    record = F.struct(
        *_OF_RECORD,
        F.col("release_title").alias("title"),
        F.col("cover_url").alias("cover"),
    )
    records = releases.select("release_id", record.alias("record"))
    return _entries(
        "releases",
        "release_id",
        records.join(_by(links, "release_id"), "release_id", "left"),
        F.struct("record", "links"),
    )


def _masters(releases: DataFrame, links: DataFrame) -> DataFrame:
    masters = releases.where("master_id IS NOT NULL").groupBy("master_id").agg(F.count("*").alias("records"))
    found = masters.join(_by(links, "master_id"), "master_id", "left")
    return _entries("masters", "master_id", found, F.struct("master_id", "records", "links"))


def _barcodes(releases: DataFrame, links: DataFrame) -> DataFrame:
    codes = (
        releases.select(F.explode("barcodes").alias("code"))
        .groupBy("code")
        .agg(F.count("*").alias("records"))
    )
    each = links.withColumn("code", F.explode(F.array_distinct("barcodes")))
    found = codes.join(_by(each, "code"), "code", "left")
    return _entries("barcodes", "code", found, F.struct("records", "links"), key=F.crc32("code"))


def _film_pages(tables: Published) -> DataFrame:
    """Of each film every record that was considered, the likeliest first, where it went, and why none is its."""
    takers = tables.matches.select("release_id", F.col("film_id").alias("went_to_film_id"))
    rivals = tables.candidates.join(takers, "release_id", "left")
    rival = F.struct(
        "release_id",
        F.col("release_title").alias("title"),
        "artist",
        F.col("release_year").alias("year"),
        *_judged(),
        F.col("went_to_film_id").eqNullSafe(F.col("film_id")).alias("is_match"),
        "went_to_film_id",
    )
    of_film = _likeliest(rivals, "film_id", F.col("score").desc(), F.col("release_id"))
    pages = of_film.groupBy("film_id").agg(likeliest_first(rival, by="score").alias("considered"))
    why = tables.unmatched_films.select("film_id", "why")
    found = pages.join(why, "film_id", "full_outer")
    return _entries("film_pages", "film_id", found, F.struct("considered", "why"))


def _record_pages(tables: Published) -> DataFrame:
    """Of each record every film that was considered, in the order of their ranks, and why none is its."""
    taken = tables.matches.select("release_id", F.col("film_id").alias("went_to_film_id"))
    rivals = tables.candidates.where(F.col("rank") <= RIVALS_SHOWN).join(taken, "release_id", "left")
    rival = F.struct(
        "film_id",
        F.col("film_title").alias("title"),
        F.col("film_year").alias("year"),
        *_judged(),
        F.col("went_to_film_id").eqNullSafe(F.col("film_id")).alias("is_match"),
    )
    place = F.struct("rank", "film_id", rival.alias("rival"))
    pages = rivals.groupBy("release_id").agg(F.array_sort(F.collect_list(place))["rival"].alias("considered"))
    why = tables.unmatched_releases.select("release_id", "why")
    found = pages.join(why, "release_id", "full_outer")
    return _entries("release_pages", "release_id", found, F.struct("considered", "why"))


def _trends(tables: Published) -> DataFrame:
    """The figures of films that have changed since they were first seen, and how they stand over the windows."""
    day = F.struct(
        F.col("observed_on").cast("string").alias("on"),
        "popularity",
        "rating",
        F.col("vote_count").alias("votes"),
    )
    days = tables.film_history.groupBy("film_id").agg(F.array_sort(F.collect_list(day)).alias("days"))
    newest = F.slice("days", -F.least(F.size("days"), F.lit(DAYS_SHOWN)), DAYS_SHOWN)
    moved = days.where(F.size("days") > 1).withColumn("days", newest)
    window = F.struct("window_days", "trend_score", "velocity", "popularity_change", "rating_momentum")
    scored = tables.trending.where("trend_score IS NOT NULL")
    windows = scored.groupBy("film_id").agg(F.array_sort(F.collect_list(window)).alias("windows"))
    found = moved.join(windows, "film_id", "left")
    return _entries("film_trends", "film_id", found, F.struct("days", "windows"))


def _judged() -> Sequence[Column]:
    """What the matcher says of a pair."""
    adds = F.transform(  # a map has no order, and can be no part of what is sorted
        F.array_sort(F.map_entries("contributions")),
        lambda entry: F.struct(entry["key"].alias("name"), entry["value"].alias("adds")),
    )
    return (
        *map(F.col, ("score", "margin", "rank")),
        F.col("link_type").alias("kind"),
        F.col("reason").alias("evidence"),
        *map(F.col, _OF_PAIR),
        adds.alias("contributions"),
    )


def _likeliest(rows: DataFrame, key: str, *order: Column) -> DataFrame:
    place = F.row_number().over(Window.partitionBy(key).orderBy(*order))
    return rows.withColumn("place", place).where(F.col("place") <= RIVALS_SHOWN)


def _by(links: DataFrame, key: str) -> DataFrame:
    """`links` of each key, the likeliest first; at most LINKS_SHOWN."""
    first = F.slice(likeliest_first(F.col("link")), 1, LINKS_SHOWN)
    return links.where(F.col(key).isNotNull()).groupBy(key).agg(first.alias("links"))


def _entries(family: str, name: str, rows: DataFrame, value: Column, key: Column | None = None) -> DataFrame:
    number = F.col(name).cast("bigint") if key is None else key
    line = F.concat_ws("\t", F.col(name).cast("string"), F.to_json(value))
    return rows.select(
        F.lit(family).alias("family"), number.alias("key"), number.alias("place"), line.alias("line")
    )
