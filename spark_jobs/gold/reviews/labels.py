"""Reviews and known links as labels to fit on, with the films and records they are of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_jobs.gold.known_links import read_known
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.lake import RETENTION_DAYS, Addresses
from spark_jobs.lakehouse.sets import read_set
from spark_jobs.lakehouse.tables import Tables
from spark_jobs.schemas.tables import MATCH_REVIEWS, MOVIES, RELEASES

_PAIR = ("film_id", "release_id")
_LABEL = "film_id bigint, release_id bigint, is_true boolean, place int"
MOST_RECORDS = 50_000
"""Records that are fitted on; of more, those with the smallest hashes."""


@dataclass(frozen=True, slots=True)
class OwnLabels:
    """What is known of a lake's own catalog.

    Args:
        movies: silver's films.
        releases: silver's records that something is known of.
        links: film by record.
        rejected: films that a record is not of, by record; only of those without a link.
    """

    movies: DataFrame
    releases: DataFrame
    links: dict[int, int]
    rejected: dict[int, frozenset[int]]


def read_labels(spark: SparkSession, addresses: Addresses, *, reviews: bool, known: bool) -> OwnLabels:
    """The labels of the lake as it is; what people said in reviews goes before what is known from elsewhere.

    Raises LakeError when a table is not there.
    """
    lake = _Current(spark, addresses)
    movies, releases = (lake.rows(table).where("removed_at IS NULL") for table in (MOVIES, RELEASES))
    labelled = spark.createDataFrame([], _LABEL)
    if reviews:
        said, is_yes = lake.rows(MATCH_REVIEWS).where("stands"), F.col("verdict") == "yes"
        labelled = labelled.unionByName(said.select(*_PAIR, is_yes.alias("is_true"), F.lit(0).alias("place")))
    if known:
        links = read_known(Files(addresses.files)).pairs(spark, releases)
        told = links.select(*_PAIR, F.lit(True).alias("is_true"), F.lit(1).alias("place"))
        labelled = labelled.unionByName(told)
    there = labelled.join(releases.select("release_id"), "release_id", "left_semi").join(
        movies.select("film_id"), "film_id", "left_semi"
    )
    chosen = there.select("release_id").distinct().orderBy(F.xxhash64("release_id")).limit(MOST_RECORDS)
    rows = there.join(chosen, "release_id", "left_semi").orderBy("place", "film_id").collect()
    links_found, rejected = settled([(row["release_id"], row["film_id"], row["is_true"]) for row in rows])
    return OwnLabels(movies, releases.join(chosen, "release_id", "left_semi"), links_found, rejected)


def settled(
    labels: Iterable[tuple[int, int, bool]],
) -> tuple[dict[int, int], dict[int, frozenset[int]]]:
    """Links and rejected films by record, of (release_id, film_id, is_true): who speaks first is right."""
    links: dict[int, int] = {}
    rejected: dict[int, set[int]] = {}
    for release, film, is_true in labels:
        if not is_true:
            rejected.setdefault(release, set()).add(film)
        elif film not in rejected.get(release, ()):
            links.setdefault(release, film)
    return links, {release: frozenset(films) for release, films in rejected.items() if release not in links}


class _Current:
    """The tables of a lake as they are."""

    def __init__(self, spark: SparkSession, addresses: Addresses) -> None:
        self._files = Files(addresses.files)
        self._tables = Tables(
            spark, addresses.catalog, addresses.tables, mark="fit", retention_days=RETENTION_DAYS
        )

    def rows(self, table: TableDefinition) -> DataFrame:
        found = read_set(self._files, table.schema)
        if found is None or table.name not in found.tables:
            raise LakeError(f"no {table.full_name} yet: run the {table.schema} job")
        return self._tables.read(table, found.tables[table.name])
