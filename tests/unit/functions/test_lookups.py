"""Lookups from request to answer: what may be kept, what is packed, what is refused, and where the key goes."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import pytest

from shared.config import load_settings
from shared.services import services
from shared.serving.lookup.wired import LookupServices
from tests.fakes import FakeLake
from tests.fakes.served import RUN, publish_small
from tests.unit.functions.indexed import FUNCTIONS

KEY = "key-of-this-test"


@pytest.fixture
def lake() -> Iterator[FakeLake]:
    """The lake of the process's services; a key may ask three times a minute."""
    found = FakeLake()
    services.cache_clear()
    services().lookup = LookupServices(found, load_settings(lookups_per_min=3), lambda: datetime.now(UTC))
    yield found
    services.cache_clear()


async def ask(
    function: str, headers: dict[str, str] | None = None, key: str = KEY, **given: str
) -> func.HttpResponse:
    """Call a lookup; what it takes from its path and its query."""
    request = func.HttpRequest(
        "GET", f"https://app.invalid/api/{function}", body=b"", params=given, route_params=given,
        headers={"x-functions-key": key, **(headers or {})},
    )  # fmt: skip
    answer: func.HttpResponse = await FUNCTIONS[function].get_user_function()(request)
    return answer


def json_of(answer: func.HttpResponse) -> dict[str, Any]:
    body = answer.get_body()
    found: dict[str, Any] = json.loads(
        gzip.decompress(body) if answer.headers.get("Content-Encoding") else body
    )
    return found


async def test_an_answer_may_be_kept_until_the_next_run(lake: FakeLake) -> None:
    """It carries its run as ETag, and whoever shows that is answered 304 without a body."""
    await publish_small(lake)
    answer = await ask("get_soundtracks", tmdb_id="603")
    assert (answer.status_code, json_of(answer)["run_id"]) == (200, RUN)
    assert RUN in answer.headers["ETag"] and "max-age" in answer.headers["Cache-Control"]
    again = await ask("get_soundtracks", {"If-None-Match": answer.headers["ETag"]}, tmdb_id="603")
    assert (again.status_code, again.get_body()) == (304, b"")
    assert again.headers["ETag"] == answer.headers["ETag"]


async def test_a_long_answer_is_packed_for_who_takes_it(lake: FakeLake) -> None:
    """gzip where it is asked for, plain otherwise, and the same either way."""
    await publish_small(lake)
    packed = await ask("list_links", {"Accept-Encoding": "gzip"})
    plain = await ask("list_links")
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert json_of(packed) == json_of(plain) and len(json_of(plain)["links"]) == 2


async def test_what_is_not_known_and_what_is_wrong_are_told_apart(lake: FakeLake) -> None:
    """404 for a film nobody has, 400 with the name of the parameter for what is none; neither may be kept."""
    assert (await ask("get_soundtracks", tmdb_id="1")).status_code == 404
    await publish_small(lake)
    missing = await ask("get_film", tmdb_id="1")
    assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-store")
    wrong = await ask("get_soundtracks", tmdb_id="The Matrix")
    assert (wrong.status_code, json_of(wrong)["field"]) == (400, "tmdb_id")


async def test_a_key_that_asks_too_often_is_told_when_to_come_again(lake: FakeLake) -> None:
    """429 with Retry-After; another key is answered."""
    await publish_small(lake)
    for _ in range(3):
        assert (await ask("get_release", discogs_id="10")).status_code == 200
    refused = await ask("get_release", discogs_id="10")
    assert refused.status_code == 429 and 1 <= int(refused.headers["Retry-After"]) <= 60
    assert json_of(refused)["retry_after_s"] == int(refused.headers["Retry-After"])
    assert (await ask("get_release", key="another", discogs_id="10")).status_code == 200


async def test_every_lookup_is_answered(lake: FakeLake) -> None:
    """Each function with something it knows."""
    await publish_small(lake)
    for number, (function, given) in enumerate(
        {
            "get_soundtracks": {"tmdb_id": "603", "min_score": "0.9"},
            "get_soundtracks_by_imdb": {"imdb_id": "tt0133093"},
            "get_film_of_release": {"discogs_id": "10"},
            "get_films_of_master": {"master_id": "5"},
            "get_films_of_barcode": {"code": "0081227951122"},
            "list_links": {"after": "10"},
            "get_view": {"view": "kpis", "where": "place>1"},
            "get_film": {"tmdb_id": "604"},
            "get_release": {"discogs_id": "900"},
        }.items()
    ):
        assert (await ask(function, None, str(number), **given)).status_code == 200, function


async def test_the_key_goes_nowhere(lake: FakeLake, caplog: pytest.LogCaptureFixture) -> None:
    """No answer, header, document or log line holds it, also when it is refused."""
    await publish_small(lake)
    caplog.set_level(logging.DEBUG)
    answers = [await ask("get_soundtracks", tmdb_id=film) for film in ("603", "1", "x", "603", "603")]
    assert {answer.status_code for answer in answers} == {200, 400, 404, 429}
    said = [answer.get_body() + str(dict(answer.headers)).encode() for answer in answers]
    assert KEY.encode() not in b"".join([*said, lake.everything(), caplog.text.encode()])
