"""Which pairs are compared: blocks on whole names, rare words, sounds and edges, in place of all films x records.

Two names close enough to match share the whole name or one of their rarest words (prefix filtering: Chaudhuri,
Ganti, Kaushik 2006, "A primitive operator for similarity joins in data cleaning"). A record looks its keys up from
the rarest on, until it has met FILMS_PER_RECORD films, so a record costs the same in a catalog of any size. A name
that over NAME_CAP films bear ('Home') is a skewed block: it is looked up together with a person, a year, or among
well-known films only. What meets under a key goes on if its names are near enough by length and edit distance,
which the JVM decides while it joins, so that neither facts nor far-off names ever reach Python.

The `blocks` of a record depend on the whole catalog; the keys of a film depend on the film alone. This makes
increments.py exact.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.matching.blocking_keys import HEAD, PAIR, PHONETIC, TAIL, WHOLE
from spark_jobs.matching.evidence import NEAR_MISS

NAME_CAP = 60  # films that may bear one whole name; beyond, the name is looked up with a person or a year
WORD_CAP = 200  # films a word may occur in and still be a key
OTHER_CAP = 50  # films that may share a sound, an edge or two adjacent words
FILMS_PER_RECORD = 60  # films met under rare keys before a record stops looking
WELL_KNOWN = 0.62  # prominence (some 500 votes) that makes a film answer to a skewed name alone
_OTHER_KINDS = (PAIR, PHONETIC, HEAD, TAIL)
_REPLACED = 1 - NEAR_MISS
_SUB = "|"
_KNOWN = "|known"


def with_blocks(films: DataFrame, records: DataFrame) -> DataFrame:
    """Records with `blocks`: the keys they are looked up under in this catalog, sorted; [] when there is none."""
    film_keys = films.select(F.explode(F.array_distinct("film_keys")).alias("key"))
    rarity = film_keys.groupBy("key").agg(F.count("*").alias("films"))
    release_keys = F.explode(F.array_distinct("release_keys")).alias("key")
    met = records.select("release_id", "release_year", "artist_keys", release_keys).join(rarity, "key")
    rare = met.where(F.col("films") <= _cap()).transform(_rarest).select("release_id", "key")
    skewed = met.where(_is_name() & (F.col("films") > NAME_CAP)).transform(_record_sub_keys)
    chosen = rare.unionByName(skewed).groupBy("release_id")
    blocks = chosen.agg(F.array_sort(F.collect_set("key")).alias("blocks"))
    none = F.array().cast("array<string>")
    return records.join(blocks, "release_id", "left").withColumn("blocks", F.coalesce("blocks", none))


def candidate_pairs(films: DataFrame, records: DataFrame) -> DataFrame:
    """Distinct (film_id, release_id) that share a block and have names near enough; `records` with their blocks.

    The pairs of a record lie together, so that what follows unpacks it once.
    """
    wanted, answers = _wanted(records), _answers(films, records)
    met = wanted.join(answers, "key").where(_is_name() | _are_near(F.col("ours"), F.col("theirs")))
    return met.select("film_id", "release_id").repartition("release_id").distinct()


def _wanted(records: DataFrame) -> DataFrame:
    """Rows (key, ours, release_id): the blocks of each record with the name each key stands in."""
    zipped = F.explode(F.arrays_zip("release_keys", "release_forms")).alias("zipped")
    rows = records.select("release_id", "blocks", zipped).select("release_id", "blocks", "zipped.*")
    plain = rows.where(F.array_contains("blocks", F.col("release_keys")))
    subs = records.select("release_id", F.explode("blocks").alias("key")).where(F.col("key").contains(_SUB))
    return plain.select(
        "release_id", F.col("release_keys").alias("key"), F.col("release_forms").alias("ours")
    ).unionByName(subs.select("release_id", "key", F.lit("").alias("ours")))


def _answers(films: DataFrame, records: DataFrame) -> DataFrame:
    """Rows (key, theirs, film_id): the keys of each film, with sub-keys only for skewed names that are looked up."""
    zipped = F.explode(F.arrays_zip("film_keys", "film_forms")).alias("zipped")
    plain = films.select("film_id", zipped).select(
        "film_id", F.col("zipped.film_keys").alias("key"), F.col("zipped.film_forms").alias("theirs")
    )
    return plain.unionByName(_film_sub_keys(films, records))


def _film_sub_keys(films: DataFrame, records: DataFrame) -> DataFrame:
    asked = records.select(F.explode("blocks").alias("key")).where(F.col("key").contains(_SUB))
    skewed = asked.select(F.substring_index("key", _SUB, 1).alias("name")).distinct()
    people = F.transform(F.concat("composers", "players"), lambda person: F.concat(F.lit(_SUB), person))
    known = F.when(F.col("prominence") >= WELL_KNOWN, F.lit(_KNOWN))
    subs = F.array_distinct(F.concat(people, F.array_compact(F.array(_year_sub(F.col("film_year")), known))))
    named = films.select(
        "film_id", subs.alias("subs"), F.explode(F.array_distinct("film_keys")).alias("name")
    )
    bearing = named.where(F.col("name").startswith(WHOLE)).join(F.broadcast(skewed), "name")
    split = bearing.select("film_id", "name", F.explode("subs").alias("sub"))
    return split.select("film_id", F.concat("name", "sub").alias("key"), F.lit("").alias("theirs"))


def _year_sub(year: Column) -> Column:
    return F.concat(F.lit(_SUB), year.cast("string"))


def _is_name() -> Column:
    return F.col("key").startswith(WHOLE)


def _cap() -> Column:
    is_other = F.substring("key", 1, 1).isin(*_OTHER_KINDS)
    return F.when(_is_name(), NAME_CAP).when(is_other, OTHER_CAP).otherwise(WORD_CAP)


def _record_sub_keys(met: DataFrame) -> DataFrame:
    """Skewed names of a record with each artist, with its year and the year before, and among known films."""
    year = F.col("release_year")
    years = F.array_compact(F.array(_year_sub(year), _year_sub(year - 1)))
    people = F.transform("artist_keys", lambda person: F.concat(F.lit(_SUB), person))
    subs = F.explode(F.concat(people, years, F.array(F.lit(_KNOWN))))
    return met.select("release_id", "key", subs.alias("sub")).select(
        "release_id", F.concat("key", "sub").alias("key")
    )


def _rarest(met: DataFrame) -> DataFrame:
    """All whole names of a record and its rarest other keys; ties by the key itself."""
    order = Window.partitionBy("release_id", _is_name()).orderBy("films", "key")
    before = F.coalesce(F.sum("films").over(order.rowsBetween(Window.unboundedPreceding, -1)), F.lit(0))
    counted = met.withColumn("films_before", before)
    is_within = (F.col("films_before") == 0) | (F.col("films_before") + F.col("films") <= FILMS_PER_RECORD)
    return counted.where(_is_name() | is_within)


def _are_near(ours: Column, theirs: Column) -> Column:
    """Whether two names can be NEAR_MISS alike: 30 % of the letters replaced, or the longer up to 85 % longer.

    An indel similarity of 0.7 allows s replaced and i added letters with s <= 0.3 longer - 0.65 i, hence an edit
    distance of at most 0.3 longer + 0.35 i; two more are granted for moved letters.
    """
    one, other = F.length(ours), F.length(theirs)
    added, longer = F.abs(one - other), F.greatest(one, other)
    reach = F.floor(longer * _REPLACED + added * (0.65 - _REPLACED)) + 2
    is_long_enough = added <= (one + other) * _REPLACED
    return is_long_enough & (F.call_function("levenshtein", ours, theirs, reach.cast("int")) >= 0)
