"""An exchange in a session: rows of a key meet, other parts pass, and rows come out as they went in."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from spark_jobs.runtime.exchange import Part, Step, exchange, id_buckets, pack, text_buckets, unpack

pytestmark = pytest.mark.slow

NUMBERS, COUNTS = pa.schema([("n", pa.int64())]), pa.schema([("word", pa.string()), ("count", pa.int64())])


def by_word(rows: pa.Table) -> Iterator[Part]:
    """Words go to the bucket of the word, numbers to that of the number."""
    yield Part("words", rows.select(["word"]), text_buckets(rows["word"].combine_chunks()))
    yield Part("numbers", rows.select(["n"]), id_buckets(rows["n"]))


def counted(parts: dict[str, pa.Table]) -> Iterator[Part]:
    """How often each word is there."""
    counts = parts["words"].group_by("word").aggregate([("word", "count")])
    counts = counts.select(["word", "word_count"]).rename_columns(COUNTS.names)
    yield Part("counts", counts, text_buckets(counts["word"].combine_chunks()))


def flat(parts: dict[str, pa.Table]) -> Iterator[pa.Table]:
    """Counts as they are, and a row without a word for the numbers of the bucket."""
    yield parts["counts"]
    yield pa.table([[None], [len(parts["numbers"])]], schema=COUNTS)


def test_rows_of_a_key_meet_and_other_parts_pass(spark: SparkSession) -> None:
    """All rows of a word are counted in one bucket; numbers, which that step does not take, reach the next."""
    rows = spark.createDataFrame([("one" if n % 3 else "two", n) for n in range(300)], "word string, n long")
    packs = pack(rows.repartition(4), by_word)
    found = packs.transform(exchange, Step({"words": pa.schema([("word", pa.string())])}, counted)).transform(
        unpack, Step({"counts": COUNTS, "numbers": NUMBERS}, flat), from_arrow_schema(COUNTS)
    )
    counts = [(row["word"], row["count"]) for row in found.collect()]
    assert sorted(each for each in counts if each[0]) == [("one", 200), ("two", 100)]
    assert sum(count for word, count in counts if word is None) == 300


def test_nothing_comes_of_nothing(spark: SparkSession) -> None:
    """An empty frame has no packs, and no rows."""
    rows = spark.createDataFrame([], "word string, n long")
    assert pack(rows, by_word).count() == 0
