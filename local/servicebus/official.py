"""The configuration of Microsoft's own Service Bus emulator, made from the project's queue settings.

    python -m local.servicebus.official > local/official/Config.json

Its limits are narrower than the service's, so settings are clamped to them: MaxDeliveryCount 1 to 10,
LockDuration PT5S to PT5M, time to live at most PT1H, duplicate window at most PT5M, at most 50 queues.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T", int, timedelta)

QUEUES = Path(__file__).parents[2] / "infrastructure" / "queues.json"
NAMESPACE = "sbemulatorns"
MAX_QUEUES = 50
DELIVERY_COUNTS = (1, 10)
LOCK_DURATIONS = (timedelta(seconds=5), timedelta(minutes=5))
MAX_TIME_TO_LIVE = timedelta(hours=1)
DUPLICATE_WINDOWS = (timedelta(seconds=20), timedelta(minutes=5))

_DURATION = re.compile(
    r"P(?=.)(?:(?P<days>\d+)D)?(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


def main() -> int:
    """Print the configuration; 2 and one line on stderr when the queues cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m local.servicebus.official", description=main.__doc__)
    parser.add_argument("--queues", type=Path, default=QUEUES, help="the file with the queue settings")
    path = parser.parse_args().queues
    try:
        sys.stdout.write(render(json.loads(path.read_text())))
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"cannot make the configuration from {path}: {error}\n")
        return 2
    return 0


def render(queues: Mapping[str, Any]) -> str:
    """The configuration as the text of its file."""
    return json.dumps(emulator_config(queues), indent=2) + "\n"


def emulator_config(queues: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration for `{"queues": [{"name", "properties"}]}`.

    Raises:
        ValueError: when there are more queues than the emulator takes, or a duration is malformed.
    """
    entries = queues["queues"]
    if len(entries) > MAX_QUEUES:
        raise ValueError(f"the official emulator takes at most {MAX_QUEUES} queues, there are {len(entries)}")
    return {
        "UserConfig": {
            "Namespaces": [
                {"Name": NAMESPACE, "Queues": [queue_config(entry) for entry in entries], "Topics": []}
            ],
            "Logging": {"Type": "File"},
        }
    }


def queue_config(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One queue of the configuration."""
    return {"Name": entry["name"], "Properties": queue_properties(entry.get("properties", {}))}


def queue_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a queue under the emulator's names and within its limits."""
    lock = parse_duration(properties.get("lockDuration", "PT1M"))
    window = parse_duration(properties.get("duplicateDetectionHistoryTimeWindow", "PT5M"))
    lives = parse_duration(properties.get("defaultMessageTimeToLive", "PT1H"))
    return {
        "DeadLetteringOnMessageExpiration": properties.get("deadLetteringOnMessageExpiration", False),
        "DefaultMessageTimeToLive": format_duration(min(lives, MAX_TIME_TO_LIVE)),
        "DuplicateDetectionHistoryTimeWindow": format_duration(_clamp(window, DUPLICATE_WINDOWS)),
        "ForwardDeadLetteredMessagesTo": "",
        "ForwardTo": "",
        "LockDuration": format_duration(_clamp(lock, LOCK_DURATIONS)),
        "MaxDeliveryCount": _clamp(properties.get("maxDeliveryCount", 10), DELIVERY_COUNTS),
        "RequiresDuplicateDetection": properties.get("requiresDuplicateDetection", False),
        "RequiresSession": properties.get("requiresSession", False),
    }


def parse_duration(text: str) -> timedelta:
    """An ISO 8601 duration of days, hours, minutes and whole seconds.

    Raises:
        ValueError: when it is anything else.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an ISO 8601 duration such as PT5M")
    return timedelta(**{unit: int(value or 0) for unit, value in match.groupdict().items()})


def format_duration(duration: timedelta) -> str:
    """The shortest ISO 8601 form, such as PT5M."""
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    date = f"{duration.days}D" if duration.days else ""
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    return f"P{date}T{time}" if time else f"P{date}" if date else "PT0S"


def _clamp(value: T, limits: tuple[T, T]) -> T:
    low, high = limits
    return min(max(value, low), high)


if __name__ == "__main__":
    raise SystemExit(main())
