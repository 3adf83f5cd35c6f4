"""List pages whose rows moved: what a page leaves out, or its neighbours list twice."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from local.catalog.apis.answers import moved

SIZE = 20


@given(st.integers(0, 130), st.data())
def test_a_row_that_is_hidden_leaves_another_twice(total: int, data: st.DataObject) -> None:
    """Whatever pages moved: where a row stands on no page, another stands on two, as a reader can see."""
    starts = range(0, max(total, 1), SIZE)
    shifts = [data.draw(st.integers(-3, 3)) for _ in starts]
    pages = [moved(start, SIZE, shift, total) for start, shift in zip(starts, shifts, strict=True)]
    listed = Counter(place for page in pages for place in page)
    assert len(listed) == total or max(listed.values()) > 1
    assert all(0 <= place < total for place in listed)
