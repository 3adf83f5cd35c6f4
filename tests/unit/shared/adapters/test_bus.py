"""Bodies of messages, as the Functions host hands them over."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.bus import decode_body

objects = st.dictionaries(st.text(), st.text() | st.integers())


@given(objects)
def test_a_body_is_itself_however_it_comes(value: dict[str, object]) -> None:
    """As text, as bytes, or as a JSON string of itself: the same JSON object."""
    text = json.dumps(value)
    for body in (text, text.encode(), json.dumps(text), json.dumps(text).encode()):
        assert json.loads(decode_body(body)) == value


@pytest.mark.parametrize("body", ["", "nonsense", "[1]", '"just text"'])
def test_what_is_no_object_is_passed_on(body: str) -> None:
    """Whoever reads the message judges it."""
    assert decode_body(body) in (body, "just text")
