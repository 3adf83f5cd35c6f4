"""Casts as a graph: who was billed in a film, who played with whom, and in which decades.

Decades are kept as bits of a number (bit 0 is 1870), so that one grouping of all pairs serves every decade. What is
made here is asked for by three tables of the network, which keep it.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.views.people.persons import person_key
from spark_jobs.views.view import Inputs

BILLED = 8
FIRST_DECADE, DECADES = 1870, 24


def casts(inputs: Inputs) -> DataFrame:
    """film_id, year, decade_bit, members (array of person_id, name), for films of `movies` with a cast.

    Members are the first BILLED distinct persons by billing order (unknown last), then by place in TMDB's list.
    """
    key = person_key(F.col("person_id"), F.col("name"))
    order = F.coalesce("billing_order", F.lit(2**31 - 1)).alias("order")
    credited = inputs.cast_credits.select("film_id", order, "position", key.alias("person_id"), "name")
    member = F.struct("order", "position", "person_id", "name")
    listed = (
        credited.where("person_id IS NOT NULL")
        .groupBy("film_id")
        .agg(_first_roles(F.array_sort(F.collect_list(member))).alias("members"))
    )
    known = inputs.movies.select(
        "film_id", F.col("release_year").alias("year"), _decade_bit().alias("decade_bit")
    )
    return listed.join(known, "film_id").select("film_id", "year", "decade_bit", "members")


def _first_roles(roles: Column) -> Column:
    """person_id and name of the first BILLED distinct persons of a sorted array of roles."""
    persons = roles["person_id"]
    first = F.filter(roles, lambda role, place: F.array_position(persons, role["person_id"]) == place + 1)
    return F.transform(F.slice(first, 1, BILLED), lambda role: F.struct(role["person_id"], role["name"]))


def _decade_bit() -> Column:
    """1 << n for the n-th decade since 1870; null without a year."""
    place = F.floor((F.col("release_year") - FIRST_DECADE) / 10).cast("int")
    return F.when(place.between(0, DECADES - 1), F.call_function("shiftleft", F.lit(1).cast("bigint"), place))


def decades(bits: Column) -> Column:
    """The decades of a number of bits, as an array: 1990 for the nineties."""
    places = F.filter(
        F.sequence(F.lit(0), F.lit(DECADES - 1)),
        lambda place: F.getbit(bits, place) == F.lit(1).cast("tinyint"),
    )
    return F.transform(places, lambda place: place * 10 + FIRST_DECADE)


def pairs(cast: DataFrame) -> DataFrame:
    """person_a < person_b, films together, first_year, last_year, decade_bits."""
    numbers = F.array_sort(F.col("members.person_id"))
    one = cast.select(
        "year", "decade_bit", numbers.alias("numbers"), F.posexplode(numbers).alias("place", "person_a")
    )
    others = F.explode(F.slice("numbers", F.col("place") + 2, F.lit(BILLED)))
    both = one.select("person_a", others.alias("person_b"), "year", "decade_bit")
    return both.groupBy("person_a", "person_b").agg(
        F.count("*").alias("films"),
        F.min("year").alias("first_year"),
        F.max("year").alias("last_year"),
        _bits(),
    )


def players(cast: DataFrame) -> DataFrame:
    """person_id, name, films, first_year, decade_bits and weighted_degree (partners, once a film)."""
    member = cast.select(
        "year", "decade_bit", F.size("members").alias("cast_size"), F.explode("members").alias("m")
    )
    return member.groupBy(F.col("m.person_id").alias("person_id")).agg(
        F.min("m.name").alias("name"),
        F.count("*").alias("films"),
        F.min("year").alias("first_year"),
        F.sum(F.col("cast_size") - 1).alias("weighted_degree"),
        _bits(),
    )


def _bits() -> Column:
    return F.coalesce(F.bit_or("decade_bit"), F.lit(0).cast("bigint")).alias("decade_bits")


def degrees(edges: DataFrame) -> DataFrame:
    """person_id and degree: distinct partners; people without one are absent."""
    ends = edges.select(F.col("person_a").alias("person_id")).union(edges.select("person_b"))
    return ends.groupBy("person_id").agg(F.count("*").alias("degree"))
