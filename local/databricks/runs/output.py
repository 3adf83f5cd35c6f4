"""What a job left on its standard output and error, as runs/get-output tells it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_LOG_TAIL_BYTES = 256 * 1024
_TRACE_TAIL_CHARS = 32 * 1024
_TRACEBACK = "Traceback (most recent call last):"
_EXCEPTION = re.compile(r"^(?:[A-Za-z_][\w]*\.)*[A-Z]\w*(?::.*)?$")


@dataclass(frozen=True)
class JobOutput:
    """The tail of what a job wrote and, from it, its last error."""

    logs: str = ""
    is_truncated: bool = False
    error: str = ""
    error_trace: str = ""


def read_output(directory: Path) -> JobOutput:
    """The output of the attempt that ran in `directory`; empty when it has not begun."""
    out, out_cut = _tail(directory / "stdout")
    err, err_cut = _tail(directory / "stderr")
    trace = last_traceback(err)
    return JobOutput(out + err, out_cut or err_cut, last_error(err), trace)


def last_traceback(text: str) -> str:
    """The last Python traceback of a text with what follows it, empty when there is none."""
    start = text.rfind(_TRACEBACK)
    return text[start:][:_TRACE_TAIL_CHARS] if start >= 0 else ""


def last_error(text: str) -> str:
    """The line that names the error: the last traceback's exception, else the last line of all."""
    lines = [line for line in (last_traceback(text) or text).splitlines() if line.strip()]
    raised = [line for line in lines if _EXCEPTION.match(line)]
    chosen = raised[0] if raised else (lines[-1] if lines else "")
    return chosen.strip()


def _tail(path: Path) -> tuple[str, bool]:
    if not path.is_file():
        return "", False
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _LOG_TAIL_BYTES))
        return file.read().decode("utf-8", "replace"), size > _LOG_TAIL_BYTES
