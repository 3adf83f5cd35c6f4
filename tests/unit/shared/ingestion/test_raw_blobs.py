"""Raw blobs: the JSON value that came is the JSON value that is kept."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.ingestion import raw_blobs as raw
from shared.ingestion.raw_blobs import RawLine
from shared.messages.tasks import DetailsParams, FetchTask
from shared.sources.client import ApiRequest
from tests.fakes.simulated import TODAY

TASK = FetchTask.create("20261120T063000Z-7f3a", TODAY, DetailsParams(film_ids=(12,)))
WHEN = datetime(2026, 11, 20, 6, 30, 0, 123456, tzinfo=UTC)
SEPARATORS = "\u2028\u2029\u0085\x0b\x0c\x1c\x1e\u00a0\ufeff\U0001f3b5"
texts = st.text() | st.text(alphabet=SEPARATORS + 'a"\\\n\r')
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(leaves, lambda v: st.lists(v, max_size=3) | st.dictionaries(texts, v, max_size=3))
bodies = st.dictionaries(texts, values, max_size=5)


def line_of(text: str, status: int = 200) -> RawLine:
    request = ApiRequest("/3/movie/12", {"append_to_response": "credits"})
    return RawLine(request, WHEN, status, text, json.loads(text))


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(bodies, st.booleans(), st.sampled_from([None, 2]), st.sampled_from([200, 404])), max_size=4
    )
)
def test_what_is_written_is_read_back(answers: list[tuple[dict[str, Any], bool, int | None, int]]) -> None:
    """Any JSON objects, escaped or not, on one line or many, come back as the same values, in order."""
    lines = [
        line_of(json.dumps(body, ensure_ascii=is_ascii, indent=indent), status)
        for body, is_ascii, indent, status in answers
    ]
    back = raw.decode(raw.encode(TASK, lines))
    assert [(b.request, b.fetched_at, b.status, b.body) for b in back] == [
        (line.request, line.fetched_at, line.status, line.body) for line in lines
    ]
    assert [json.loads(b.text) for b in back] == [line.body for line in lines]


@settings(max_examples=40)
@given(bodies, st.sampled_from([None, 2]))
def test_every_answer_is_one_line_of_json(body: dict[str, Any], indent: int | None) -> None:
    """Readers that split at line feeds and carriage returns find exactly one line per answer."""
    line = line_of(json.dumps(body, ensure_ascii=False, indent=indent))
    text = gzip.decompress(raw.encode(TASK, [line, line])).decode()
    assert text.endswith("\n") and "\r" not in text
    assert [json.loads(part)["body"] for part in text.split("\n")[:-1]] == [body, body]


def test_numbers_keep_their_formatting() -> None:
    """1.0, 1e5, 0.10 and more digits than a double has are kept as they came."""
    text = '{"a": 1.0, "b": 1e5, "c": 0.10, "d": 12345678901234567890.1234567890, "e": -0}'
    assert text in gzip.decompress(raw.encode(TASK, [line_of(text)])).decode()


def test_a_line_says_what_was_asked_and_when() -> None:
    """Source, kind, path, query, time and status stand beside the body."""
    line = json.loads(gzip.decompress(raw.encode(TASK, [line_of("{}", 404)])))
    assert line == {
        "source": "tmdb",
        "kind": "details",
        "request": {"path": "/3/movie/12", "query": {"append_to_response": "credits"}},
        "fetched_at": "2026-11-20T06:30:00.123456Z",
        "status": 404,
        "body": {},
    }


def test_the_same_lines_give_the_same_bytes() -> None:
    """A blob does not depend on when it was compressed, so it can be compared by its hash."""
    assert raw.encode(TASK, [line_of("{}")]) == raw.encode(TASK, [line_of("{}")])


def test_metadata_names_run_task_question_count_and_hash() -> None:
    """What a blob holds can be checked, and asked again, without reading its lines."""
    data = raw.encode(TASK, [line_of("{}"), line_of("{}")])
    stored = raw.metadata(TASK, data, 2)
    assert (stored["run"], stored["task"], stored["count"]) == (TASK.run_id, TASK.task_id, "2")
    assert stored["sha256"] == hashlib.sha256(data).hexdigest()
    assert raw.params_of(stored) == TASK.params
    assert all(value.isascii() and value.isprintable() for value in stored.values()), "no HTTP header value"


def test_a_blob_lies_where_the_lake_says() -> None:
    """Source, kind, day and run are folders; the task is the name."""
    folder = "tmdb/details/ingest_date=2026-11-20/run_id=20261120T063000Z-7f3a/"
    assert TASK.blob_name == f"{folder}{TASK.task_id}.jsonl.gz"
