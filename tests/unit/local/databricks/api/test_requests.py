"""What clients send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.databricks.api import requests
from local.databricks.errors import InvalidParameter
from local.databricks.runs.jobs import parse_job
from tests.unit.local.databricks.runs.test_jobs import definition

JOB = parse_job(7, definition())


@given(st.integers(0, 300), st.integers(1, 100))
def test_pages_hold_every_item_once(total: int, limit: int) -> None:
    """Following the page tokens yields all items in order, each once."""
    seen: list[int] = []
    token: str | None = ""
    while token is not None:
        page = requests.page_of({"limit": str(limit), "page_token": token}, 100)
        seen += range(total)[page.offset : page.offset + page.limit]
        token = page.next_token(total)
    assert seen == list(range(total))


@pytest.mark.parametrize("query", [{"limit": "101"}, {"limit": "-1"}, {"limit": "x"}, {"offset": "-2"}])
def test_unfit_pages_are_refused(query: dict[str, str]) -> None:
    """A limit or offset out of range is told."""
    with pytest.raises(InvalidParameter):
        requests.page_of(query, 100)


@pytest.mark.parametrize(("token", "accepted"), [("a" * 64, True), ("a" * 65, False), (7, False)])
def test_a_token_has_at_most_64_characters(token: object, accepted: bool) -> None:
    """Longer tokens and such that are no text are refused."""
    if accepted:
        assert requests.idempotency_token({"idempotency_token": token}) == token
    else:
        with pytest.raises(InvalidParameter, match="64"):
            requests.idempotency_token({"idempotency_token": token})


def test_parameters_are_defaults_and_what_was_sent() -> None:
    """Parameters that the job does not define, or that are no text, are refused by name."""
    assert requests.job_parameters({}, JOB) == {"run_id": ""}
    assert requests.job_parameters({"job_parameters": {"run_id": "R"}}, JOB) == {"run_id": "R"}
    with pytest.raises(InvalidParameter, match="runid"):
        requests.job_parameters({"job_parameters": {"runid": "R"}}, JOB)
    with pytest.raises(InvalidParameter, match="strings"):
        requests.job_parameters({"job_parameters": {"run_id": 7}}, JOB)
    with pytest.raises(InvalidParameter, match="python_params"):
        requests.job_parameters({"python_params": ["x"]}, JOB)


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff"])
def test_an_unreadable_body_is_told(raw: bytes) -> None:
    """A body that is no JSON object is the client's fault."""
    with pytest.raises(InvalidParameter, match="parse"):
        requests.body_of(raw)


def test_flags_and_numbers_are_checked() -> None:
    """Booleans are true or false, required numbers have to be there."""
    assert requests.flag({"active_only": "true"}, "active_only")
    with pytest.raises(InvalidParameter, match="active_only"):
        requests.flag({"active_only": "yes"}, "active_only")
    with pytest.raises(InvalidParameter, match="job_id"):
        requests.integer({}, "job_id")
