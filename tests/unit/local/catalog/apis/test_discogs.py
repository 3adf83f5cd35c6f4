"""Discogs searches sorted by year, and a catalog that does not sort."""

from __future__ import annotations

import json

import pytest

from local.catalog.apis.answers import Asked
from local.catalog.apis.discogs import DiscogsApi
from local.catalog.cli import _settings, parser
from local.catalog.invented.films import InventedFilms
from local.catalog.invented.releases import InventedReleases
from local.catalog.stores.releases import ReleaseStore

TOKENS = {"TMDB_TOKEN": "a", "DISCOGS_TOKEN": "b"}


@pytest.fixture(scope="module")
def store() -> ReleaseStore:
    """300 releases, some of them without a year, some with a master."""
    return ReleaseStore(InventedReleases(300, InventedFilms(50, seed=2)))


def years(api: DiscogsApi, **params: str) -> list[int]:
    """The years that a search lists, 0 for none, page by page."""
    found: list[int] = []
    for page in ("1", "2", "3"):
        query = {"per_page": "100", "type": "release", "page": page, **params}
        answer = api.answer(Asked("database/search", query, {}, ""))
        found += [int(row.get("year") or 0) for row in json.loads(answer.body)["results"]]
    return found


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_search_is_sorted_by_year(store: ReleaseStore, order: str) -> None:
    """Oldest or newest first, whole list over; undated releases stand before the dated ones, or behind them."""
    found = years(DiscogsApi(store), sort="year", sort_order=order)
    assert found == sorted(found, reverse=order == "desc")
    assert found.count(0) > 0
    assert sorted(found) == sorted(years(DiscogsApi(store)))


def test_releases_of_one_year_keep_their_order(store: ReleaseStore) -> None:
    """Whichever way the years go, the same releases of a year come first."""
    api = DiscogsApi(store)
    ids = [
        [
            row["id"]
            for row in json.loads(
                api.answer(
                    Asked("database/search", {"sort": "year", "sort_order": order, "per_page": "100"}, {}, "")
                ).body
            )["results"]
            if row.get("year") == "2026" and row["type"] == "release"
        ]
        for order in ("asc", "desc")
    ]
    assert all(found == sorted(found) for found in ids)


def test_masters_are_sorted_too(store: ReleaseStore) -> None:
    """A master has the year of its main release."""
    answer = DiscogsApi(store).answer(
        Asked("database/search", {"type": "master", "sort": "year", "per_page": "100"}, {}, "")
    )
    found = [int(row.get("year") or 0) for row in json.loads(answer.body)["results"]]
    assert found == sorted(found) and found


def test_a_catalog_may_be_told_to_ignore_the_sort(store: ReleaseStore) -> None:
    """Asked to sort, it answers as if it had not been."""
    plain = years(DiscogsApi(store))
    assert years(DiscogsApi(store, ignores_sort=True), sort="year", sort_order="asc") == plain
    told = parser().parse_args(["--discogs-ignores-sort"])
    assert _settings(told, TOKENS).discogs_ignores_sort
    assert not _settings(parser().parse_args([]), TOKENS).discogs_ignores_sort
