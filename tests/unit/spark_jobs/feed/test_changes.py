"""Changes of links: what happened, and that folding them over the old table gives the new one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.feed.changes import KINDS, Table, change, diff, fold

LINK = st.fixed_dictionaries(
    {
        "film_id": st.integers(1, 4),
        "probability": st.sampled_from([0.5, 0.8, 0.96]),
        "band": st.sampled_from(["possible", "strong"]),
        "film_title": st.sampled_from(["A", "B"]),
    }
)
TABLES = st.dictionaries(st.integers(1, 9), LINK, max_size=9)
OLD = {"film_id": 1, "probability": 0.8, "band": "probable", "film_title": "A"}


@given(TABLES, TABLES)
def test_folding_the_changes_over_the_old_table_gives_the_new_one(old: Table, new: Table) -> None:
    """For any two tables, through JSON lines as they are published."""
    lines = [json.dumps(each) for each in diff(old, new)]
    assert fold(old, map(json.loads, lines)) == new


@given(TABLES, TABLES, TABLES)
def test_changes_of_run_after_run_add_up(first: Table, second: Table, third: Table) -> None:
    """Whoever missed a run folds its changes first."""
    assert fold(first, [*diff(first, second), *diff(second, third)]) == third


@given(TABLES)
def test_what_is_the_same_is_no_change(table: Table) -> None:
    """A table differs from itself in nothing."""
    assert list(diff(table, table)) == []


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (None, OLD, "added"),
        (OLD, None, "dropped"),
        (OLD, OLD | {"film_id": 2, "probability": 0.9}, "moved"),
        (OLD, OLD | {"probability": 0.81}, "scored"),
        (OLD, OLD | {"band": "strong"}, "scored"),
        (OLD, OLD | {"film_title": "B"}, "described"),
        (OLD, dict(OLD), None),
    ],
)
def test_each_kind_of_change(old: Any, new: Any, kind: str | None) -> None:
    """Another film outweighs another score, which outweighs another wording; it says what was before."""
    found = change(7, old, new, ["rivals"])
    assert (found and found["change"]) == kind and (kind is None or kind in KINDS)
    if found:
        before = {name: OLD[name] for name in ("film_id", "probability", "band")} if old else None
        assert (found["before"], found["link"], found["why"]) == (before, new, ["rivals"])
