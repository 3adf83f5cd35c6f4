"""Sets of ids: as a set of numbers counts them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.planning.id_set import IdSet


@given(st.lists(st.lists(st.integers(0, 10**12) | st.integers(0, 50))))
def test_ids_are_counted_once(batches: list[list[int]]) -> None:
    """Whatever the size and the order of the ids: what is new is told, and the sum is that of a set."""
    ids, plain = IdSet(), set[int]()
    for batch in batches:
        assert ids.add(batch) == len(set(batch) - plain)
        plain |= set(batch)
        assert len(ids) == len(plain)


ids = st.sets(st.integers(0, 10**9) | st.integers(0, 9000))


@given(ids, ids)
def test_sets_are_joined_and_taken_apart(left: set[int], right: set[int]) -> None:
    """Union, difference, order and the way through JSON are those of sets of numbers."""
    one, other = IdSet(left), IdSet(right)
    assert list(one.union(other)) == sorted(left | right)
    assert list(one.without(other)) == sorted(left - right)
    assert len(one.without(other)) == len(left - right)
    assert list(IdSet.from_json(one.to_json())) == sorted(left)
