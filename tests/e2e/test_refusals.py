"""What the app refuses, and how it says so."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.console.client import RunsClient
from local.stack import Stack
from tests.e2e.support.running import await_end, requests_to

FEW_REQUESTS = 4
NO_TOKENS = {"rotate_keys": {"tmdb_token": True, "discogs_token": True}}


@pytest.mark.usefixtures("no_faults")
@pytest.mark.parametrize("source", ["tmdb", "discogs"])
def test_a_wrong_token_fails_the_run_at_once(stack: Stack, client: RunsClient, source: str) -> None:
    """A token the API refuses ends the run with that reason, without retries and without Spark."""
    stack.set_faults({"rotate_keys": {f"{source}_token": True}})
    before = requests_to(stack, source)
    status = await_end(stack, client, client.refresh({"sources": [source]}))
    assert status["state"] == "failed"
    assert "401" in status["reason"] or "token" in status["reason"].lower()
    assert status["progress"][source]["retries"] == 0
    assert requests_to(stack, source) - before <= FEW_REQUESTS
    assert not (status["stages"].get("silver") or {}).get("started_at")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mode": "some"}, "mode"),
        ({"sources": ["imdb"]}, "sources"),
        ({"sources": []}, "sources"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "since"),
        ({"max_pages": 0}, "max_pages"),
        ({"max_pages": "many"}, "max_pages"),
        ({"pages": 3}, "pages"),
    ],
)
def test_a_bad_body_is_refused_by_field(client: RunsClient, body: dict[str, Any], field: str) -> None:
    """A body with a wrong field is answered 400, naming the field, and starts nothing."""
    answer = client.post_refresh(body)
    assert answer.status_code == 400
    assert field in answer.json()["field"]
    assert answer.json()["error"]


@pytest.mark.parametrize("content", [b"{", b"[]", b'"full"', b"\xff\xfe"])
def test_a_body_that_is_no_object_is_refused(client: RunsClient, content: bytes) -> None:
    """A body that is not a JSON object is answered 400 with a reason."""
    answer = client.request("POST", "/refresh", content=content)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.usefixtures("no_faults")
def test_a_second_refresh_names_the_first(stack: Stack, client: RunsClient) -> None:
    """While a run is active, a refresh is answered 409 with the active run's id; afterwards it is accepted."""
    stack.set_faults({"slow_s": 1.0})
    run_id = client.refresh()
    answer = client.post_refresh({})
    assert answer.status_code == 409
    assert answer.json()["run_id"] == run_id
    stack.set_faults(NO_TOKENS)
    assert await_end(stack, client, run_id)["state"] == "failed"
    assert await_end(stack, client, client.refresh())["state"] == "failed"


def test_the_functions_want_their_key(stack: Stack) -> None:
    """Without the function key the app answers 401 to a refresh and to questions about runs."""
    with httpx.Client(base_url=stack.url) as anyone:
        assert anyone.post("/api/refresh", json={}).status_code == 401
        assert anyone.get("/api/runs").status_code == 401


def test_an_unknown_run_is_not_found(client: RunsClient) -> None:
    """A run id that never was is answered 404, with a reason."""
    answer = client.request("GET", "/runs/20200101T000000Z-0000")
    assert answer.status_code == 404
    assert answer.json()["error"]
