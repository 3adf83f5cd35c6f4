"""What is told of an error of Spark."""

from __future__ import annotations

import pytest

from spark_jobs.lakehouse.errors import reason

BARE = """An error occurred while calling o1.append.
: org.DeltaInvariantViolationException: [DELTA_VIOLATE] CHECK constraint rating_of_ten violated by row with values:
 - rating : -0.1
\tat org.somewhere(There.scala:1)
 - no value
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BARE, ": org.DeltaInvariantViolationException: [DELTA_VIOLATE] CHECK constraint rating_of_ten violated "
               "by row with values: - rating : -0.1"),
        ("[DELTA_X] Not so.\nMore.", "[DELTA_X] Not so."),
        ("nothing known\nmore", "nothing known"),
        ("", "ValueError"),
    ],
)  # fmt: skip
def test_the_line_that_names_the_condition(text: str, told: str) -> None:
    """With the values it speaks of; else the first line, else the kind of error."""
    assert reason(ValueError(text)) == told
