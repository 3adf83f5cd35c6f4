"""The rules applied: who is refused, and how often each rule is broken.

One aggregation over the rows of a run gives all counts; scores and gates are made of them without Spark.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.schemas.raw import RAW_LIMIT_CHARS
from spark_jobs.schemas.silver import QUARANTINE
from spark_jobs.silver.quality.fill import fill_columns
from spark_jobs.silver.quality.rules import DIMENSIONS, ERROR, WARNING, Rule, rules_of
from spark_jobs.silver.quality.scores import TableProfile

_SECONDS_A_DAY = 86_400


def with_broken_rule(rows: DataFrame, table: str, run_at: str | None) -> DataFrame:
    """Rows with `broken_rule`, the first ERROR rule a row fails (null when it passes all), and `age_days`.

    `age_days` counts from fetched_at to `run_at` (ISO 8601); null when either is unknown.
    """
    seconds = F.lit(run_at).try_cast("timestamp").cast("double") - F.col("fetched_at").cast("double")
    aged = rows.withColumn("age_days", seconds / _SECONDS_A_DAY)
    errors = rules_of(table, ERROR)
    cases = [(~_holds(rule), F.lit(rule.name)) for rule in errors]
    first = reduce(lambda later, case: F.when(*case).otherwise(later), reversed(cases), F.lit(None))
    return aged.withColumn("broken_rule", first.cast("string"))


def _holds(rule: Rule) -> Column:
    return F.coalesce(F.expr(rule.is_ok), F.lit(False))


def quarantined(checked: DataFrame, table: str, run_id: str) -> DataFrame:
    """The refused ones of checked rows, in the schema of the quarantine; `line` holds the raw record."""
    reasons = F.create_map(
        *[F.lit(text) for rule in rules_of(table, ERROR) for text in (rule.name, rule.reason)]
    )
    reason = F.concat_ws(": ", reasons[F.col("broken_rule")], F.col("fault"))
    rows = checked.where(F.col("broken_rule").isNotNull()).select(
        F.lit(run_id).alias("run_id"),
        F.lit(table).alias("table"),
        F.col("broken_rule").alias("rule"),
        reason.alias("reason"),
        F.left("line", F.lit(RAW_LIMIT_CHARS)).alias("raw"),
        "source_blob",
        "line_no",
        "fetched_at",
    )
    return rows.select([field.name for field in QUARANTINE])


def profile(rows: DataFrame, table: str, held: int) -> TableProfile:
    """Counts of one table's ranked rows; `held` is how many rows the table had before."""
    flagged = rows.select("*", *[_breaks(rule).alias(_flag(rule)) for rule in rules_of(table)])
    filled = fill_columns(rows, table, F.col("is_new") & _is_content())
    found = flagged.agg(*profile_columns(table), *filled).first()
    counts = found.asDict() if found else {}
    untouched = held - counts.get("known", 0)
    return TableProfile.of(table, counts | {"latest": counts.get("latest", 0) + untouched})


def profile_columns(table: str) -> list[Column]:
    """Aggregates: rows, content, known (rows the table had), latest, removed, and a count a rule and dimension."""
    is_new = F.col("is_new")
    return [
        F.count_if(is_new).alias("rows"),
        F.count_if(is_new & _is_content()).alias("content"),
        F.count_if(~is_new).alias("known"),
        F.count_if(F.col("is_latest")).alias("latest"),
        F.count_if("is_removal").alias("removed"),
        *[F.count_if(is_new & F.col(_flag(rule))).alias(f"rule:{rule.name}") for rule in rules_of(table)],
        *[F.count_if(is_new & _fails(table, name)).alias(f"dimension:{name}") for name in DIMENSIONS],
    ]


def _is_content() -> Column:
    """Rows the rules of severity WARNING and INFO are about: accepted ones that say more than 'gone'."""
    return F.col("broken_rule").isNull() & (F.col("http_status") == 200)


def _breaks(rule: Rule) -> Column:
    if rule.severity == ERROR:
        return F.coalesce(F.col("broken_rule") == rule.name, F.lit(False))
    return _is_content() & ~_holds(rule)


def _fails(table: str, dimension: str) -> Column:
    scored = [rule for rule in rules_of(table, ERROR, WARNING) if rule.dimension == dimension]
    return reduce(lambda one, other: one | other, [F.col(_flag(rule)) for rule in scored], F.lit(False))


def _flag(rule: Rule) -> str:
    return f"breaks_{rule.name}"
