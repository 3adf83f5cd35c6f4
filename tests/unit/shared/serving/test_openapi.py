"""The OpenAPI document against the function app, and the pages that are served beside the API."""

from __future__ import annotations

import re
from typing import Any

import azure.functions as func
import pytest
from openapi_spec_validator import validate

from functions.answers import respond
from shared.serving.endpoints import ENDPOINTS
from shared.serving.openapi import document
from tests.fakes import BusDown, LakeDown
from tests.unit.functions.indexed import FUNCTIONS


def http_triggers() -> dict[str, dict[str, Any]]:
    found = {name: dict(function.get_trigger().get_dict_repr()) for name, function in FUNCTIONS.items()}  # type: ignore[union-attr]
    return {name: bound for name, bound in found.items() if bound["type"] == "httpTrigger"}


def test_the_document_is_valid_and_names_every_http_function() -> None:
    """OpenAPI 3.1; each function stands in it with its route, method and whether it wants a key, and nothing else."""
    validate(document())  # type: ignore[arg-type]  # a plain dict is a mapping
    triggers = http_triggers()
    assert {endpoint.function for endpoint in ENDPOINTS} == set(triggers)
    for endpoint in ENDPOINTS:
        bound = triggers[endpoint.function]
        assert bound["route"] == endpoint.route
        assert [str(method).rsplit(".", 1)[-1].lower() for method in bound["methods"]] == [endpoint.method]
        assert (bound["authLevel"] == func.AuthLevel.ANONYMOUS) is endpoint.is_open
        names = re.findall(r"{(\w+)}", endpoint.route)
        assert [p.name for p in endpoint.parameters if p.place == "path"] == names


def test_every_protected_operation_names_its_refusals() -> None:
    """401 wherever a key is wanted; 503 wherever something may be away; a body's model for every JSON answer."""
    for path, operations in document()["paths"].items():
        for operation in operations.values():
            is_open = operation.get("security") == []
            assert ("401" in operation["responses"]) is not is_open, path
            if not is_open and path != "/openapi.json":
                assert "503" in operation["responses"], path


@pytest.mark.parametrize("error", [BusDown(), LakeDown()])
async def test_a_dependency_that_is_away_is_503(error: Exception) -> None:
    """The caller is told where to look, and nothing of the error's text."""

    async def handle() -> func.HttpResponse:
        raise error

    answer = await respond(handle)
    assert answer.status_code == 503 and b"/api/health" in answer.get_body()
    assert str(error).encode() not in answer.get_body()


async def served(name: str, **route: str) -> func.HttpResponse:
    request = func.HttpRequest("GET", "https://app.invalid/api/dashboard", body=b"", route_params=route)
    answer: func.HttpResponse = await FUNCTIONS[name].get_user_function()(request)
    return answer


async def test_the_page_allows_itself_nothing_but_its_own_files() -> None:
    """No inline script or style, no other address, no frame around it; and it asks for files that are there."""
    page = await served("get_dashboard")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert "frame-ancestors 'none'" in policy and page.headers["X-Content-Type-Options"] == "nosniff"
    html = page.get_body().decode()
    assert not re.search(r"<script(?![^>]*src)|<style|\son\w+=|\sstyle=", html)
    for file in re.findall(r'(?:src|href)="dashboard/([^"]+)"', html):
        assert (await served("get_dashboard_file", file=file)).status_code == 200


LINKED = {"https://www.themoviedb.org", "https://www.imdb.com", "https://www.discogs.com"}
"""Pages of the sources, which a person follows a link to; the policy lets the page itself ask for nothing there."""


async def test_scripts_make_no_markup_of_text() -> None:
    """Nothing the page loads turns a string into markup or code, or names an address but those of its links."""
    html = (await served("get_dashboard")).get_body().decode()
    (first,) = re.findall(r'src="dashboard/([^"]+\.js)"', html)
    waiting, seen = [first], set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        script = (await served("get_dashboard_file", file=name)).get_body().decode()
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", script
        )
        assert set(re.findall(r"https?://[^\s\"'`/]+", script)) <= {"http://www.w3.org", *LINKED}
        waiting += [found for found in re.findall(r'from "\./([^"]+)"', script) if found not in seen]
    assert len(seen) > 5


@pytest.mark.parametrize("file", ["../answers.py", "none.js", "", "dashboard.py"])
async def test_no_other_file_is_served(file: str) -> None:
    """Only what lies beside the page."""
    assert (await served("get_dashboard_file", file=file)).status_code == 404


async def test_reports_are_shown_on_a_page_of_no_origin() -> None:
    """The blank page may be framed by the dashboard; what it shows may draw, fetch nothing, and reach nobody."""
    policy = (await served("get_dashboard_file", file="report.html")).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "connect-src" not in policy
    assert "sandbox allow-scripts" in policy and "allow-same-origin" not in policy
