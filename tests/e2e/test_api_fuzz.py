"""The API as its OpenAPI document says it is, whatever it is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from local.console.client import ENDED, RunsClient
from local.stack import Stack
from shared.serving.openapi import document
from shared.sources.terms import NOTICES
from tests.e2e.conftest import Run


def notices_in_headers(ctx: object, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """Every answer of the app's own carries what the sources want to be said."""
    missing = [name for name in NOTICES if name.lower() not in response.headers]
    assert is_of_the_host(response) or not missing, f"{missing} are not in the headers"


def is_of_the_host(response: schemathesis.Response) -> bool:
    """A wrong key, a method that no function takes, or a path that is no route: the app never hears of them."""
    is_json = "json" in str(response.headers.get("content-type"))
    return response.status_code in (401, 405) or (response.status_code == 404 and not is_json)


CHECKS = [
    notices_in_headers,
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("API_EXAMPLES", "6"))
schema = schemathesis.openapi.from_dict(document())


@pytest.fixture(scope="module", autouse=True)
def runs_end(client: RunsClient) -> Iterator[None]:
    """The runs that are begun here do not outlive these tests."""
    yield
    for run in client.request("GET", "/runs").json()["runs"]:
        if run["state"] not in ENDED:
            client.request("POST", f"/runs/{run['run_id']}/cancel").raise_for_status()


@pytest.fixture(scope="module")
def known(client: RunsClient, quiet: Run) -> dict[str, Any]:
    """Values of parameters of the path that there is an answer for."""
    links = client.request("GET", "/links").json()["links"]
    link = next((each for each in links if each["imdb_id"] and each["master_id"]), links[0])
    found = {"tmdb_id": link["film_id"], "discogs_id": link["release_id"], "view": "movie_performance"}
    found |= {"imdb_id": link["imdb_id"], "master_id": link["master_id"], "run_id": quiet.run_id}
    return {name: value for name, value in found.items() if value is not None}


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_the_document_names(
    case: schemathesis.Case, stack: Stack, known: dict[str, Any]
) -> None:
    """No input makes the app fail, and no answer has a status, type or shape that is not documented."""
    key = {"x-functions-key": stack.credentials.host_key}
    case.call_and_validate(base_url=f"{stack.url}/api", headers=key, checks=CHECKS)
    given = {name: known[name] for name in case.path_parameters if name in known}
    if given:  # nobody guesses one
        case.path_parameters |= given
        case.call_and_validate(base_url=f"{stack.url}/api", headers=key, checks=CHECKS)
