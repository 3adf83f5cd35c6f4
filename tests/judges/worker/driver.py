"""Starts Microsoft's worker library on an app, and what is handed to it: typed data as local/host makes it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azure.functions.meta import Datum

PACKAGE, VERSION, PYTHON = "azure-functions-runtime", "1.3.0", "3.13"
DEADLINE_S = 300
#: Where its Python keeps what it has compiled: not beside the project's files.
COMPILED = Path(__file__).resolve().parents[3] / ".local" / "judges" / "pycache"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass(frozen=True)
class Call:
    """A delivery to a function, as the host sends it to the worker."""

    function: str
    parameter: str
    datum: Datum | None
    metadata: Mapping[str, Datum] = field(default_factory=dict)

    def to_json(self) -> str:
        """A line for `microsoft.py`."""
        return json.dumps(
            {
                "function": self.function,
                "parameter": self.parameter,
                "data": typed(self.datum),
                "metadata": {name: typed(value) for name, value in self.metadata.items()},
                "traceparent": TRACEPARENT,
            }
        )


@dataclass(frozen=True)
class Answers:
    """What the worker said: of the app, and of each call."""

    app: dict[str, Any]
    calls: list[dict[str, Any]]


def typed(datum: Datum | None) -> dict[str, Any] | None:
    """Typed data as JSON."""
    if datum is None:
        return None
    value = datum.value
    if datum.type == "http":
        fields = {name: {key: one.value for key, one in value[name].items()} for name in HTTP_FIELDS}
        texts = {name: value[name].value for name in ("method", "url")}
        return {"kind": "http", "value": {**fields, **texts, "body": typed(value["body"])}}
    match datum.type:
        case "bytes":
            value = value.hex()
        case "collection_bytes":
            value = [one.hex() for one in value.bytes]
        case "collection_string":
            value = value.string
        case "collection_sint64":
            value = value.sint64
    return {"kind": datum.type, "value": value}


HTTP_FIELDS = ("headers", "params", "query")


def ask(python: Path, app_root: Path, calls: Sequence[Call], **settings: str) -> Answers:
    """The worker's answers to calls of an app's functions."""
    run = subprocess.run(
        [python, Path(__file__).with_name("microsoft.py"), app_root],
        input="".join(f"{call.to_json()}\n" for call in calls),
        env={"PATH": os.environ["PATH"], "PYTHONPYCACHEPREFIX": str(COMPILED), **settings},
        capture_output=True, text=True, timeout=DEADLINE_S,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    app, *answers = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    return Answers(app, answers)
