"""The two clients: which answer is kept, which is worth asking again, and no token in any error."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest

from shared.errors import (
    CredentialsRejected,
    RecordNotFound,
    RequestRefused,
    SourceError,
    SourceUnavailable,
    Throttled,
)
from shared.messages.tasks import (
    ChangesParams,
    CollectionParams,
    DetailsParams,
    DiscoverParams,
    ReleaseParams,
    SearchParams,
)
from shared.sources import discogs, tmdb
from shared.sources.client import ApiRequest, TokenProvider
from shared.sources.discogs import DiscogsClient
from shared.sources.tmdb import TmdbClient
from tests.fakes.simulated import TODAY

SECRET = "token-nobody-may-see"  # noqa: S105 -- not a credential anywhere
REQUEST = ApiRequest("/3/movie/12", {"append_to_response": "credits"})
FILM = {"id": 12, "credits": {"cast": [], "crew": []}}
Handler = Callable[[httpx.Request], httpx.Response]


def tmdb_client(handler: Handler, *tokens: str) -> TmdbClient:
    """A client whose token store holds these, one after the other, the last one for ever."""
    left = list(tokens or (SECRET,))

    async def token() -> str:
        return left.pop(0) if len(left) > 1 else left[0]

    http = httpx.AsyncClient(base_url="http://api", transport=httpx.MockTransport(handler))
    return TmdbClient(http, "Bearer ", TokenProvider(token))


def always(response: httpx.Response) -> TmdbClient:
    return tmdb_client(lambda request: response)


async def test_an_answer_is_kept_as_it_came() -> None:
    """Status, text and value; the token travels in the header, not in the query."""
    seen, text = [], '{"id": 12.0,  "credits": {"cast": [], "crew": []}}'

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, text=text)

    client = tmdb_client(handler)
    answer = await client.get(REQUEST)
    await client.close()
    assert (answer.status, answer.text, answer.body) == (200, text, json.loads(text))
    assert seen[0].headers["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in str(seen[0].url)


@pytest.mark.parametrize(
    ("header", "expected_s"),
    [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("soon", None), ("inf", None), ("nan", None), (None, None)],
)
async def test_429_says_how_long_to_wait(header: str | None, expected_s: float | None) -> None:
    """Retry-After in seconds where it can be read; otherwise the lane decides."""
    headers = {"Retry-After": header} if header else {}
    with pytest.raises(Throttled) as caught:
        await always(httpx.Response(429, headers=headers)).get(REQUEST)
    assert caught.value.retry_after_s == expected_s


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (httpx.Response(500), SourceUnavailable),
        (httpx.Response(503, text="<html>"), SourceUnavailable),
        (httpx.Response(302, headers={"Location": "/"}), SourceUnavailable),
        (httpx.Response(200, text='{"id": 1'), SourceUnavailable),
        (httpx.Response(200, text="<html></html>", headers={"Content-Type": "text/html"}), SourceUnavailable),
        (httpx.Response(200, text=""), SourceUnavailable),
        (httpx.Response(200, text="[1]"), SourceUnavailable),
        (httpx.Response(200, text="null"), SourceUnavailable),
        (httpx.Response(200, text='{"popularity": NaN}'), SourceUnavailable),
        (httpx.Response(200, content=b'{"a": "\xff"}'), SourceUnavailable),
        (httpx.Response(200, text='{"a":' + "[" * 100_000), SourceUnavailable),
        (httpx.Response(200, json={"success": False, "status_code": 11}), SourceUnavailable),
        (httpx.Response(404, json={"status_code": 34, "success": False}), RecordNotFound),
        (httpx.Response(422, json={"errors": ["page"]}), RequestRefused),
        (httpx.Response(400), RequestRefused),
        (httpx.Response(403, json={"status_code": 7, "success": False}), CredentialsRejected),
        (httpx.Response(401), CredentialsRejected),
    ],
)
async def test_answers_that_cannot_be_used(response: httpx.Response, expected: type[SourceError]) -> None:
    """Each has its own error: asked again, given up, or fatal."""
    with pytest.raises(expected) as caught:
        await always(response).get(REQUEST)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("late"),
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("cut"),
    ],
)
async def test_broken_connections_are_worth_asking_again(error: httpx.HTTPError) -> None:
    """Time-outs, refusals and resets; the message names the API and the path, never the token."""

    def handler(request: httpx.Request) -> httpx.Response:
        error.args = (f"{error.args[0]} {request.headers['authorization']}",)
        raise error

    with pytest.raises(SourceUnavailable, match="tmdb /3/movie/12") as caught:
        await tmdb_client(handler).get(REQUEST)
    assert SECRET not in str(caught.value)


async def test_a_missing_record_can_be_an_answer() -> None:
    """A film that was removed is kept with its 404 and its body, when that is wanted."""
    missing = httpx.Response(404, json={"status_code": 34, "success": False})
    answer = await always(missing).get(REQUEST, keep_missing=True)
    assert (answer.status, answer.body["status_code"]) == (404, 34)


async def test_a_rotated_token_is_taken_up_once() -> None:
    """A 401 makes the client read its token again and ask once more with the new one."""
    seen = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200 if request.headers["authorization"] == "Bearer new" else 401, json=FILM)

    client = tmdb_client(handler, "old", "new")
    assert (await client.get(REQUEST)).status == 200
    await client.get(REQUEST)
    assert seen == ["Bearer old", "Bearer new", "Bearer new"]


async def test_a_token_that_is_not_rotated_is_refused_after_one_request() -> None:
    """The same token is not tried twice; the error names the setting."""
    count = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        return httpx.Response(401)

    with pytest.raises(CredentialsRejected, match="TMDB_TOKEN"):
        await tmdb_client(handler).get(REQUEST)
    assert count == 1


async def test_many_at_once_survive_a_rotation() -> None:
    """Requests in flight while the token changes all get their answer."""

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.headers["authorization"] == "Bearer new" else 401, json=FILM)

    client = tmdb_client(handler, "old", "new")
    answers = await asyncio.gather(*(client.get(REQUEST) for _ in range(20)))
    assert {answer.status for answer in answers} == {200}


@pytest.mark.parametrize(
    "content",
    [
        b'\xef\xbb\xbf{"id": 9, "t": "caf\xc3\xa9"}',
        b'{"id": 9, "t": "caf\xc3\xa9"}',
        '{"id": 9, "t": "café"}'.encode("utf-16"),
    ],
    ids=["byte order mark", "utf-8", "utf-16"],
)
async def test_text_and_value_say_the_same(content: bytes) -> None:
    """Whatever the charset header claims, the text that is kept is the JSON that was parsed."""
    headers = {"Content-Type": "application/json; charset=latin-1"}
    answer = await always(httpx.Response(200, content=content, headers=headers)).get(
        ApiRequest("/3/collection/9")
    )
    assert json.loads(answer.text) == answer.body == {"id": 9, "t": "café"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Discogs-Ratelimit": "60", "X-Discogs-Ratelimit-Remaining": "0"}, (60, 0)),
        ({"X-Discogs-Ratelimit": "many"}, (None, None)),
        ({}, (None, None)),
    ],
)
async def test_discogs_headers_say_what_is_left(
    headers: dict[str, str], expected: tuple[object, object]
) -> None:
    """Limit and remaining requests where the headers tell them."""

    async def token() -> str:
        return SECRET

    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"id": 1}, headers=headers))
    http = httpx.AsyncClient(base_url="http://api", transport=transport)
    answer = await DiscogsClient(http, "Discogs token=", TokenProvider(token)).get(ApiRequest("/releases/1"))
    assert (answer.quota.limit_per_min, answer.quota.remaining) == expected


def test_tmdb_requests_are_what_the_api_documents() -> None:
    """Windows, languages and pages become the API's parameters."""
    (discover,) = tmdb.requests_of(DiscoverParams(since=TODAY, until=TODAY, language="en", page=3))
    assert discover.path == "/3/discover/movie"
    assert {
        "primary_release_date.gte": "2026-11-20",
        "primary_release_date.lte": "2026-11-20",
        "with_original_language": "en",
        "page": "3",
    }.items() <= discover.query.items()
    assert [r.path for r in tmdb.requests_of(DetailsParams(film_ids=(1, 2)))] == ["/3/movie/1", "/3/movie/2"]
    (changes,) = tmdb.requests_of(ChangesParams(since=TODAY, until=TODAY))
    assert changes.query == {"start_date": "2026-11-20", "end_date": "2026-11-20", "page": "1"}
    assert tmdb.requests_of(CollectionParams(collection_id=9))[0].path == "/3/collection/9"
    assert "primary_release_date.gte" not in tmdb.requests_of(DiscoverParams())[0].query


def test_discogs_requests_are_what_the_api_documents() -> None:
    """Year, format, country and page become the API's parameters; per_page is the most it gives."""
    (search,) = discogs.requests_of(SearchParams(year=1994, format="CD", country="US", page=2))
    assert search.path == "/database/search"
    assert {
        "style": "Soundtrack",
        "year": "1994",
        "format": "CD",
        "country": "US",
        "page": "2",
        "per_page": "100",
    }.items() <= search.query.items()
    (all_years,) = discogs.requests_of(SearchParams())
    assert not {"year", "format", "country"} & set(all_years.query)
    assert discogs.requests_of(ReleaseParams(release_id=5))[0].path == "/releases/5"


def test_a_task_of_the_other_source_is_a_mistake() -> None:
    """Asking TMDB for a release, or Discogs for a film, is an error of the program."""
    with pytest.raises(TypeError, match=r"discogs\.release"):
        tmdb.requests_of(ReleaseParams(release_id=1))
    with pytest.raises(TypeError, match=r"tmdb\.discover"):
        discogs.requests_of(DiscoverParams())
