"""What may be wrong with the lake; each message names the table or file and says what to do."""

from __future__ import annotations


class LakeError(RuntimeError):
    """Something the lake must hold is missing or cannot be read."""


def reason(error: Exception) -> str:
    """The line of an error that says what was wrong; a classic session passes on some of Java's as they are."""
    lines = str(error).splitlines() or [type(error).__name__]
    return next((line for line in lines if "[" in line), lines[0])


class TableSchemaError(LakeError):
    """Rows, or a table as it stands, have other columns than the table is defined with."""


class TableChangedError(LakeError):
    """Somebody else wrote to a table since the last run."""
