"""Labelled films, records and links from files, in the shape the jobs use. For evaluation and fitting only."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from spark_jobs.runtime.arrow import record_batch
from spark_jobs.schemas.typed import FILM_ROWS, RELEASE_ROWS
from spark_jobs.silver.reading.answers import Answer, body_of, parsed
from spark_jobs.silver.reading.line_text import even
from spark_jobs.silver.reading.raw_lines import RawLine
from spark_jobs.silver.records import films as movies
from spark_jobs.silver.records import releases
from spark_jobs.silver.typed_rows import Typed

DETAILS, SEARCH = "tmdb/details", "discogs/search"
Links = dict[int, int]


def read_bodies(spark: SparkSession, path: Path, kind: str, typed: Typed, schema: StructType) -> DataFrame:
    """A file of JSON lines (gzip or not), each the body of an answer of a kind, as typed rows.

    Raises FileNotFoundError when the file is not there.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path}")
    lines = spark.read.text(path.resolve().as_uri()).where(F.trim("value") != "")
    name = path.name

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        arrow = to_arrow_schema(schema)
        for batch in batches:
            answers = (_answer(name, line, kind) for line in batch.column(0).to_pylist())
            yield record_batch(
                [row | {"source_blob": name} for each in answers for row in typed(each)], arrow
            )

    return lines.mapInArrow(read, schema)


def _answer(name: str, line: str, kind: str) -> Answer:
    """A body as the silver job would unpack it."""
    body = parsed(even(line, kind))
    found = {"results": [body]} if kind == SEARCH else body
    return Answer(RawLine(name, 0, None, None), body_of(found, kind), status=200)


def read_movies(spark: SparkSession, path: Path) -> DataFrame:
    """TMDB details, one film a line, as silver `movies`."""
    rows = read_bodies(spark, path, DETAILS, movies.from_details, FILM_ROWS)
    return rows.transform(movies.columns)


def read_releases(spark: SparkSession, path: Path) -> DataFrame:
    """Discogs search results, one a line, as silver `releases`."""
    rows = read_bodies(spark, path, SEARCH, releases.from_search, RELEASE_ROWS)
    return rows.transform(releases.columns)


def read_links(path: Path) -> Links:
    """True pairs by release id, from a CSV with columns tmdb_id and discogs_id. Raises FileNotFoundError."""
    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path}")
    with path.open(encoding="utf-8", newline="") as lines:
        return {int(row["discogs_id"]): int(row["tmdb_id"]) for row in csv.DictReader(lines)}
