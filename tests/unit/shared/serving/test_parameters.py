"""HTTP bodies: each wrong one is answered with the field and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidRequest, RunNotFound
from shared.planning.roots import RunRequest
from shared.serving.parameters import (
    parse_before,
    parse_limit,
    parse_query,
    parse_refresh,
    parse_report,
    parse_run_id,
)


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}"])
def test_nothing_asked_for_is_everything(body: bytes) -> None:
    """No body and an empty object ask for a full run of both sources."""
    assert parse_refresh(body) == RunRequest()


def test_every_field_is_taken_over() -> None:
    """What is asked for is what is planned, repetitions apart."""
    body = {
        "sources": ["tmdb", "tmdb"], "mode": "incremental", "since": "2020-01-01", "until": "2020-12-31",
        "max_pages": 3, "film_ids": [5, 5, 7],
    }  # fmt: skip
    assert parse_refresh(json.dumps(body).encode()) == RunRequest(
        ("tmdb",), "incremental", date(2020, 1, 1), date(2020, 12, 31), 3, (5, 7)
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"sources": []}, "sources"),
        ({"sources": ["imdb"]}, "sources.0"),
        ({"sources": "tmdb"}, "sources"),
        ({"mode": "half"}, "mode"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2021-02-30"}, "since"),
        ({"until": 5.5}, "until"),
        ({"since": "2021-01-02", "until": "2021-01-01"}, "since"),
        ({"max_pages": 0}, "max_pages"),
        ({"max_pages": "3"}, "max_pages"),
        ({"max_pages": 501}, "max_pages"),
        ({"film_ids": [0]}, "film_ids.0"),
        ({"film_ids": ["12"]}, "film_ids.0"),
        ({"film_ids": list(range(1, 10_002))}, "film_ids"),
        ({"pages": 3}, "pages"),
        ({"mode": "bulk", "since": "2020-01-01"}, "since"),
        ({"mode": "bulk", "max_pages": 3}, "max_pages"),
    ],
)
def test_a_wrong_field_is_named(body: dict[str, object], field: str) -> None:
    """The error names the field as the caller wrote it, and says more than the name."""
    with pytest.raises(InvalidRequest, match=r"^\S+: .{5,}") as caught:
        parse_refresh(json.dumps(body).encode())
    assert caught.value.field == field


def test_an_unknown_field_lists_the_known_ones() -> None:
    """Whoever mistypes a field learns which there are."""
    with pytest.raises(InvalidRequest, match="film_ids"):
        parse_refresh(b'{"films": [1]}')


@pytest.mark.parametrize(
    "body", [b"nonsense", b"[]", b"3", b"null", b"\xff", b"[" * 60_000, b" " * 70_000 + b"{}"]
)
def test_what_is_no_object_names_the_body(body: bytes) -> None:
    """Not JSON, not an object, too deep or too long: the body itself is wrong."""
    with pytest.raises(InvalidRequest) as caught:
        parse_refresh(body)
    assert caught.value.field == "body"


@given(st.binary(max_size=200))
def test_no_body_is_a_crash(body: bytes) -> None:
    """Any bytes are a request or an InvalidRequest."""
    try:
        parse_refresh(body)
    except InvalidRequest as error:
        assert error.field


def test_limits_of_lists() -> None:
    """Left out it is 20; otherwise 1 to 100."""
    assert (parse_limit(None), parse_limit("1"), parse_limit("100")) == (20, 1, 100)


@pytest.mark.parametrize("text", ["0", "101", "-1", "1.5", "ten", "", "²", "٣"])
def test_a_wrong_limit_is_named(text: str) -> None:
    """Anything but a whole number from 1 to 100 is refused by name."""
    with pytest.raises(InvalidRequest) as caught:
        parse_limit(text)
    assert caught.value.field == "limit"


RUN_ID = "20261120T063000Z-7f3a"


def test_good_parameters_are_taken_as_they_are() -> None:
    """Ids, reports and searches in any script."""
    assert parse_run_id(RUN_ID) == parse_before(RUN_ID) == RUN_ID and parse_before(None) is None
    assert (parse_report("gold"), parse_query("千と千尋")) == ("gold", "千と千尋")


@given(st.text())
def test_any_other_run_id_is_no_run(text: str) -> None:
    """Whatever a path holds, the lake is only asked for names that runs can have."""
    for given_id in (text, f"{RUN_ID}{text or 'x'}", f"{RUN_ID}\n"):
        with pytest.raises(RunNotFound) as caught:
            parse_run_id(given_id)
        json.dumps(str(caught.value)).encode()


@pytest.mark.parametrize(
    ("parse", "text", "field"),
    [
        (parse_before, "", "before"),
        (parse_before, "yesterday", "before"),
        (parse_query, None, "q"),
        (parse_query, " ?! ", "q"),
        (parse_query, "x" * 201, "q"),
        (parse_report, "bronze", "report"),
        (parse_limit, "9" * 5000, "limit"),
    ],
)
def test_a_bad_parameter_is_named_with_the_remedy(
    parse: Callable[[str | None], object], text: str | None, field: str
) -> None:
    """The answer says which one and what to give."""
    with pytest.raises(InvalidRequest) as caught:
        parse(text)
    assert caught.value.field == field and len(str(caught.value)) < 200


def test_a_field_that_is_no_text_can_be_answered() -> None:
    """Half a character in a field's name does not break the answer."""
    with pytest.raises(InvalidRequest) as caught:
        parse_refresh(b'{"\\ud800": 1}')
    caught.value.field.encode()
