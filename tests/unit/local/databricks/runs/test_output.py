"""The error in what a job printed."""

from __future__ import annotations

from pathlib import Path

from local.databricks.runs.output import last_error, read_output

CHAINED = """warning: something
Traceback (most recent call last):
  File "a.py", line 1, in <module>
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "b.py", line 2, in <module>
spark_jobs.errors.BadTable: no snapshot
of table movies
\tat org.apache.spark.Something(Something.java:1)
"""


def test_the_last_exception_is_the_error() -> None:
    """Of chained tracebacks the last one counts, also when stack lines follow its message."""
    assert last_error(CHAINED) == "spark_jobs.errors.BadTable: no snapshot"


def test_without_traceback_the_last_line_is_the_error() -> None:
    """A job that exits with a message has that as its error."""
    assert (
        last_error("usage: silver\nsilver: error: --run-id is required\n")
        == "silver: error: --run-id is required"
    )
    assert last_error("") == ""


def test_long_logs_are_cut_at_the_front(tmp_path: Path) -> None:
    """The end of the logs is kept and the cut is told."""
    (tmp_path / "stdout").write_bytes(b"x" * 300_000 + b"the end")
    (tmp_path / "stderr").write_text(CHAINED)
    output = read_output(tmp_path)
    assert output.is_truncated
    assert output.logs.endswith(CHAINED)
    assert output.error_trace.startswith("Traceback")
    assert "KeyError" not in output.error_trace


def test_no_output_yet(tmp_path: Path) -> None:
    """An attempt that has not begun has empty logs."""
    assert read_output(tmp_path / "nothing").logs == ""
