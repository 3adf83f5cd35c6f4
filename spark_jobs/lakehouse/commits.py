"""What a table's history says of its writes: whose they are, whether they still count, what they counted. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

MARK = "crossfade"
_WRITES = re.compile(
    "WRITE|MERGE|DELETE|UPDATE|STREAMING UPDATE|TRUNCATE|COPY INTO|CLONE|RESTORE"
    "|CREATE TABLE AS SELECT|(CREATE OR )?REPLACE TABLE( AS SELECT)?"
)


class Commit(Protocol):
    """A row of `DESCRIBE HISTORY`."""

    version: int
    timestamp: Any
    operation: str
    operationParameters: Mapping[str, str | None] | None
    operationMetrics: Mapping[str, str] | None
    userMetadata: str | None


def mark_of(run_id: str, after: str | None) -> str:
    """What the commits of a run carry, which starts from the set of the run `after`."""
    return json.dumps({MARK: {"run": run_id, "after": after}})


def run_of(mark: str) -> str:
    """The run of a mark."""
    return str(json.loads(mark)[MARK]["run"])


def is_marked(commit: Commit) -> bool:
    """Whether a run of ours made a commit."""
    return MARK in (commit.userMetadata or "")


def standing_writes(commits: Sequence[Commit], least: int) -> list[Commit]:
    """Of commits, the newest first, those after version `least` that wrote rows and still count.

    What a RESTORE to a version from `least` on took back does not; a RESTORE to an older one is a write itself.
    """
    writes: list[Commit] = []
    upto = commits[0].version if commits else least
    for commit in commits:
        if not least < commit.version <= upto:
            continue
        target = _restored(commit)
        if target is not None and target >= least:
            upto = target
        elif _WRITES.fullmatch(commit.operation.upper()):
            writes.append(commit)
    return writes


def version_saying(commits: Sequence[Commit], key: str, value: str) -> int | None:
    """The newest version in which a property was given this value; None when it was not."""
    for commit in commits:
        properties = json.loads((commit.operationParameters or {}).get("properties") or "{}")
        if properties.get(key) == value:
            return commit.version
    return None


def counts_of(commit: Commit) -> dict[str, int]:
    """What a commit counted, by name."""
    return {name: int(value) for name, value in (commit.operationMetrics or {}).items() if value.isdecimal()}


def _restored(commit: Commit) -> int | None:
    """The version that a RESTORE went back to; None for another commit, and where only a time was told."""
    target = (commit.operationParameters or {}).get("version") if commit.operation == "RESTORE" else None
    return int(target) if target is not None else None
