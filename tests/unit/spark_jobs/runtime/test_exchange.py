"""Buckets of an exchange: equal keys share one, and keys are spread."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.runtime.exchange import BUCKETS, id_buckets, text_buckets

TEXTS = st.lists(st.text(max_size=6), max_size=20)


@given(TEXTS)
def test_equal_texts_share_a_bucket(texts: list[str]) -> None:
    """Whatever stands before and after them, and wherever their column begins."""
    column = pa.array([*texts, "x", *texts], pa.string())
    found = text_buckets(column).tolist()
    assert found[: len(texts)] == found[len(texts) + 1 :]
    assert text_buckets(column.slice(len(texts))).tolist() == found[len(texts) :]
    assert all(0 <= bucket < BUCKETS for bucket in found)


def test_ids_and_texts_are_spread() -> None:
    """No bucket of a thousand has more than a few times its share."""
    for found in (id_buckets(pa.array(range(1000))), text_buckets(pa.array([f"={n}" for n in range(1000)]))):
        sizes = [found.tolist().count(bucket) for bucket in range(BUCKETS)]
        assert max(sizes) < 4 * 1000 / BUCKETS
