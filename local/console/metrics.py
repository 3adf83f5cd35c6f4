"""What the Spark jobs of a run left in the lake: quality scores and the rows of the views."""

from __future__ import annotations

import json
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

Scores = dict[str, dict[str, float]]
"""Score by dimension by table, 0 to 1."""


def quality_scores(connection_string: str, run_id: str) -> Scores:
    """Scores of the tables of a run; {} when the silver job did not come so far."""
    return scores_of(_read(connection_string, "metrics", f"{run_id}/quality.json"))


def view_rows(connection_string: str, run_id: str) -> dict[str, int]:
    """Rows of each view of a run; {} when the gold job did not come so far or left them out."""
    return views_of(_read(connection_string, "control", f"gold/{run_id}.json"))


def scores_of(report: bytes | None) -> Scores:
    """Scores in the bytes of a quality.json."""
    return {name: dict(table["scores"]) for name, table in _parsed(report).get("tables", {}).items()}


def views_of(manifest: bytes | None) -> dict[str, int]:
    """Rows by view in the bytes of a gold manifest."""
    return dict(_parsed(manifest).get("metrics", {}).get("views", {}))


def _read(connection_string: str, container: str, name: str) -> bytes | None:
    with BlobServiceClient.from_connection_string(connection_string) as service:
        try:
            return service.get_blob_client(container, name).download_blob().readall()
        except ResourceNotFoundError:
            return None


def _parsed(content: bytes | None) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(content or b"{}")
    return value
