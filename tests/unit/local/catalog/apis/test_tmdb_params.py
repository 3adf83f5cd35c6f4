"""TMDB's parameters."""

from __future__ import annotations

from datetime import date

import pytest

from local.catalog.apis.tmdb_params import BadParameterError, changes_window, page_of, selection_of
from local.catalog.stores.films import Selection

TODAY = date(2026, 11, 20).toordinal()


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_all_date_filters_narrow_one_window() -> None:
    """Year and both kinds of date filters hold together."""
    params = {
        "primary_release_year": "2020",
        "release_date.gte": "2020-03-01",
        "primary_release_date.lte": "2021-01-01",
    }
    selection = selection_of(params | {"with_original_language": "fr|de", "vote_count.gte": "3.0"})
    assert (selection.first_day, selection.last_day) == (_day("2020-03-01"), _day("2020-12-31"))
    assert (selection.languages, selection.min_votes) == ({"fr", "de"}, 3)


def test_no_parameters_select_the_popular() -> None:
    """Without parameters discover sorts everything by popularity, most popular first."""
    assert selection_of({}) == Selection(sort="popularity", is_descending=True)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"sort_by": "title"}, 5),
        ({"sort_by": "title.up"}, 5),
        ({"vote_count.gte": "many"}, 5),
        ({"vote_count.gte": "inf"}, 5),
        ({"primary_release_year": "0"}, 5),
        ({"include_adult": "perhaps"}, 5),
        ({"release_date.lte": "20200101"}, 23),
    ],
)
def test_bad_parameters_have_tmdbs_code(params: dict[str, str], code: int) -> None:
    """Each bad parameter is refused with TMDB's status_code."""
    with pytest.raises(BadParameterError) as refused:
        selection_of(params)
    assert refused.value.code == code


@pytest.mark.parametrize("page", ["0", "501", "-1", "1.5", "²", "9" * 5000])
def test_pages_are_1_to_500(page: str) -> None:
    """Any other page is refused."""
    with pytest.raises(BadParameterError):
        page_of({"page": page})


def test_changes_windows_have_defaults() -> None:
    """No dates mean yesterday and today; one date means 14 days after or before it, not beyond today."""
    assert changes_window({}, TODAY) == (TODAY - 1, TODAY)
    assert changes_window({"start_date": "2026-11-15"}, TODAY) == (_day("2026-11-15"), TODAY)
    assert changes_window({"start_date": "2026-01-01"}, TODAY) == (_day("2026-01-01"), _day("2026-01-15"))
    assert changes_window({"end_date": "2026-01-15"}, TODAY) == (_day("2026-01-01"), _day("2026-01-15"))


@pytest.mark.parametrize("end", ["2026-01-17", "2026-01-01"])
def test_changes_windows_are_at_most_14_days(end: str) -> None:
    """A longer window, and one that ends before it begins, are refused."""
    with pytest.raises(BadParameterError):
        changes_window({"start_date": "2026-01-02", "end_date": end}, TODAY)
