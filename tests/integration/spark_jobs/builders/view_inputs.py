"""Makes the inputs of views from small lists of dicts; what a dict leaves out is filled in as silver would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import ArrayType, StructType

from spark_jobs.schemas.gold import MATCHES
from spark_jobs.schemas.silver import CAST_CREDITS, CREW_CREDITS, MOVIES, RELEASES, REVIEWS
from spark_jobs.views.films.history import FILM_HISTORY
from spark_jobs.views.view import Inputs

AS_OF = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
Row = Mapping[str, Any]


def view_inputs(
    spark: SparkSession,
    *,
    movies: Sequence[Row] = (),
    cast_credits: Sequence[Row] = (),
    crew_credits: Sequence[Row] = (),
    reviews: Sequence[Row] = (),
    releases: Sequence[Row] = (),
    matches: Sequence[Row] = (),
    film_history: Sequence[Row] = (),
    as_of: datetime = AS_OF,
) -> Inputs:
    """Inputs of the given rows: absent lists are empty, other absent columns null; films get derived columns too."""
    return Inputs(
        as_of=as_of,
        movies=frame(spark, MOVIES, [film(**row) for row in movies]),
        cast_credits=frame(spark, CAST_CREDITS, cast_credits),
        crew_credits=frame(spark, CREW_CREDITS, crew_credits),
        reviews=frame(spark, REVIEWS, reviews),
        releases=frame(spark, RELEASES, releases),
        matches=frame(spark, MATCHES, matches),
        film_history=frame(spark, FILM_HISTORY, film_history),
        keep=kept,
    )


def kept(rows: DataFrame) -> DataFrame:
    """The same rows, worked out now: what staging does in a run."""
    return rows.localCheckpoint()


def film(**given: Any) -> dict[str, Any]:
    """A row of silver movies: year and month follow from release_date, profit and roi from the money, and so on."""
    released: date | None = given.get("release_date")
    genres, revenue, budget = given.get("genres") or [None], given.get("revenue"), given.get("budget")
    is_whole = released is not None and (released.month, released.day) != (1, 1)
    has_money = revenue is not None and budget is not None
    derived = {
        "title": f"Film {given['film_id']}",
        "release_year": released and released.year,
        "release_month": released.month if is_whole and released else None,
        "release_date_precision": released and ("day" if is_whole else "year"),
        "primary_genre": genres[0],
        "profit": revenue - budget if has_money else None,
        "roi": round((revenue - budget) / budget, 4) if has_money else None,
        "fetched_at": AS_OF,
    }
    return derived | given


def frame(spark: SparkSession, schema: StructType, rows: Iterable[Row]) -> DataFrame:
    """Rows of a schema; a misspelt column is a KeyError."""
    names = schema.fieldNames()
    absent = {f.name: [] if isinstance(f.dataType, ArrayType) else None for f in schema}
    for row in rows:
        if unknown := row.keys() - set(names):
            raise KeyError(f"no column {sorted(unknown)} in {names}")
    return spark.createDataFrame(
        [tuple((absent | dict(row))[name] for name in names) for row in rows], schema
    )


def rows_of(built: DataFrame, *keys: str) -> dict[Any, dict[str, Any]]:
    """Collected rows by their key: the bare value for one column, a tuple for several."""
    found = [row.asDict(recursive=True) for row in built.collect()]
    by_key = {(row[keys[0]] if len(keys) == 1 else tuple(row[k] for k in keys)): row for row in found}
    assert len(by_key) == len(found), f"{keys} is not the key"
    return by_key
