"""Reads what changed since a run from the feed's files of changes, a bounded part at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shared.adapters.lake import FEED, Lake
from shared.errors import InvalidRequest, NotInFeed
from shared.serving.feed.answers import ChangesAnswer, LinkChange

INDEX = "index.json"
DEFAULT_CHANGES, MAX_CHANGES = 100, 1_000
PART_BYTES = 512 * 1024
"""What one reading of a file brings at most."""
CURSOR = r"^[0-9]{1,12}\.[0-9]{1,15}$"
_CURSOR = re.compile(CURSOR)


@dataclass(frozen=True, order=True)
class Place:
    """A place in the changes: a generation, and bytes of its file that were read."""

    generation: int
    offset: int

    def __str__(self) -> str:
        return f"{self.generation}.{self.offset}"


def parse_after(text: str | None) -> Place | None:
    """The `after` of a page of changes; none begins with the run that is asked about.

    Raises:
        InvalidRequest: it is no `next` of a page.
    """
    if text is None:
        return None
    if not _CURSOR.fullmatch(text):
        raise InvalidRequest("after", "give the `next` of the page before")
    generation, _, offset = text.partition(".")
    return Place(int(generation), int(offset))


class ChangeLog:
    """The changes that the feed keeps."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    async def since(self, run_id: str, after: Place | None, limit: int) -> ChangesAnswer:
        """The changes of the runs after `run_id`, in order; at most `limit`, from `after` on.

        Raises:
            NotInFeed: there is no feed, or it does not know the run, or no longer.
        """
        index = await self._lake.read_json(FEED, INDEX)
        if index is None:
            raise NotInFeed(run_id)
        files = list(_files(_after_run(index["changes"], run_id), after))
        changes: list[LinkChange] = []
        for place, (generation, entry) in enumerate(files):
            start = after.offset if after and after.generation == generation else 0
            end = await self._take(entry, start, limit, changes)
            if end < entry["bytes"]:
                return _answer(run_id, index, changes, Place(generation, end))
            if len(changes) == limit and place + 1 < len(files):
                return _answer(run_id, index, changes, Place(files[place + 1][0], 0))
        return _answer(run_id, index, changes, None)

    async def _take(self, entry: dict[str, Any], start: int, limit: int, changes: list[LinkChange]) -> int:
        """Add a file's changes from a byte on until there are enough; returns the byte after the last of them."""
        at = start
        while at < entry["bytes"] and len(changes) < limit:
            lines = await self._lines(entry, at)
            for line in lines[: limit - len(changes)]:
                changes.append(LinkChange.model_validate_json(line))
                at += len(line) + 1
        return at

    async def _lines(self, entry: dict[str, Any], at: int) -> Sequence[bytes]:
        """The whole lines of a part of a file."""
        length = min(PART_BYTES, entry["bytes"] - at)
        found = await self._lake.read_versioned(FEED, entry["path"], at, length)
        lines = found.data.split(b"\n")[:-1] if found else []
        if not lines:  # removed, or shorter than the index says: another index has come meanwhile
            raise NotInFeed(entry["run"])
        return lines


def _after_run(chain: Sequence[dict[str, Any]], run_id: str) -> Sequence[dict[str, Any]]:
    """The entries after the last one of a run: one that was done again counts as it was left."""
    places = [place for place, entry in enumerate(chain) if entry["run"] == run_id]
    if not places:
        raise NotInFeed(run_id)
    return chain[places[-1] + 1 :]


def _files(entries: Sequence[dict[str, Any]], after: Place | None) -> Iterator[tuple[int, dict[str, Any]]]:
    """The files to read, from a place on."""
    for entry in entries:
        generation = int(entry["generation"])
        if entry["path"] and entry["bytes"] and (after is None or generation >= after.generation):
            yield generation, entry


def _answer(
    since: str, index: dict[str, Any], changes: Sequence[LinkChange], after: Place | None
) -> ChangesAnswer:
    return ChangesAnswer(
        since=since, run=index["run"], changes=tuple(changes), next=str(after) if after else None
    )
