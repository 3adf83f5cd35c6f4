"""What real sources answer at times: whose word it is, whether it is whole, and whether it is about what was asked."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from shared.errors import CredentialsRejected, RecordNotFound, SourceUnavailable
from shared.messages.tasks import ChangesParams, CollectionParams, DetailsParams, DiscoverParams, SearchParams
from shared.sources import discogs, tmdb
from shared.sources.client import Answer, ApiRequest, EmptyList, TokenProvider
from shared.sources.discogs import DiscogsClient
from shared.sources.tmdb import TmdbClient
from tests.fakes.catalog import film_of
from tests.fakes.simulated import TODAY

PAGE = "<html><head><title>Forbidden</title></head><body>Request blocked.</body></html>"
(MOVIE,) = tmdb.requests_of(DetailsParams(film_ids=(12,)))
(CATALOG,) = tmdb.requests_of(DiscoverParams())
(WINDOW,) = tmdb.requests_of(DiscoverParams(since=TODAY, until=TODAY))
(CHANGES,) = tmdb.requests_of(ChangesParams(since=TODAY, until=TODAY))
(COLLECTION,) = tmdb.requests_of(CollectionParams(collection_id=9))
RELEASE = ApiRequest("/releases/5")


def search(**narrowed: Any) -> ApiRequest:
    (request,) = discogs.requests_of(SearchParams(**narrowed))
    return request


async def ask(request: ApiRequest, *responses: httpx.Response, tokens: Sequence[str] = ("a",)) -> Answer:
    """Ask the API that knows such a path; its answers and tokens come in turn, the last of them for ever."""
    answers, left = list(responses), list(tokens)

    async def token() -> str:
        return left.pop(0) if len(left) > 1 else left[0]

    def handler(_: httpx.Request) -> httpx.Response:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    http = httpx.AsyncClient(base_url="http://api", transport=httpx.MockTransport(handler))
    client = TmdbClient if request.path.startswith("/3/") else DiscogsClient
    return await client(http, "Bearer ", TokenProvider(token)).get(
        request, keep_missing=request.path == "/releases/5"
    )


@pytest.mark.parametrize("request_", [MOVIE, CATALOG, RELEASE, search()], ids=lambda found: found.path)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 503, 520, 527])
async def test_a_page_of_the_edge_is_an_outage(request_: ApiRequest, status: int) -> None:
    """HTML speaks for the network in front of the source, whatever its status: it is worth asking again."""
    with pytest.raises(SourceUnavailable):
        await ask(request_, httpx.Response(status, text=PAGE, headers={"Content-Type": "text/html"}))


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("body", ["", "error code: 1020", "{}", '{"error": "blocked"}'])
async def test_a_no_that_is_not_the_sources_own_is_an_outage(status: int, body: str) -> None:
    """Neither the token nor the record is at fault when the source itself has not said so."""
    with pytest.raises(SourceUnavailable):
        await ask(RELEASE, httpx.Response(status, text=body))


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (MOVIE, {"success": False, "status_code": 7, "status_message": "Invalid key"}),
        (RELEASE, {"message": "No."}),
    ],
    ids=["tmdb", "discogs"],
)
@pytest.mark.parametrize("status", [401, 403])
async def test_the_sources_own_no_is_about_the_token(
    request_: ApiRequest, body: dict[str, Any], status: int
) -> None:
    """The token is read again; only when it is still the same one is the source's word final."""
    with pytest.raises(CredentialsRejected, match="_TOKEN"):
        await ask(request_, httpx.Response(status, json=body))
    good = httpx.Response(200, json=film_of(12) if request_ is MOVIE else {"id": 5})
    answer = await ask(request_, httpx.Response(status, json=body), good, tokens=("old", "new"))
    assert answer.status == 200


async def test_a_token_refused_late_was_renewed_already() -> None:
    """A request sent with the old token and refused after another one renewed it is asked again."""
    left = ["old", "new"]

    async def token() -> str:
        return left.pop(0) if len(left) > 1 else left[0]

    tokens = TokenProvider(token)
    assert await tokens.get() == "old"
    assert [await tokens.renew("old") for _ in range(2)] == [True, True]
    assert await tokens.get() == "new" and not await tokens.renew("new")


async def test_a_page_that_is_gone_is_told_by_the_source() -> None:
    """A 404 in the source's JSON is its own word; what follows is the caller's to say."""
    with pytest.raises(RecordNotFound):
        await ask(
            search(page=3), httpx.Response(404, json={"message": "The requested resource was not found."})
        )
    answer = await ask(RELEASE, httpx.Response(404, json={"message": "Release not found."}))
    assert answer.status == 404


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "zlib"])
async def test_a_packed_body_without_its_header_is_unpacked(pack: Any) -> None:
    """The text that is kept is the JSON, not its bytes as they came."""
    packed = pack(json.dumps(film_of(12)).encode())
    answer = await ask(MOVIE, httpx.Response(200, content=packed))
    assert json.loads(answer.text) == answer.body == film_of(12)


@pytest.mark.parametrize(
    "spoil", [lambda packed: packed[:-9], lambda packed: packed[:2] + b"??" + packed[4:]]
)
async def test_a_packed_body_that_is_torn_is_asked_for_again(spoil: Any) -> None:
    """Half of a packed answer is no answer, and the error says what was wrong with which film."""
    torn = spoil(gzip.compress(json.dumps(film_of(12)).encode()))
    with pytest.raises(SourceUnavailable, match="/3/movie/12: the body cannot be unpacked"):
        await ask(MOVIE, httpx.Response(200, content=torn))


def as_zstd(content: bytes) -> bytes:
    """A Zstandard frame of one stored block."""
    size = len(content)
    head = b"\x28\xb5\x2f\xfd\x60" + (size - 256).to_bytes(2, "little")
    return head + (1 | size << 3).to_bytes(3, "little") + content


def as_brotli(content: bytes) -> bytes:
    """A Brotli stream of one stored block."""
    return ((len(content) - 1) << 4 | 1 << 20).to_bytes(3, "little") + content + b"\x03"


@pytest.mark.parametrize(
    ("pack", "problem"), [(as_zstd, "packed as zstd"), (as_brotli, "not JSON")], ids=["zstd", "brotli"]
)
async def test_a_body_packed_otherwise_says_so(pack: Any, problem: str) -> None:
    """What nobody asked for is not unpacked: the error names the film and its body, and other films go on."""
    packed = pack(json.dumps({**film_of(12), "overview": "wide " * 80}).encode())
    with pytest.raises(SourceUnavailable, match=f"/3/movie/12: the body is {problem}"):
        await ask(MOVIE, httpx.Response(200, content=packed))


def without(part: str) -> dict[str, Any]:
    return {name: value for name, value in film_of(12).items() if name != part}


ERROR = {"success": False, "status_code": 11, "status_message": "Internal error"}


@pytest.mark.parametrize("part", ["credits", "keywords", "alternative_titles", "external_ids", "reviews"])
@pytest.mark.parametrize("instead", ["absent", None, [], ERROR, {"status_code": 25, "status_message": "No"}])
async def test_a_film_without_a_part_that_was_asked_for_is_no_answer(part: str, instead: Any) -> None:
    """A part that is absent, or an error, would empty what is known; the error names film and part."""
    body = without(part) if instead == "absent" else film_of(12) | {part: instead}
    with pytest.raises(SourceUnavailable, match=f"/3/movie/12: the answer lacks {part}"):
        await ask(MOVIE, httpx.Response(200, json=body))


@pytest.mark.parametrize("field", [("credits", "cast"), ("credits", "crew"), ("reviews", "results")])
async def test_a_part_without_its_list_is_no_answer(field: tuple[str, str]) -> None:
    """Credits that hold no list of the cast say nothing about the cast."""
    part = {name: [] for name in ("cast", "crew", "results") if name != field[1]}
    with pytest.raises(SourceUnavailable, match=f"lacks {field[0]}"):
        await ask(MOVIE, httpx.Response(200, json=film_of(12) | {field[0]: part}))


@pytest.mark.parametrize(
    "body",
    [
        {"status_code": 25, "status_message": "Your request count is over the limit"},
        film_of(13),
        {},
        {"id": "12"},
    ],
)
async def test_another_object_than_the_film_is_no_answer(body: dict[str, Any]) -> None:
    """An error body without `success`, another film, or none: asked again, never landed."""
    with pytest.raises(SourceUnavailable, match="/3/movie/12"):
        await ask(MOVIE, httpx.Response(200, json=body))


@pytest.mark.parametrize("request_", [RELEASE, COLLECTION], ids=["release", "collection"])
@pytest.mark.parametrize(
    "body", [{"message": "An internal server error occurred."}, {"id": 6}, {"id": None}, {}]
)
async def test_another_object_than_the_record_is_no_answer(
    request_: ApiRequest, body: dict[str, Any]
) -> None:
    """Releases and collections are recognised by their id as well."""
    with pytest.raises(SourceUnavailable, match=request_.path):
        await ask(request_, httpx.Response(200, json=body))


def films(*ids: int, total: int, page: int = 1) -> httpx.Response:
    rows = [{"id": film_id} for film_id in ids]
    body = {"page": page, "results": rows, "total_pages": -(-total // 20), "total_results": total}
    return httpx.Response(200, json=body)


def releases(*ids: int, items: int, page: int = 1) -> httpx.Response:
    pagination = {"page": page, "pages": 9, "per_page": 100, "items": items}
    return httpx.Response(200, json={"pagination": pagination, "results": [{"id": n} for n in ids]})


@pytest.mark.parametrize(
    ("request_", "response"),
    [(CATALOG, films(total=0)), (CHANGES, films(total=0)), (search(), releases(items=0))],
    ids=["discover", "changes", "search"],
)
async def test_an_empty_catalog_is_not_believed_at_once(
    request_: ApiRequest, response: httpx.Response
) -> None:
    """No film at all, no change in a window, no soundtrack: worth asking again."""
    with pytest.raises(EmptyList):
        await ask(request_, response)


@pytest.mark.parametrize(
    ("request_", "response"),
    [(WINDOW, films(total=0)), (search(year=1890), releases(items=0))],
    ids=["window", "year"],
)
async def test_a_narrow_list_may_be_empty(request_: ApiRequest, response: httpx.Response) -> None:
    """A day without a film, or a year without a record, is nothing odd."""
    assert (await ask(request_, response)).body["results"] == []


@pytest.mark.parametrize(
    ("request_", "response"),
    [(WINDOW, films(total=40)), (search(year=1994), releases(items=801)), (CHANGES, films(total=1))],
    ids=["window", "year", "changes"],
)
async def test_an_empty_page_with_a_total_is_no_answer(
    request_: ApiRequest, response: httpx.Response
) -> None:
    """A page that should have rows and has none is asked for again for its own sake."""
    with pytest.raises(SourceUnavailable, match=r"page 1 of .* is empty"):
        await ask(request_, response)


async def test_an_empty_page_beyond_the_end_is_an_answer() -> None:
    """The list shrank while it was read: there is nothing left on that page."""
    (third,) = tmdb.requests_of(DiscoverParams(page=3))
    assert (await ask(third, films(total=40, page=3))).body["results"] == []
    assert (await ask(search(page=9), releases(items=800, page=9))).body["results"] == []


async def test_a_few_rows_that_no_page_lists_are_believed_after_the_last_try() -> None:
    """A search counts rows it never shows; a last page of nothing else is asked again, and no failure."""
    with pytest.raises(EmptyList):
        await ask(search(year=1994, page=9), releases(items=802, page=9))


@pytest.mark.parametrize("field", ["results", "total_results", "total_pages"])
async def test_a_list_says_which_field_it_lacks(field: str) -> None:
    """The reason names the field, and not an exception of the program."""
    body = films(1, total=40).json()
    del body[field]
    with pytest.raises(SourceUnavailable, match=f"discover/movie: the answer has no .*{field}"):
        await ask(CATALOG, httpx.Response(200, json=body))


async def test_another_page_than_the_one_asked_for_is_no_answer() -> None:
    """Page 1 in place of page 2 would list its films twice and lose others."""
    (second,) = tmdb.requests_of(DiscoverParams(page=2))
    with pytest.raises(SourceUnavailable, match="another page"):
        await ask(second, films(1, total=40, page=1))
    with pytest.raises(SourceUnavailable, match="another page"):
        await ask(search(page=2), releases(1, items=200, page=1))
