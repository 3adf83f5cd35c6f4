"""Odd answers: each is what its name says, and leaves alone what it does not fit."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest

from local.catalog.apis.answers import Answer, Asked, to_answer
from local.catalog.server.faults import BadPlanError, SourceFaults, parse_plan
from local.catalog.server.gateway import Gateway
from local.catalog.server.limits import MovingWindow
from local.catalog.server.odd_answers import ODD_ANSWERS
from shared.errors import RecordNotFound, SourceUnavailable
from shared.messages.tasks import DetailsParams, DiscoverParams, ReleaseParams, SearchParams
from shared.planning.rows import read_rows
from shared.sources import discogs, tmdb
from shared.sources.client import ApiClient, ApiRequest, EmptyList, TokenProvider
from shared.sources.discogs import DiscogsClient
from shared.sources.tmdb import TmdbClient
from tests.fakes import FakeCatalog

(FILM,) = tmdb.requests_of(DetailsParams(film_ids=(3,)))
(LIST,) = tmdb.requests_of(DiscoverParams(page=2))
(FIRST,) = tmdb.requests_of(DiscoverParams())
(SEARCH,) = discogs.requests_of(SearchParams(page=2))
(RELEASE,) = discogs.requests_of(ReleaseParams(release_id=5))


def asked_of(request: ApiRequest) -> Asked:
    return Asked(request.path.removeprefix("/3/").removeprefix("/"), dict(request.query), {}, "http://api")


def good(request: ApiRequest) -> Answer:
    """The right answer of the catalog in memory."""
    catalog = FakeCatalog(films=60, releases=250)
    return to_answer(catalog._answer(request.path, request.query).json())


async def read(request: ApiRequest, odd: Answer) -> Any:
    """What the app's own client makes of an answer."""

    async def token() -> str:
        return "t"

    response = httpx.Response(odd.status, content=odd.body, headers={"Content-Type": odd.content_type})
    http = httpx.AsyncClient(base_url="http://api", transport=httpx.MockTransport(lambda _: response))
    client: type[ApiClient] = TmdbClient if request.path.startswith("/3/") else DiscogsClient
    return (await client(http, "Bearer ", TokenProvider(token)).get(request)).body


@pytest.mark.parametrize(
    ("name", "request_", "expected"),
    [
        ("missing_parts", FILM, SourceUnavailable),
        ("error_in_parts", FILM, SourceUnavailable),
        ("bare_error", FILM, SourceUnavailable),
        ("bare_error", SEARCH, SourceUnavailable),
        ("other_record", FILM, SourceUnavailable),
        ("other_record", RELEASE, SourceUnavailable),
        ("empty_list", FIRST, EmptyList),
        ("empty_page", LIST, SourceUnavailable),
        ("empty_page", SEARCH, SourceUnavailable),
        ("gone_page", LIST, RecordNotFound),
        ("gone_page", SEARCH, RecordNotFound),
    ],
)
async def test_an_odd_answer_is_no_answer_to_the_app(
    name: str, request_: ApiRequest, expected: type[Exception]
) -> None:
    """The app's client refuses it, as it would refuse the real source's."""
    odd = ODD_ANSWERS[name](good(request_), asked_of(request_))
    assert odd is not None
    with pytest.raises(expected):
        await read(request_, odd)


async def test_a_packed_body_says_the_same() -> None:
    """Gzip without a header holds the whole answer."""
    odd = ODD_ANSWERS["packed_body"](good(FILM), asked_of(FILM))
    assert odd is not None and json.loads(gzip.decompress(odd.body)) == json.loads(good(FILM).body)
    assert await read(FILM, odd) == json.loads(good(FILM).body)


@pytest.mark.parametrize("request_", [LIST, SEARCH], ids=["films", "releases"])
async def test_odd_rows_stand_beside_the_good_ones(request_: ApiRequest) -> None:
    """A null and ids that are null, text or 0; every good row is still there."""
    odd = ODD_ANSWERS["odd_rows"](good(request_), asked_of(request_))
    assert odd is not None
    rows = read_rows((await read(request_, odd))["results"])
    assert rows.passed_over == 4
    assert rows.ids == tuple(row["id"] for row in json.loads(good(request_).body)["results"])


async def test_a_collection_without_id_leaves_the_film() -> None:
    """The film is whole but for its collection's id."""
    odd = ODD_ANSWERS["no_collection_id"](good(FILM), asked_of(FILM))
    assert odd is not None and (await read(FILM, odd))["belongs_to_collection"]["id"] is None


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("missing_parts", LIST),
        ("error_in_parts", RELEASE),
        ("other_record", SEARCH),
        ("no_collection_id", RELEASE),
        ("empty_list", FILM),
        ("empty_page", RELEASE),
        ("odd_rows", FILM),
        ("gone_page", FIRST),
        ("gone_page", FILM),
    ],
)
def test_what_a_fault_does_not_fit_stays_as_it_is(name: str, request_: ApiRequest) -> None:
    """A list has no parts, a record no rows, and a first page is never gone."""
    assert ODD_ANSWERS[name](good(request_), asked_of(request_)) is None


def test_a_record_can_have_a_fault_of_its_own() -> None:
    """Always and only this film; a name that is no fault is refused."""
    faults = SourceFaults("tmdb", lambda: 0.0)
    faults.set(parse_plan({"tmdb": {"records": {"movie/7040": "other_record"}}}))
    assert not faults.is_quiet
    assert [faults.draw("movie/7040"), faults.draw("movie/7041")] == ["other_record", None]
    with pytest.raises(BadPlanError, match="records"):
        parse_plan({"records": {"movie/7040": "nonsense"}})


class FixedApi:
    """An API that knows one film."""

    def kind(self, path: str) -> str:
        return "details"

    def refusal(self, asked: Asked, token: str | None) -> Answer | None:
        return None

    def answer(self, asked: Asked, shift: int) -> Answer:
        return to_answer({"id": 3, "credits": {}})

    def error(self, status: int, retry_after_s: int | None = None) -> Answer:
        return to_answer({}, status)

    def error_in_200(self) -> Answer:
        return to_answer({})


@pytest.mark.parametrize(
    ("plan", "status", "begins", "counted"),
    [
        ({"edge_page": {"rate": 1}}, 403, b"<!doctype html>", {"edge_page": 1}),
        ({"edge_page": {"rate": 1, "status": 522}}, 522, b"<!doctype html>", {"edge_page": 1}),
        ({"records": {"movie/3": "packed_body"}}, 200, b"\x1f\x8b", {"packed_body": 1}),
        ({"records": {"movie/4": "packed_body"}}, 200, b'{"id":3', {}),
        ({"odd_rows": {"rate": 1}}, 200, b'{"id":3', {}),
    ],
)
async def test_the_gateway_gives_them(
    plan: dict[str, object], status: int, begins: bytes, counted: dict[str, int]
) -> None:
    """A fault of the plan changes the answer, and only one that fits is counted."""
    faults = SourceFaults("tmdb", lambda: 0.0)
    faults.set(parse_plan(plan))
    gateway = Gateway(FixedApi(), "t", MovingWindow(0, lambda: 0.0), faults, lambda: 0.0, "/3")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://api") as http:
        response = await http.get("/3/movie/3")
    assert (response.status_code, response.content.startswith(begins)) == (status, True)
    assert {name: count for name, count in gateway.stats.faults.items() if count} == counted
