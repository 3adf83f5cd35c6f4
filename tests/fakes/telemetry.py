"""Telemetry that notes what it hears."""

from __future__ import annotations

from typing import Any

from shared.adapters.telemetry import Telemetry


class Heard(Telemetry):
    """Telemetry that notes what it hears.

    Attributes:
        events: names and attributes, in order.
        values: metrics, with their attributes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.values: list[tuple[str, float, dict[str, Any]]] = []

    def event(self, name: str, **attributes: Any) -> None:
        """Note an event."""
        self.events.append((name, attributes))

    def gauge(self, name: str, value: float, **attributes: Any) -> None:
        """Note a value."""
        self.values.append((name, value, attributes))

    def record(self, name: str, value: float, **attributes: Any) -> None:
        """Note a value."""
        self.values.append((name, value, attributes))

    def names(self) -> list[str]:
        """The events heard since the last call."""
        found = [name for name, _ in self.events]
        self.events.clear()
        return found
