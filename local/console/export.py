"""What came of a run's export to MongoDB, in a line."""

from __future__ import annotations

import json

from local.console.lake import LakeReader


def export_outcome(connection_string: str, run_id: str) -> str:
    """What a run's job of gold reported of its export."""
    with LakeReader(connection_string) as lake:
        return outcome_of(lake.read("metrics", f"{run_id}/export.json"))


def outcome_of(report: bytes | None) -> str:
    """The same of the bytes of an export.json."""
    if report is None:
        return "not exported: the job of gold reported nothing, see its log"
    found = json.loads(report)
    if found["state"] != "completed":
        return f"not exported: {found['reason']}"
    held = found["collections"].values()
    count = sum(each["count"] for each in held)
    return (
        f"{count:,} documents in {len(held)} collections, as gold has them; {found['documents']:,} written and "
        f"{found['removed']:,} removed in {found['seconds']:.1f} s"
    )
