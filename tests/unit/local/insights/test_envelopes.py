"""Reading telemetry items and judging them."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.insights.envelopes import UnreadableBody, decode_items, name_of, reason_to_reject, sort_out
from local.insights.faults import throttled

KEY = "00000000-0000-0000-0000-000000000001"
JSON_OBJECTS = st.lists(st.dictionaries(st.text(), st.integers() | st.text() | st.none()), max_size=5)


def item(base_type: str = "EventData", **base_data: Any) -> dict[str, Any]:
    """An item as the SDK sends it."""
    return {
        "name": "Microsoft.ApplicationInsights.Event",
        "time": "2026-11-20T06:30:00.123456Z",
        "iKey": KEY,
        "data": {"baseType": base_type, "baseData": {"ver": 2, **base_data}},
    }


@given(JSON_OBJECTS, st.booleans(), st.booleans())
def test_every_encoding_gives_the_same_items(items: list[Any], as_lines: bool, zipped: bool) -> None:
    """An array or one object a line, gzip or plain: the same items come out."""
    text = "\n".join(json.dumps(entry) for entry in items) if as_lines else json.dumps(items)
    body = gzip.compress(text.encode()) if zipped else text.encode()
    assert decode_items(body) == items


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"{", b"[1", b"\x1f\x8bbroken", gzip.compress(b"[]", mtime=0)[:-4]]
)
def test_an_unreadable_body_is_told(body: bytes) -> None:
    """Neither garbage nor a torn gzip stream is taken for items."""
    with pytest.raises(UnreadableBody):
        decode_items(body)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"time": "yesterday"}, "time"),
        ({"iKey": "x"}, "iKey"),
        ({"data": {"baseType": "EventData"}}, "data"),
        ({"data": None}, "data"),
    ],
)
def test_an_unfit_item_is_refused_with_the_field(change: dict[str, Any], field: str) -> None:
    """The reason names the field that is missing or wrong."""
    assert field in (reason_to_reject({**item(), **change}) or "")
    assert reason_to_reject(item()) is None


def test_refusals_bear_the_index_in_the_request() -> None:
    """Good items are accepted beside bad ones, and each refusal says which item it means."""
    items: list[object] = [item(), 7, item(), {**item(), "name": ""}]
    accepted, rejections = sort_out(items, throttled(3))
    assert len(accepted) == 2
    assert [(rejection.index, rejection.status) for rejection in rejections] == [(1, 400), (3, 400)]
    assert [rejection.index for rejection in sort_out([item()] * 5, throttled(5))[1]] == [1, 3]


def test_items_are_known_by_their_names() -> None:
    """Events and requests by name, metrics by the first metric, exceptions by type, logs by message."""
    assert name_of(item(name="run_completed")) == "run_completed"
    assert name_of(item("MetricData", metrics=[{"name": "pages", "value": 1}])) == "pages"
    assert name_of(item("ExceptionData", exceptions=[{"typeName": "ValueError"}])) == "ValueError"
    assert name_of(item("MessageData", message="hello")) == "hello"
