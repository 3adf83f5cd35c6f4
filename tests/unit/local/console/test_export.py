"""What a person reads of a run's export to MongoDB."""

from __future__ import annotations

import json
from typing import Any

from local.console.export import outcome_of


def _report(**found: Any) -> bytes:
    return json.dumps({"version": 1, "run_id": "r", "seconds": 2.04, **found}).encode()


def test_an_export_that_completed_is_counted() -> None:
    """What the database holds, and what this run wrote of it."""
    collections = {"films": {"count": 1_200, "checksum": 5}, "links": {"count": 34, "checksum": 6}}
    said = outcome_of(_report(state="completed", documents=40, removed=2, collections=collections))
    assert said == ("1,234 documents in 2 collections, as gold has them; 40 written and 2 removed in 2.0 s")


def test_an_export_that_failed_says_why() -> None:
    """Nobody reads that gold was exported when it was not, whether the job says so or nothing."""
    reason = "MongoDB does not answer [x]; the next export catches up"
    assert outcome_of(_report(state="failed", reason=reason)) == f"not exported: {reason}"
    assert outcome_of(None).startswith("not exported: ")
