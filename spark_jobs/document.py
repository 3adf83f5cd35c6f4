"""`python -m spark_jobs.document`: write docs/tables.md from the schemas and rules of all tables.

With a path the text is written there, else to stdout. A test fails when `docs/tables.md` differs from it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql.types import StructField

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.schemas.tables import SILVER
from spark_jobs.silver.quality.rules import RULES, Rule
from spark_jobs.silver.quality.scores import COMPLETENESS_GATE, CONSISTENCY_GATE
from spark_jobs.views.catalogue import GOLD

_INTRO = """# Tables

Written by `python -m spark_jobs.document docs/tables.md` from `spark_jobs/schemas/`, `spark_jobs/views/` and
`spark_jobs/silver/quality/rules.py`; change it there. Tables are Parquet under
`CONTAINER/TABLE/snapshot=RUN`, and `CONTAINER/TABLE/_current.json` names the snapshot to read; only `quarantine` has no
such file. Every column may be null. Times are UTC.
"""
_RULES_INTRO = f"""
# Rules

A record that breaks a rule of severity *error* goes to `quarantine`, with the first such rule, the reason and what can
be shown of the record: the line of the blob, or of a search result the fields that are read. Each run writes a
snapshot of its own with what it refused, no row when it refused nothing, and a run that a gate stops writes it too; so
look there under the run's id. No later run reads it. A
*warning* is counted and lowers the score of its dimension; *info* is counted only. The score of a dimension is the
share of a run's records that break none of its errors and warnings. Under a gate (completeness {COMPLETENESS_GATE},
consistency {CONSISTENCY_GATE}; arguments of the job) the run stops before any table changes.

"""
_SENTIMENT = """
# What the sentiment can say

`overview_sentiment` and `reviews.sentiment` are VADER's compound score of the first 5,000 characters: at least 0.05 is
positive, at most -0.05 negative. VADER is a word list made for English posts. In other languages few words are known
and the score is near 0; plots of war and crime score low however kind the film; irony is taken at its word.
"""


DOCUMENTED: tuple[TableDefinition, ...] = (*SILVER, *GOLD)
"""Every table that people may read."""


def document() -> str:
    """The whole text, in Markdown."""
    return _INTRO + "".join(map(_table, DOCUMENTED)) + _RULES_INTRO + _rules() + _SENTIMENT


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


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the docs to the path given, or to stdout."""
    given = sys.argv[1:] if arguments is None else arguments
    if given:
        Path(given[0]).write_text(document(), encoding="utf-8")
    else:
        sys.stdout.write(document())


if __name__ == "__main__":
    main()
