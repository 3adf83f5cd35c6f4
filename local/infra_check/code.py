"""What the code of a tree uses: settings, triggers, queues, containers, metrics, clients.

Run by path with the tree as the working directory (`read_code` does), so that it imports that tree's modules and no
others; prints JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


class CodeError(Exception):
    """The tree's code cannot be imported; the message is Python's last line."""


@dataclass(frozen=True)
class Setting:
    """One field of the settings class; `default` is None where there is none or it is no plain value."""

    field: str
    name: str
    is_secret: bool
    default: str | int | float | bool | None


@dataclass(frozen=True)
class Trigger:
    """What starts a function: the kind of trigger with its queue, blob path and connection, "" where it has none."""

    function: str
    kind: str
    queue: str = ""
    path: str = ""
    connection: str = ""
    needs_session: bool = False


@dataclass(frozen=True)
class Code:
    """What a tree uses.

    Attributes:
        settings: fields of the settings class.
        triggers: one a function.
        queues: names of queues in shared.adapters.bus.
        containers: names of containers in shared.adapters.lake.
        read_only: those of them that the app only reads.
        metrics: attributes by name of metric.
        events: names of custom events.
        clients: SDK calls that shared/ makes, of those in CLIENTS.
    """

    settings: tuple[Setting, ...]
    triggers: tuple[Trigger, ...]
    queues: tuple[str, ...]
    containers: tuple[str, ...]
    read_only: tuple[str, ...]
    metrics: dict[str, tuple[str, ...]]
    events: tuple[str, ...]
    clients: tuple[str, ...]


CLIENTS = (
    "get_queue_sender",
    "get_queue_receiver",
    "BlobServiceClient",
    "SecretClient",
    "configure_azure_monitor",
)


def read_code(root: Path) -> Code:
    """What the tree at `root` uses, as its own modules say.

    Raises:
        CodeError: a module of the tree does not import.
    """
    env = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(Path(__file__).resolve())]
    run = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)  # noqa: S603 - own file
    if run.returncode:
        raise CodeError((run.stderr.strip().splitlines() or ["no message"])[-1])
    return _code_of(json.loads(run.stdout))


def _code_of(found: dict[str, Any]) -> Code:
    return Code(
        settings=tuple(Setting(**entry) for entry in found["settings"]),
        triggers=tuple(Trigger(**entry) for entry in found["triggers"]),
        queues=tuple(found["queues"]),
        containers=tuple(found["containers"]),
        read_only=tuple(found["read_only"]),
        metrics={name: tuple(attributes) for name, attributes in found["metrics"].items()},
        events=tuple(found["events"]),
        clients=tuple(found["clients"]),
    )


def own_code(functions: Iterable[Any]) -> Code:
    """What the importable tree uses, asked of its modules and of the functions its app has."""
    from shared.adapters.bus import QUEUES
    from shared.adapters.lake import CONTAINERS, READ_ONLY
    from shared.adapters.metrics import METRICS

    return Code(
        settings=_settings(),
        triggers=tuple(map(_trigger, functions)),
        queues=tuple(QUEUES),
        containers=tuple(CONTAINERS),
        read_only=tuple(READ_ONLY),
        metrics={name: metric.attributes for name, metric in METRICS.items()},
        events=_events(),
        clients=tuple(name for name in CLIENTS if name in _source()),
    )


def _settings() -> tuple[Setting, ...]:
    from shared.config import Settings

    return tuple(
        Setting(
            name, field.alias or name.upper(), "SecretStr" in str(field.annotation), _plain(field.default)
        )
        for name, field in Settings.model_fields.items()
    )


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return None if repr(value) == "PydanticUndefined" else str(value)


def _trigger(function: Any) -> Trigger:
    found = function.get_trigger().get_dict_repr()
    return Trigger(
        function=function.get_function_name(),
        kind=found["type"],
        queue=found.get("queueName", ""),
        path=found.get("path", ""),
        connection=found.get("connection", ""),
        needs_session=bool(found.get("isSessionsEnabled", False)),
    )


def _events() -> tuple[str, ...]:
    """Names that custom events have: one for each state of a run, and those written out in the code."""
    import re
    from typing import get_args

    from shared.runs.state import State

    states = (f"Run{state.capitalize()}" for state in get_args(State))
    return (*states, *re.findall(r"\.event\(\s*\"(\w+)\"", _source()))


def _source() -> str:
    return "\n".join(path.read_text() for path in sorted(Path("shared").rglob("*.py")))


if __name__ == "__main__":
    sys.path.pop(0)  # this file's directory, whose modules are not the tree's
    from function_app import app

    sys.stdout.write(json.dumps(asdict(own_code(app.get_functions()))))
