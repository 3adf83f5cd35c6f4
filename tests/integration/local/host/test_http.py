"""The host's HTTP side, asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.local.host.process import KEY, HostApp

CODE = """
app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
bp = func.Blueprint()

@bp.route(route="refresh", methods=["POST"])
async def plan_on_request(req: func.HttpRequest) -> func.HttpResponse:
    body = json.dumps({"got": req.get_json(), "header": req.headers["X-Test"]})
    return func.HttpResponse(body, status_code=202, mimetype="application/json", headers={"Location": "/api/runs/1"})

@bp.route(route="runs/{run_id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def run(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(f"{req.route_params['run_id']} {req.params.get('full')} {req.method} {req.url}")

@bp.route(route="films/{id:int}", auth_level=func.AuthLevel.ANONYMOUS)
def film(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse(b"\\x00\\x01", mimetype="application/octet-stream")
    response.headers.add("Set-Cookie", "a=1; Path=/")
    return response

@bp.route(route="bad", auth_level=func.AuthLevel.ANONYMOUS)
def bad(req: func.HttpRequest) -> func.HttpResponse:
    raise ValueError("no such film")

@bp.route(route="wrong", auth_level=func.AuthLevel.ANONYMOUS)
def wrong(req: func.HttpRequest) -> func.HttpResponse:
    return {"not": "a response"}

app.register_functions(bp)
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> HostApp:
    return HostApp(tmp_path_factory.mktemp("app"), CODE)


@pytest.fixture(scope="module")
def client(app: HostApp) -> Iterator[httpx.Client]:
    with app.running() as host, httpx.Client(base_url=host.url) as client:
        assert host.ready["functions"] == ["plan_on_request", "run", "film", "bad", "wrong"]
        assert "key" not in host.ready
        yield client


@pytest.mark.parametrize("key", [{"headers": {"x-functions-key": KEY}}, {"params": {"code": KEY}}])
def test_a_function_answers_whoever_shows_the_key(
    client: httpx.Client, key: dict[str, dict[str, str]]
) -> None:
    """By header or by query, as in Azure; status, headers and body are the function's."""
    headers = {"X-Test": "1"} | key.get("headers", {})
    answer = client.post("/api/refresh", json={"mode": "full"}, headers=headers, params=key.get("params"))
    assert (answer.status_code, answer.headers["location"]) == (202, "/api/runs/1")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"got": {"mode": "full"}, "header": "1"}


@pytest.mark.parametrize("headers", [{}, {"x-functions-key": "guess"}])
def test_without_the_key_there_is_401(client: httpx.Client, headers: dict[str, str]) -> None:
    """No key or a wrong one: the function is not asked."""
    assert client.post("/api/refresh", json={}, headers=headers).status_code == 401


def test_parameters_of_route_and_query_arrive(client: httpx.Client) -> None:
    """The function sees method, full address, route parameters and query."""
    answer = client.get("/api/runs/20261120T063000Z-7f3a?full=1")
    assert answer.text.startswith("20261120T063000Z-7f3a 1 GET http://127.0.0.1")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_parameter_without_a_value_is_as_if_it_was_not_there(client: httpx.Client) -> None:
    """The real host leaves it out of what it tells the worker."""
    assert client.get("/api/runs/1?full=").text.startswith("1 None GET ")


def test_bytes_and_cookies_leave_as_they_are(client: httpx.Client) -> None:
    """A binary body and a cookie reach the caller."""
    answer = client.get("/api/films/42")
    assert answer.content == b"\x00\x01" and answer.cookies["a"] == "1"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/films/x"), ("GET", "/api/refresh"), ("GET", "/runs/1"), ("GET", "/api")],
)
def test_what_no_route_fits_is_404(client: httpx.Client, method: str, path: str) -> None:
    """Also a known path with a method it does not take, as the real host answers."""
    assert client.request(method, path).status_code == 404


@pytest.mark.parametrize(("path", "words"), [("bad", "ValueError: no such film"), ("wrong", "not dict")])
def test_a_function_that_fails_is_500_and_logged(
    client: httpx.Client, app: HostApp, path: str, words: str
) -> None:
    """The caller learns nothing of the inside, the log has the reason."""
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, answer.content) == (500, b"")
    assert words in app.log()


def test_the_host_says_that_it_runs(client: httpx.Client) -> None:
    """The addresses that tools ask."""
    assert client.get("/").status_code == 200
    assert client.get("/admin/host/status").json()["state"] == "Running"


def test_http_functions_are_not_started_by_hand(client: httpx.Client) -> None:
    """The admin API needs the key and starts what has a trigger of another kind."""
    key = {"x-functions-key": KEY}
    assert client.post("/admin/functions/run", json={}).status_code == 401
    assert client.post("/admin/functions/run", json={}, headers=key).status_code == 400
    assert client.post("/admin/functions/none", json={}, headers=key).status_code == 404


def test_without_a_key_in_the_environment_one_is_made(tmp_path: Path) -> None:
    """Only the ready line tells it; no log does."""
    app = HostApp(tmp_path, CODE)
    del app.environment["LOCAL_HOST_KEY"]
    with app.running() as host:
        key = host.ready["key"]
        headers = {"x-functions-key": key, "X-Test": "1"}
        assert httpx.post(f"{host.url}/api/refresh", json={}, headers=headers).status_code == 202
    assert key not in app.log()
