"""The page of all tables and of the rules that records are held to, from the schemas and rules: docs/tables.md."""

from __future__ import annotations

from pyspark.sql.types import StructField

from spark_jobs.document.diagram import diagram
from spark_jobs.document.documented import DOCUMENTED
from spark_jobs.document.reading import INTRO
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.silver.publishing import QUARANTINE_DAYS
from spark_jobs.silver.quality.rules import RULES, Rule
from spark_jobs.silver.quality.scores import COMPLETENESS_GATE, CONSISTENCY_GATE

_DIAGRAM_INTRO = """
# How they belong together

What rows are told apart by (PK) and what leads to a row of another table (FK), in silver and in what the matcher makes
of it. Delta holds neither; the jobs do, within one set of versions. The views of gold stand for themselves.

"""
_RULES_INTRO = f"""
# Rules

A record that breaks a rule of severity *error* goes to `quarantine`, with the first such rule, the reason and what can
be shown of the record: the line of the blob, or of a search result the fields that are read. One table holds those of
all runs, told apart by `run_id` and kept for {QUARANTINE_DAYS} days; a run that a gate stops writes there too. No later
run reads them. A *warning* is counted and lowers the score of its dimension; *info* is counted only. The score of a
dimension is the share of a run's records that break none of its errors and warnings. Under a gate (completeness
{COMPLETENESS_GATE}, consistency {CONSISTENCY_GATE}; arguments of the job) the run stops before any table changes.

"""
_SENTIMENT = """
# What the sentiment can say

`overview_sentiment` and `reviews.sentiment` are VADER's compound score of the first 5,000 characters: at least 0.05 is
positive, at most -0.05 negative. VADER is a word list made for English posts. In other languages few words are known
and the score is near 0; plots of war and crime score low however kind the film; irony is taken at its word.
"""


def page() -> str:
    """The whole text, in Markdown."""
    drawn = f"{_DIAGRAM_INTRO}```mermaid\n{diagram()}\n```\n"
    return INTRO + drawn + "".join(map(_table, DOCUMENTED)) + _RULES_INTRO + _rules() + _SENTIMENT


def _table(table: TableDefinition) -> str:
    head = f"\n## {table.full_name}\n\nOne row is {table.row}.{_promises(table)}\n\n"
    columns = "".join(_column(field, table) for field in table.columns)
    return head + "| column | type | what |\n|---|---|---|\n" + columns


def _promises(table: TableDefinition) -> str:
    ranged = f" Files are ranged by `{table.key}`." if table.key else ""
    checks = ", ".join(f"`{name}` ({sql})" for name, sql in table.checks.items())
    return ranged + (f" Checked: {checks}." if checks else "")


def _column(field: StructField, table: TableDefinition) -> str:
    must = ", not null" if field.name in table.required else ""
    return (
        f"| `{field.name}` | {field.dataType.simpleString()}{must} | {_plain(field.metadata['comment'])} |\n"
    )


def _rules() -> str:
    head = "| table | rule | severity | dimension | columns | broken when |\n|---|---|---|---|---|---|\n"
    return head + "".join(map(_rule, RULES))


def _rule(rule: Rule) -> str:
    cells = (rule.table, f"`{rule.name}`", rule.severity, rule.dimension, rule.columns, rule.reason)
    return f"| {' | '.join(map(_plain, cells))} |\n"


def _plain(text: str) -> str:
    return text.replace("|", "\\|")
