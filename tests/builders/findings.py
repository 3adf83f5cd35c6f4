"""What the Spark jobs write of a run, as documents of the metrics container."""

from __future__ import annotations

from typing import Any


def quality_json(**scores: float) -> dict[str, Any]:
    """A `quality.json` of one table, `movies`, with these scores by dimension."""
    mean = sum(scores.values()) / len(scores)
    table = {"records": 30, "refused": 1, "rows": 29, "score": mean, "scores": scores}
    return {"version": 1, "passed": True, "failures": [], "tables": {"movies": table}}


def matching_json(**bands: int) -> dict[str, Any]:
    """A `matching.json` with these matches by band."""
    return {
        "version": 1, "mode": "full", "films": 30, "releases": 20, "matches": sum(bands.values()), "bands": bands,
        "ambiguous": 0, "match_rate": 0.5, "films_with_a_match": 9, "candidates": 99, "lineage": {},
        "score_histogram": [{"from": 0.95, "to": 1.0, "pairs": 9, "best": 9}],
    }  # fmt: skip
