"""What changed between two tables of links, and why; folding the changes over the old one gives the new one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Link = Mapping[str, Any]
Table = dict[int, Link]
"""Links by release_id."""
ADDED, DROPPED, MOVED, SCORED, DESCRIBED = "added", "dropped", "moved", "scored", "described"
KINDS = (ADDED, DROPPED, MOVED, SCORED, DESCRIBED)
_BEFORE = ("film_id", "probability", "band")
WHY = {
    "first": "the feed begins",
    "review": "somebody decided it, or took that back, on this record or another version of it",
    "new_matcher": "the matcher, or what it learned, is another",
    "film_came": "the film was not known before",
    "film_gone": "the film is not known any more",
    "record_came": "the record was not known before",
    "record_gone": "the record is not known any more",
    "film_title": "a title of the film changed",
    "record_title": "the title or the artist of the record changed",
    "film_changed": "something else of the film changed: its year, its people …",
    "record_changed": "something else of the record changed: its year, its formats …",
    "rivals": "nothing of the two: what else there is to choose from changed",
    "unknown": "what was known before can be read no longer",
}
"""Reasons, and what each says; a change has all that apply."""


def kind_of(old: Link | None, new: Link | None) -> str | None:
    """What happened to a record's link; None when nothing did."""
    if old == new:
        return None
    if old is None:
        return ADDED
    if new is None:
        return DROPPED
    if old["film_id"] != new["film_id"]:
        return MOVED
    if any(old[name] != new[name] for name in ("probability", "band")):
        return SCORED
    return DESCRIBED


def change(release_id: int, old: Link | None, new: Link | None, why: Sequence[str]) -> dict[str, Any] | None:
    """One change; None when there is none. `link` is the new link whole, `before` what the old one said of it."""
    kind = kind_of(old, new)
    if kind is None:
        return None
    before = {name: old[name] for name in _BEFORE} if old is not None else None
    return {"release_id": release_id, "change": kind, "why": list(why), "before": before, "link": new}


def diff(old: Table, new: Table) -> Iterator[dict[str, Any]]:
    """The changes from one table to another, by release_id."""
    for release_id in sorted(old.keys() | new.keys()):
        found = change(release_id, old.get(release_id), new.get(release_id), ())
        if found is not None:
            yield found


def fold(table: Mapping[int, Link], changes: Iterable[Mapping[str, Any]]) -> Table:
    """The table after changes, in their order."""
    found = dict(table)
    for each in changes:
        if each["link"] is None:
            found.pop(each["release_id"], None)
        else:
            found[each["release_id"]] = each["link"]
    return found
