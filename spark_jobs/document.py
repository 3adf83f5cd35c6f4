"""`python -m spark_jobs.document`: the written docs of all tables, out of their schemas and rules.

With a path the text is written there, else to stdout. A test holds `docs/tables.md` to it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql.types import StructField

from spark_jobs.documented import DOCUMENTED, Documented
from spark_jobs.silver.quality.rules import RULES, Rule

_INTRO = """# Tables

Written by `python -m spark_jobs.document docs/tables.md` from `spark_jobs/schemas/`, `spark_jobs/views/` and
`spark_jobs/silver/quality/rules.py`; change it there. Tables are Parquet under
`CONTAINER/TABLE/snapshot=RUN`, and `CONTAINER/TABLE/_current.json` names the snapshot to read. Every column may be
null. Times are UTC.
"""
_RULES_INTRO = """
# Rules

A record that breaks a rule of severity *error* goes to `quarantine`, with the rule, the reason and the raw line; a
*warning* is counted and lowers the score of its dimension; *info* is counted only. The score of a dimension is the
share of a run's records that break none of its errors and warnings. Under a gate (completeness 0.95, consistency
0.98, arguments of the job) the run stops before any table changes.

"""
_SENTIMENT = """
# What the sentiment can say

`overview_sentiment` and `reviews.sentiment` are VADER's compound score of the first 5,000 characters: at least 0.05 is
positive, at most -0.05 negative. VADER is a word list made for English posts. In other languages few words are known
and the score is near 0; plots of war and crime score low however kind the film; irony is taken at its word.
"""


def document() -> str:
    """The whole text, in Markdown."""
    return _INTRO + "".join(map(_table, DOCUMENTED)) + _RULES_INTRO + _rules() + _SENTIMENT


def _table(table: Documented) -> str:
    head = f"\n## {table.container}/{table.name}\n\nOne row is {table.row}.\n\n"
    return head + "| column | type | what |\n|---|---|---|\n" + "".join(map(_column, table.schema.fields))


def _column(field: StructField) -> str:
    return f"| `{field.name}` | {field.dataType.simpleString()} | {_plain(field.metadata['comment'])} |\n"


def _rules() -> str:
    head = "| table | rule | severity | dimension | columns | broken when |\n|---|---|---|---|---|---|\n"
    return head + "".join(map(_rule, RULES))


def _rule(rule: Rule) -> str:
    cells = (rule.table, f"`{rule.name}`", rule.severity, rule.dimension, rule.columns, rule.reason)
    return f"| {' | '.join(map(_plain, cells))} |\n"


def _plain(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the docs to the path given, or to stdout."""
    given = sys.argv[1:] if arguments is None else arguments
    if given:
        Path(given[0]).write_text(document(), encoding="utf-8")
    else:
        sys.stdout.write(document())


if __name__ == "__main__":
    main()
