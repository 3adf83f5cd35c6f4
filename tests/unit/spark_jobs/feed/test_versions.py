"""Files of films and records: a reader with an older index finds in them what they said before."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.feed.versions import OWN, read_at, written
from spark_jobs.html.notices import NOTICES

BODY = json.dumps({"film": {"film_id": 1}, "soundtracks": [1]})
OTHER = json.dumps({"film": {"film_id": 1}, "soundtracks": [2]})


def content(document: Any) -> Any:
    return document and {name: value for name, value in document.items() if name not in OWN}


def test_a_new_file_was_in_no_feed_before() -> None:
    """It is none to a reader of the generation before, and says what it holds to one of its own."""
    document = json.loads(written(None, BODY, 2, "RUN", 1))
    assert read_at(document, 1) is None
    assert content(read_at(document, 2)) == json.loads(BODY)
    assert tuple(document["notices"]) == NOTICES and document["run"] == "RUN"


@given(st.lists(st.tuples(st.sampled_from([BODY, OTHER, None]), st.booleans()), max_size=8))
def test_a_reader_sees_what_its_index_says(steps: list[tuple[str | None, bool]]) -> None:
    """Whatever generations are made, or killed before their index: the current one reads as it was, so does the new."""
    text, current, said = None, 0, None
    for generation, (body, is_killed) in enumerate(steps, 1):
        text = written(text, body, generation, "RUN", current)
        document = json.loads(text)
        assert content(read_at(document, current)) == said
        if not is_killed:
            current, said = generation, content(read_at(document, generation))
            assert said == (json.loads(body) if body else {"film": None, "soundtracks": []})


def test_a_reader_whose_index_is_too_old_is_told() -> None:
    """Two generations on, what stood there is not remembered: the index has to be read again."""
    text = None
    for generation in (1, 2, 3):
        text = written(text, BODY, generation, "RUN", generation - 1)
    with pytest.raises(LookupError, match=r"read index\.json again"):
        read_at(json.loads(str(text)), 1)


@pytest.mark.parametrize("found", ['{"gener', "[]", "{}"])
def test_a_torn_file_is_written_anew(found: str) -> None:
    """What cannot be read counts as not there."""
    assert json.loads(written(found, BODY, 2, "RUN", 1))["before"] is None


def test_a_record_without_a_link_says_nothing_of_itself() -> None:
    """Neither title nor film stay behind, but for readers of the generation before."""
    first = written(None, json.dumps({"release": {"title": "A"}, "film": {"film_id": 1}}), 1, "RUN", 0)
    document = json.loads(written(first, None, 2, "RUN", 1))
    assert content(document) == {"release": None, "film": None}
    assert content(read_at(document, 1)) == {"release": {"title": "A"}, "film": {"film_id": 1}}


def test_an_index_that_was_brought_back_stops_nothing() -> None:
    """Of a file that remembers only later generations nothing is kept."""
    text = written(written(None, BODY, 5, "RUN", 0), BODY, 6, "RUN", 5)
    assert json.loads(written(text, OTHER, 7, "RUN", 2))["before"] is None
