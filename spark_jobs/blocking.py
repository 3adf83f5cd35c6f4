"""Which pairs are worth a look: a linear block on whole names and rare words instead of films x records.

Two names close enough to match share the whole name or one of their rarest words (prefix filtering: Chaudhuri,
Ganti, Kaushik 2006, "A primitive operator for similarity joins in data cleaning"). A word in more than TOKEN_CAP films
says too little and would make a skewed block; a name that many films bear ('Home') is kept, up to NAME_CAP.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

TOKEN_CAP = 200  # films a word may occur in and still be a key
NAME_CAP = 1000  # films that may bear one whole name
WORDS_PER_RELEASE = 3  # rarest words of a record that are looked up


def candidate_pairs(films: DataFrame, releases: DataFrame) -> DataFrame:
    """Distinct (film_id, release_id) that share a key; `films` and `releases` as prepare.py makes them."""
    film_keys = films.select("film_id", F.explode("film_keys").alias("key"))
    rarity = film_keys.groupBy("key").agg(F.count("*").alias("films")).where(_is_usable())
    release_keys = releases.select("release_id", F.explode("release_keys").alias("key"))
    chosen = release_keys.join(rarity, "key").transform(_rarest)
    return chosen.join(film_keys, "key").select("film_id", "release_id").distinct()


def _is_name() -> Column:
    return F.col("key").startswith("=")


def _is_usable() -> Column:
    return F.col("films") <= F.when(_is_name(), NAME_CAP).otherwise(TOKEN_CAP)


def _rarest(keys: DataFrame) -> DataFrame:
    """All whole names of a record and its rarest words; ties by the word itself."""
    order = Window.partitionBy("release_id", _is_name()).orderBy("films", "key")
    ranked = keys.withColumn("place", F.row_number().over(order))
    return ranked.where(_is_name() | (F.col("place") <= WORDS_PER_RELEASE)).select("release_id", "key")
