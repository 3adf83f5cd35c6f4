"""What may be wrong with the lake; each message names the table or file and says what to do."""

from __future__ import annotations

from itertools import takewhile


class LakeError(RuntimeError):
    """Something the lake must hold is missing or cannot be read."""


def reason(error: Exception) -> str:
    """What was wrong, of an error of Spark; a classic session passes on some of Java's as they are."""
    lines = str(error).splitlines() or [type(error).__name__]
    first = next((number for number, line in enumerate(lines) if "[" in line), 0)
    values = takewhile(lambda line: line.startswith(" - "), lines[first + 1 :])
    return "".join([lines[first], *values])


class TableSchemaError(LakeError):
    """Rows, or a table as it stands, have other columns than the table is defined with."""


class TableChangedError(LakeError):
    """Somebody else wrote to a table since the last run."""
