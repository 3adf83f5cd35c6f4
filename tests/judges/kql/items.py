"""Telemetry items as the app's exporter sends them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local.insights.envelopes import Item

KEY = "00000000-0000-0000-0000-000000000001"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def event(name: str, at: datetime, **dimensions: object) -> Item:
    """A custom event."""
    return item("EventData", at, {"name": name, **_properties(dimensions)})


def gauge(name: str, at: datetime, value: float, **dimensions: object) -> Item:
    """The value of a gauge: without least and most."""
    metric = {"name": name, "value": value, "count": 1}
    return item("MetricData", at, {"metrics": [metric], **_properties(dimensions)})


def histogram(name: str, at: datetime, values: list[float], **dimensions: object) -> Item:
    """The values of a histogram in one export: their sum, with count, least and most."""
    metric = {
        "name": name,
        "value": sum(values),
        "count": len(values),
        "min": min(values),
        "max": max(values),
    }
    return item("MetricData", at, {"metrics": [metric], **_properties(dimensions)})


def item(base_type: str, at: datetime, base: dict[str, Any], **tags: str) -> Item:
    """Any item."""
    return {
        "name": "Microsoft.ApplicationInsights",
        "time": at.isoformat().replace("+00:00", "Z"),
        "iKey": KEY,
        "tags": {"ai.operation.id": TRACE, "ai.cloud.role": "crossfade", **tags},
        "data": {"baseType": base_type, "baseData": {"ver": 2, **base}},
    }


def _properties(dimensions: dict[str, object]) -> dict[str, dict[str, str]]:
    return {"properties": {name: str(value) for name, value in dimensions.items() if value is not None}}
