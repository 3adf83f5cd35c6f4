"""What a file of one film or record holds: what the newest generation says, and what the one before said. Pure.

A file is written before the index names its generation. So that a reader never sees half of a feed, the file keeps
what it said before: `before` counts for whoever has an index of an older generation than the file's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from spark_jobs.html.notices import NOTICES

Document = Mapping[str, Any]
OWN = ("generation", "run", "before", "notices")
"""Fields that say of the file, not of the film or record."""


def read_at(document: Document | None, generation: int) -> Document | None:
    """What a file says to a reader whose index is of `generation`; None when it was not in that feed.

    Raises:
        LookupError: the index is older than what the file remembers: read the index again.
    """
    while document is not None and document["generation"] > generation:
        if "before" not in document:
            raise LookupError(f"the feed moved on since generation {generation}: read index.json again")
        document = document["before"]
    return document


def written(found: str | None, body: str | None, generation: int, run: str, current: int) -> str:
    """The new text of a file.

    Args:
        found: its text now; None where there is no file, or a torn one.
        body: what it is to say, as JSON; None when there is no link any more.
        generation: the one that is made, of `run`.
        current: the one that the index names; 0 before the first.
    """
    try:
        before = read_at(_parsed(found), current)
    except LookupError:  # the index is one that somebody brought back
        before = None
    value = {
        "generation": generation,
        "run": run,
        **(json.loads(body) if body is not None else _emptied(before)),
        "before": {name: before[name] for name in before if name not in ("before", "notices")}
        if before
        else None,
        "notices": NOTICES,
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _emptied(before: Document | None) -> dict[str, Any]:
    """What is said of a film or record without a link: nothing that is not asked for by its own id."""
    if before is not None and "release" in before:
        return {"release": None, "film": None}
    return {"film": None, "soundtracks": []}


def _parsed(text: str | None) -> Document | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) and "generation" in value else None
