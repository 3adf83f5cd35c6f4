"""A small client of a Spark Connect server, run as a program: `warm_up.py FOLDER`, which it makes and removes.

It does once what jobs do most, so that Java has compiled it when they come: Python over Arrow batches, Delta tables
made, appended to, merged into, and read at a version.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

ROWS = 2000
TABLE = """CREATE TABLE delta.`{uri}` (id BIGINT NOT NULL, name STRING, parts ARRAY<STRING>)
USING delta TBLPROPERTIES ('delta.constraints.id' = 'id >= 0')"""
MERGE = """MERGE INTO delta.`{uri}` AS t USING warm_up_rows AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"""


def main(folder: Path) -> None:
    """Do all of it in `folder`."""
    spark = SparkSession.builder.getOrCreate()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        exercise(spark, (folder / "numbers").as_uri())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def exercise(spark: SparkSession, uri: str) -> int:
    """Write, merge and read one table; the number of groups in its first filled version."""
    spark.sql(TABLE.format(uri=uri))
    rows = spark.range(ROWS).mapInArrow(named, "id bigint, name string, parts array<string>")
    rows.write.format("delta").mode("append").save(uri)
    rows.where("id % 2 = 0").createOrReplaceTempView("warm_up_rows")
    spark.sql(MERGE.format(uri=uri))
    return groups(spark.read.format("delta").option("versionAsOf", 1).load(uri))


def named(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
    """Ids with a name and its parts."""
    for batch in batches:
        ids = batch.column(0)
        names = [f"number {value}" for value in ids.to_pylist()]
        columns = {"id": ids, "name": pa.array(names), "parts": pa.array([name.split() for name in names])}
        yield pa.RecordBatch.from_pydict(columns)


def groups(rows: DataFrame) -> int:
    """How many names there are by their last part: a join, an aggregate and a sort."""
    last = rows.withColumn("last", f.element_at("parts", -1))
    counted = last.groupBy("last").agg(f.count("*").alias("rows"), f.max("name").alias("name"))
    return len(counted.join(rows.select("id", "name"), "name").orderBy("id").toPandas())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
