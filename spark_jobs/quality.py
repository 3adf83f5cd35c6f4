"""The rules a record must pass, in one table, and what happens to those that fail.

A record that fails goes to the quarantine with the first rule it broke; `is_ok` is a SQL expression over the
typed columns plus `fault` and `http_status`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.bronze import RAW_LIMIT_CHARS
from spark_jobs.schemas import QUARANTINE


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement on a table's rows: a name, the SQL that holds for good rows, and the reason in words."""

    table: str
    name: str
    dimension: str
    is_ok: str
    reason: str


RULES = (
    Rule("movies", "readable", "consistency", "fault IS NULL", "cannot be read"),
    Rule("movies", "answered", "completeness", "http_status IN (200, 404)", "the API answered with an error"),
    Rule("movies", "has_id", "completeness", "film_id > 0", "no film id"),
    Rule("movies", "has_title", "completeness", "http_status = 404 OR length(title) > 0", "no title"),
    Rule(
        "movies",
        "title_size",
        "accuracy",
        "length(coalesce(title, '')) <= 2000",
        "title over 2,000 characters",
    ),
    Rule("releases", "readable", "consistency", "fault IS NULL", "cannot be read"),
    Rule(
        "releases", "answered", "completeness", "http_status IN (200, 404)", "the API answered with an error"
    ),
    Rule("releases", "has_id", "completeness", "release_id > 0", "no release id"),
    Rule("releases", "has_title", "completeness", "http_status = 404 OR length(title) > 0", "no title"),
    Rule(
        "releases",
        "title_size",
        "accuracy",
        "length(coalesce(title, '')) <= 4000",
        "title over 4,000 characters",
    ),
)


def rules_of(table: str) -> list[Rule]:
    """Rules of one table, in the order they are tried."""
    return [rule for rule in RULES if rule.table == table]


def judge(rows: DataFrame, table: str) -> DataFrame:
    """Rows with column `broken_rule`: the first rule a row fails, null when it passes all."""
    return rows.withColumn("broken_rule", _first(table, [F.lit(rule.name) for rule in rules_of(table)]))


def _first(table: str, values: list[Column]) -> Column:
    """The value that belongs to the first broken rule of a table, null when none is broken."""
    broken = [~F.coalesce(F.expr(rule.is_ok), F.lit(False)) for rule in rules_of(table)]
    pairs = list(zip(broken, values, strict=True))
    return reduce(lambda later, pair: F.when(pair[0], pair[1]).otherwise(later), reversed(pairs), F.lit(None))


def quarantined(judged: DataFrame, table: str) -> DataFrame:
    """The failing rows of judged ones, in the schema of the quarantine; `line` holds the raw record."""
    reasons = F.create_map(*[F.lit(text) for rule in rules_of(table) for text in (rule.name, rule.reason)])
    reason = F.concat_ws(": ", reasons[F.col("broken_rule")], F.col("fault"))
    rows = judged.where(F.col("broken_rule").isNotNull()).select(
        F.lit(table).alias("table"),
        F.col("broken_rule").alias("rule"),
        reason.alias("reason"),
        F.left("line", F.lit(RAW_LIMIT_CHARS)).alias("raw"),
        "source_blob",
        "line_no",
        "fetched_at",
    )
    return rows.select([field.name for field in QUARANTINE])
