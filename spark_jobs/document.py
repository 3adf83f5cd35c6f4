"""`python -m spark_jobs.document`: write docs/tables.md from the schemas and rules of all tables.

With a path the text is written there, else to stdout. A test fails when `docs/tables.md` differs from it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pyspark.sql.types import StructField, StructType

from spark_jobs.schemas.gold import CANDIDATES, FILM_SOUNDTRACKS, MATCHES, UNMATCHED_FILMS, UNMATCHED_RELEASES
from spark_jobs.schemas.silver import (
    CAST_CREDITS,
    CREW_CREDITS,
    GENRE_MAP,
    MOVIES,
    QUARANTINE,
    RELEASES,
    REVIEWS,
)
from spark_jobs.silver.quality.rules import RULES, Rule
from spark_jobs.silver.quality.scores import COMPLETENESS_GATE, CONSISTENCY_GATE
from spark_jobs.views.catalogue import VIEWS
from spark_jobs.views.films.history import FILM_HISTORY, ROW

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


class Documented(NamedTuple):
    """A table in the written docs: where it lies, its name, what a row is, its schema."""

    container: str
    name: str
    row: str
    schema: StructType


DOCUMENTED = (
    Documented("intermediate", "movies", "a film of TMDB, as it was answered last", MOVIES),
    Documented("intermediate", "cast_credits", "a role in a film", CAST_CREDITS),
    Documented("intermediate", "crew_credits", "a job in a film", CREW_CREDITS),
    Documented("intermediate", "reviews", "a review of a film", REVIEWS),
    Documented(
        "intermediate",
        "releases",
        "a release of Discogs, as it was answered last. A master is none, and its number may be that of another\n"
        "release: what lists say of masters is left out, and a master's own answer is the row of the release it names\n"
        "as its main one, with the master's id in `master_id`, until that release was listed or answered itself",
        RELEASES,
    ),
    Documented("intermediate", "genre_map", "a film genre and a release genre that go together", GENRE_MAP),
    Documented("intermediate", "quarantine", "a record of the run that was refused", QUARANTINE),
    Documented("gold", "match_candidates", "a film and a release that could belong together", CANDIDATES),
    Documented("gold", "matches", "a film and the release that is its soundtrack", MATCHES),
    Documented(
        "gold", "unmatched_releases", "a release of no film, with its nearest miss", UNMATCHED_RELEASES
    ),
    Documented("gold", "unmatched_films", "a film without a release, with its nearest miss", UNMATCHED_FILMS),
    Documented("gold", "film_soundtracks", "a film with all its releases", FILM_SOUNDTRACKS),
    Documented("gold", "film_history", ROW, FILM_HISTORY),
    *(Documented("gold", view.name, view.row, view.schema) for view in VIEWS),
)


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
