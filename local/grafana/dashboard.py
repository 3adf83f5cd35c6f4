"""A Grafana dashboard with the panels of the workbook: the same queries, from the same files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = {"type": "grafana-azure-monitor-datasource", "uid": "${source}"}
CHARTS = {"table": "table", "timechart": "timeseries", "barchart": "barchart"}
WIDTH, HEIGHT, COLUMNS = 12, 8, 2
_PANEL = re.compile(
    r"\{ title: '(?P<title>[^']+)', chart: '(?P<chart>\w+)', query: loadTextContent\('(?P<file>[^']+)'\) \}"
)


@dataclass(frozen=True)
class Panel:
    """A title, how the workbook draws it, and its query."""

    title: str
    chart: str
    query: str


def panels_of(workbook: Path) -> list[Panel]:
    """The panels of a workbook's Bicep, in their order."""
    return [
        Panel(found["title"], found["chart"], (workbook.parent / found["file"]).read_text())
        for found in _PANEL.finditer(workbook.read_text())
    ]


def dashboard(panels: Sequence[Panel]) -> dict[str, Any]:
    """What Grafana imports. `insights` is the id of the Application Insights component, asked for at the top."""
    return {
        "uid": "crossfade",
        "title": "Crossfade",
        "tags": ["crossfade"],
        "timezone": "utc",
        "refresh": "5m",
        "time": {"from": "now-2d", "to": "now"},
        "schemaVersion": 39,
        "templating": {"list": [_source(), _insights()]},
        "panels": [_panel(number, panel) for number, panel in enumerate(panels)],
    }


def _source() -> dict[str, Any]:
    return {"name": "source", "label": "Data source", "type": "datasource", "query": SOURCE["type"]}


def _insights() -> dict[str, Any]:
    return {
        "name": "insights",
        "label": "Application Insights",
        "type": "textbox",
        "query": "",
        "current": {},
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, COLUMNS)
    return {
        "id": number + 1,
        "title": panel.title,
        "type": CHARTS[panel.chart],
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "targets": [_target(panel)],
    }


def _target(panel: Panel) -> dict[str, Any]:
    return {
        "refId": "A",
        "datasource": SOURCE,
        "queryType": "Azure Log Analytics",
        "azureLogAnalytics": {
            "resources": ["${insights}"],
            "query": panel.query,
            "resultFormat": "table" if panel.chart == "table" else "time_series",
            "dashboardTime": True,
            "timeColumn": "timestamp",
        },
    }
