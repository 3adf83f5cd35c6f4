"""The Grafana dashboard as it is kept."""

from __future__ import annotations

import json
from pathlib import Path

from local.grafana.dashboard import CHARTS, dashboard, panels_of

INFRASTRUCTURE = Path(__file__).parents[4] / "infrastructure"
KEPT = json.loads((INFRASTRUCTURE / "grafana-dashboard.json").read_text())


def test_the_kept_dashboard_is_that_of_the_workbook() -> None:
    """`make docs` writes it; whoever adds a panel to the workbook adds it here with that."""
    panels = panels_of(INFRASTRUCTURE / "modules" / "workbook.bicep")
    assert dashboard(panels) == KEPT
    assert {panel.chart for panel in panels} == set(CHARTS)


def test_each_query_file_is_a_panel() -> None:
    """Word for word, so that whoever runs the files runs what Grafana asks; and none stands twice."""
    asked = [panel["targets"][0]["azureLogAnalytics"]["query"] for panel in KEPT["panels"]]
    files = [path.read_text() for path in (INFRASTRUCTURE / "queries").glob("*.kql")]
    assert sorted(asked) == sorted(files)


def test_panels_lie_side_by_side() -> None:
    """No two share a place."""
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in KEPT["panels"]}
    assert len(places) == len(KEPT["panels"])
    assert len({panel["id"] for panel in KEPT["panels"]}) == len(KEPT["panels"])
