"""Differences between the answers and what the code was written for."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.schemas.raw import TMDB_DETAILS
from spark_jobs.silver.quality.drift import CHANGED, MISSING, UNKNOWN, SchemaDifference, compare, every, shape
from spark_jobs.silver.quality.expected_fields import EXPECTED

KIND = "tmdb/details"


def found(*bodies: Any) -> dict[tuple[str, str], SchemaDifference]:
    """Findings of TMDB details by difference and path."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for body in bodies:
        for path, type_, n in shape(KIND, json.dumps({"status": 200, "body": body})):
            counts[KIND, path, type_] += n
    return {(finding.difference, finding.path): finding for finding in compare(counts)}


def test_a_new_field_is_reported_and_harmless() -> None:
    """Its path, type and share are told; nothing is fatal."""
    new = found({"id": 1, "title": "A", "mood": {"deep": [1]}}, {"id": 2, "title": "B"})[UNKNOWN, "mood"]
    assert (new.found, new.share, new.is_fatal) == ("object", 0.5, False)


def test_a_changed_type_names_both() -> None:
    """A number sent as text is told with its share; an id as text is not fatal, an object in its place is."""
    as_text = found({"id": "1", "title": "A", "runtime": "90"}, {"id": 2, "title": "B", "runtime": 90})
    assert (as_text[CHANGED, "runtime"].expected, as_text[CHANGED, "runtime"].found) == ("number", "string")
    assert as_text[CHANGED, "runtime"].share == 0.5
    assert not as_text[CHANGED, "id"].is_fatal
    assert found({"id": {"v": 1}, "title": "A"})[CHANGED, "id"].is_fatal


def test_a_required_field_is_gone_when_most_answers_lack_it() -> None:
    """One answer in three without title is a bad record; two in three are another API."""
    whole, part = {"id": 1, "title": "A"}, {"id": 2}
    assert not found(whole, whole, part)[MISSING, "title"].is_fatal
    assert found(whole, part, part)[MISSING, "title"].is_fatal


def test_nested_fields_are_missed_where_their_object_is_there() -> None:
    """Without a cast nothing is said about the cast's fields."""
    base = {"id": 1, "title": "A"}
    assert (MISSING, "credits.cast[].name") not in found(base | {"credits": {"cast": [], "crew": []}})
    named = found(base | {"credits": {"cast": [{"order": 1}], "crew": []}})[MISSING, "credits.cast[].name"]
    assert (named.share, named.is_read) == (1.0, True)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_any_json_has_a_shape(body: Any) -> None:
    """No answer breaks the look at it, and every null is allowed."""
    for path, type_, n in shape(KIND, json.dumps({"status": 200, "body": body})):
        assert n > 0
        assert (path == "") or type_
    assert shape(KIND, "{") == shape(KIND, "[]") == shape(KIND, '{"status": 404, "body": {}}') == []


def test_large_runs_are_sampled_and_small_ones_are_not() -> None:
    """About 5,000 answers are looked at."""
    assert (every(0), every(5_000), every(1_000_000)) == (1, 1, 200)


def test_what_the_tables_read_is_expected() -> None:
    """Every field of the parsing schema stands in the expectation."""
    spec = EXPECTED[KIND]
    assert {field.name for field in TMDB_DETAILS.fields} <= set(spec)
