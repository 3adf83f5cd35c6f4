"""docs/telemetry.md says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.adapters.metrics import METRICS
from shared.alerting.rules import RULES

PAGE = (Path(__file__).parents[4] / "docs" / "telemetry.md").read_text()


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_described(name: str) -> None:
    """With its kind, unit, attributes and meaning."""
    metric = METRICS[name]
    cells = (f"`{name}`", metric.kind, metric.unit, ", ".join(metric.attributes), metric.meaning)
    assert f"| {' | '.join(cells)} |" in PAGE


def test_every_rule_is_described() -> None:
    """With its name."""
    assert [rule.__name__ for rule in RULES if f"| `{rule.__name__}` |" not in PAGE] == []
