"""Raw lines as answers, whatever the JSON holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.schemas.raw import BODIES
from spark_jobs.silver.reading.answers import NO_ENVELOPE, NOT_AN_OBJECT, Answer, answer_of, body_of, time_of
from spark_jobs.silver.reading.raw_lines import RawLine

DETAILS = "tmdb/details"
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(BODIES[DETAILS].names), inner)
    ),
    max_leaves=12,
)


def read(line: str) -> Answer:
    """A line of details as an answer."""
    return answer_of(RawLine("b", 1, line, None), DETAILS)


def line(body: Any, **more: Any) -> str:
    """An envelope around a body."""
    return json.dumps({"status": 200, "fetched_at": "2026-11-20T06:30:00Z", "body": body, **more})


@given(JSON)
def test_any_body_is_read_as_texts_lists_and_objects(body: Any) -> None:
    """No JSON raises, every field of the schema is there, and no field is of a shape that its schema lacks."""
    found = read(line(body))
    assert (found.fault is None) == isinstance(body, dict)
    assert all(hasattr(found.body, name) for name in BODIES[DETAILS].names)
    assert not isinstance(found.body.title, (list, dict))
    assert found.body.genres is None or isinstance(found.body.genres, list)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("", NOT_AN_OBJECT),
        ("{", NOT_AN_OBJECT),
        ('"text"', NOT_AN_OBJECT),
        ("[" * 100_000, NOT_AN_OBJECT),
        ("{}", NO_ENVELOPE),
        ('{"status": 200, "fetched_at": "2026-11-20T06:30:00Z"}', NO_ENVELOPE),
        ('{"status": 200, "fetched_at": "2026-11-20T06:30:00Z", "body": []}', NO_ENVELOPE),
    ],
)
def test_a_line_that_is_no_answer_says_why(said: str, fault: str) -> None:
    """Broken JSON and a missing envelope are told apart."""
    assert read(said).fault == fault


def test_the_fault_of_a_blob_stays() -> None:
    """What could not be unpacked is not looked into."""
    found = answer_of(RawLine("b", 0, None, "blob is empty"), DETAILS)
    assert (found.fault, found.body.id, found.status) == ("blob is empty", None, None)


def test_a_scalar_is_taken_as_it_comes() -> None:
    """A number, a text and a truth are what they are; an object where none belongs is its JSON."""
    body = {"id": 12, "budget": 1.50, "revenue": "7", "runtime": True, "title": {"a": [1]}, "popularity": 1e2}
    found = read(line(body)).body
    assert (found.id, found.budget, found.revenue, found.runtime) == (12, 1.5, "7", True)
    assert found.title == '{"a": [1]}'
    assert found.popularity == 100


def test_half_a_surrogate_pair_is_no_letter() -> None:
    """A whole pair is its letter, half of one becomes the mark for what cannot be shown."""
    found = read(line({"title": "x"}).replace('"x"', '"\\ud83d\\ude00 \\ud83d \\\\ud83d"')).body
    assert found.title == "\U0001f600 \ufffd \\ud83d"
    found.title.encode()


def test_the_request_says_what_was_asked() -> None:
    """Path, parts and type of the request are at hand."""
    query = {"append_to_response": "credits,reviews", "type": "master"}
    found = read(line({}, request={"path": "/3/movie/7", "query": query}))
    assert (found.path, found.asked_parts, found.asked_type) == ("/3/movie/7", "credits,reviews", "master")


@pytest.mark.parametrize(
    "said", ["", None, "soon", "2026-13-40", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"]
)
def test_what_is_no_time_is_none(said: str | None) -> None:
    """A text that names no possible time costs nothing else."""
    assert time_of(said) is None


def test_times_are_in_utc() -> None:
    """A zone is taken into account, and without one it is UTC."""
    expected = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
    assert time_of("2026-11-20T06:30:00") == time_of(" 2026-11-20T08:30:00+02:00 ") == expected


def test_a_body_by_itself_is_read_alike() -> None:
    """The evaluation reads bodies without an envelope."""
    assert body_of({"id": "7"}, DETAILS).id == "7"
    assert body_of([], DETAILS).id is None
