"""The quality scores of a run, read from the report the silver job left, whether or not it went on."""

from __future__ import annotations

import json

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

Scores = dict[str, dict[str, float]]
"""Score by dimension by table, 0 to 1."""


def quality_scores(connection_string: str, run_id: str) -> Scores:
    """Scores of the tables of a run; {} when the silver job did not come so far."""
    with BlobServiceClient.from_connection_string(connection_string) as service:
        try:
            blob = service.get_blob_client("metrics", f"{run_id}/quality.json").download_blob()
        except ResourceNotFoundError:
            return {}
        return scores_of(blob.readall())


def scores_of(report: bytes) -> Scores:
    """Scores in the bytes of a quality.json."""
    tables = json.loads(report)["tables"]
    return {name: dict(table["scores"]) for name, table in tables.items()}
