"""What counts as a difference, and in which order resources are deployed."""

from __future__ import annotations

from typing import Any

import pytest

from local.bundle.errors import BundleError
from local.bundle.planning import deletions, in_order, is_as_sent
from local.bundle.remote.state import Deployed, State
from local.bundle.source.rendering import Resource


@pytest.mark.parametrize(
    ("sent", "present", "same"),
    [
        ({"a": 1}, {"a": 1, "owner": "x", "full_name": "y"}, True),
        ({"a": 1}, {"a": 1, "email_notifications": {}, "timeout_seconds": 0, "b": False}, True),
        ({"a": 1}, {"a": 1, "budget_policy_id": "x"}, False),
        ({"a": {"b": [1]}}, {"a": {"b": [1], "c": "new"}}, False),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": [1]}, {"a": [1, 2]}, False),
        ({"a": None}, {}, False),
    ],
)
def test_what_is_a_difference(sent: dict[str, Any], present: dict[str, Any], same: bool) -> None:
    """What is read must be what was sent; besides it may hold what is empty or false, owners and times."""
    assert is_as_sent(sent, present) is same


def resource(key: str, *needs: str) -> Resource:
    """A resource that needs others."""
    return Resource(key, "schemas", {}, frozenset(needs))


def test_each_comes_after_what_it_needs() -> None:
    """Created in one order, deleted in the other; what is needed from outside of the bundle does not count."""
    found = {key: resource(key, *needs) for key, *needs in (["c", "b", "outside"], ["b", "a"], ["a"])}
    assert [item.key for item in in_order(found)] == ["a", "b", "c"]
    state = State(deployed={key: Deployed("1", {}, sorted(item.needs)) for key, item in found.items()})
    assert list(deletions(state)) == ["c", "b", "a"]


def test_resources_that_need_one_another_are_named() -> None:
    """A circle is an error that shows it."""
    with pytest.raises(BundleError, match=r"resources need one another: .* -> "):
        in_order({"a": resource("a", "b"), "b": resource("b", "a")})
