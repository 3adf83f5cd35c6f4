"""Parameters of lookups: what is wrong is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidRequest
from shared.serving.lookup.caching import is_known, takes_gzip
from shared.serving.lookup.parameters import parse_barcode, parse_id, parse_imdb_id, parse_wanted


@given(st.text(max_size=20))
def test_any_text_is_an_id_or_refused(text: str) -> None:
    """No input does anything else, and what passes is in range."""
    for parse in (lambda t: parse_id("tmdb_id", t), parse_imdb_id):
        try:
            assert 0 <= parse(text) < 10**12
        except InvalidRequest as error:
            assert error.field in ("tmdb_id", "imdb_id")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("0 81227 95112 2", ("081227951122", "0081227951122")),
        ("0081227951122", ("0081227951122", "081227951122")),
        ("5012345678900", ("5012345678900",)),
        ("019852663x", ("019852663X",)),
    ],
)
def test_a_barcode_is_found_however_it_is_written(text: str, codes: tuple[str, ...]) -> None:
    """Spaces and dashes go; a UPC is an EAN without its zero."""
    assert parse_barcode(text) == codes


@pytest.mark.parametrize("text", ["", "1234567", "123456789012345", "--------", "tt123456789", "1" * 40])
def test_what_is_no_barcode_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(InvalidRequest):
        parse_barcode(text)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"min_score": "1.1"}, "min_score"),
        ({"min_score": "nan"}, "min_score"),
        ({"band": "sure"}, "band"),
        ({"kind": "x"}, "kind"),
    ],
)
def test_a_wrong_filter_is_named(query: dict[str, str], field: str) -> None:
    """With what is known instead."""
    with pytest.raises(InvalidRequest) as caught:
        parse_wanted(query)
    assert caught.value.field == field


def test_what_a_caller_has_and_takes_is_understood() -> None:
    """ETags weak or strong, several, or any; gzip named, starred or refused."""
    assert is_known('W/"RUN.1"', "RUN") and is_known('"other", "RUN.1"', "RUN") and is_known("*", "RUN")
    assert not is_known('"RUN"', "RUN") and not is_known(None, "RUN")
    assert takes_gzip("br, gzip;q=0.5") and takes_gzip("*") and not takes_gzip("gzip;q=0, *")
    assert not takes_gzip(None) and not takes_gzip("br")
