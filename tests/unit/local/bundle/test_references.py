"""References in a bundle."""

from __future__ import annotations

import pytest

from local.bundle.errors import BundleError
from local.bundle.source.references import Values, references_in, resolve

VALUES = Values(
    {
        "var": {
            "a": "1",
            "list": ["${var.a}"],
            "deep": {"x": "${var.a}-${bundle.target}"},
            "n": 7,
            "yes": True,
        },
        "bundle": {"target": "dev"},
    }
)


def test_a_whole_reference_keeps_its_type_and_a_part_becomes_text() -> None:
    """Lists and numbers stay what they are where a reference stands alone; inside of a text they are text."""
    found = resolve(
        {"a": "${var.list}", "b": ["${var.n}"], "c": "n=${var.n} ${var.yes} ${var.deep.x}"}, VALUES, ("var",)
    )
    assert found == {"a": ["1"], "b": [7], "c": "n=7 true 1-dev"}


def test_other_groups_and_other_braces_are_left_alone() -> None:
    """References to resources wait; `{{job.parameters.x}}` and `{area}` are no references."""
    text = "${resources.jobs.a.id} {{job.parameters.x}} {area}"
    assert resolve(text, VALUES, ("var",)) == text
    assert list(references_in({"a": [text], "b": "${var.a}"})) == ["resources.jobs.a.id", "var.a"]


@pytest.mark.parametrize(
    ("values", "name", "complaint"),
    [
        ({"var": {}}, "var.none", "leads nowhere"),
        ({"var": {"a": "${var.b}", "b": "x${var.a}"}}, "var.a", "refers to itself"),
        ({"var": {"a": "x ${var.b}", "b": [1]}}, "var.a", "must stand alone"),
    ],
)
def test_a_reference_that_cannot_be_is_named(values: dict[str, object], name: str, complaint: str) -> None:
    """One that leads nowhere, one that leads to itself, and a list in the middle of a text."""
    with pytest.raises(BundleError, match=complaint):
        Values(values)(name)
