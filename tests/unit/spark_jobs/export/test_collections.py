"""The declared collections, their keys and indexes."""

from __future__ import annotations

import pytest

from spark_jobs.export.collections import (
    BOOK,
    CHECKSUM,
    DIGEST,
    NUMBER,
    RUN,
    TOO_LARGE,
    Collection,
    index_fields,
    index_name,
)
from spark_jobs.export.declared import COLLECTIONS
from spark_jobs.export.rows import BASE, NEW
from spark_jobs.views.catalogue import VIEWS


def test_every_view_films_releases_and_links_are_exported() -> None:
    """One collection each, and none with the name of the book."""
    names = [each.name for each in COLLECTIONS]
    assert names == ["films", "releases", "links", *[view.name for view in VIEWS]]
    assert len(set(names)) == len(names)
    assert BOOK not in names


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda each: each.name)
def test_keys_and_indexes_name_columns(collection: Collection) -> None:
    """What is declared is there, and what changed is kept; fields of our own collide with no column."""
    columns = set(collection.columns.fieldNames())
    assert collection.key
    assert set(collection.key) <= columns
    assert {name for index in collection.indexes for name, _ in index_fields(index)} <= columns
    assert len(set(collection.indexes)) == len(collection.indexes)
    assert not columns & {"_id", RUN, NUMBER, CHECKSUM, TOO_LARGE, DIGEST, NEW, BASE}
    assert collection.table.has_change_feed
    assert not any(name.startswith(("_", "$")) or "." in name for name in columns)


def test_an_index_is_named_as_mongodb_would() -> None:
    """A minus sorts downwards."""
    index = ("release_year", "-revenue")
    assert index_fields(index) == [("release_year", 1), ("revenue", -1)]
    assert index_name(index) == "release_year_1_revenue_-1"


def test_the_shape_changes_with_what_becomes_of_a_row() -> None:
    """Another column or key makes another shape, another index does not."""
    films = COLLECTIONS[0]
    fewer = Collection(films.name, films.table, films.key, (), films.left_out)
    assert fewer.shape == films.shape
    assert Collection(films.name, films.table, films.key, films.indexes).shape != films.shape
    assert Collection(films.name, films.table, ("title",), films.indexes, films.left_out).shape != films.shape
