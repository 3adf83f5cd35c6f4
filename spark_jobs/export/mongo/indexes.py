"""Indexes as they are declared, made where they are missing; what nobody declares is named and stays."""

from __future__ import annotations

from collections.abc import Iterable

from pymongo import IndexModel

from spark_jobs.export.collections import Collection, index_fields, index_name
from spark_jobs.export.mongo.server import Documents, Patience


def make_indexes(documents: Documents, collections: Iterable[Collection], patience: Patience) -> list[str]:
    """Make what is declared; returns those that are there and not declared, as collection.index.

    An index with a declared name and other fields is among them: it has to be dropped by hand before.
    """
    return [name for each in collections for name in _of(documents, each, patience)]


def _of(documents: Documents, collection: Collection, patience: Patience) -> list[str]:
    there = patience.call(lambda: documents[collection.name].index_information())
    found = {name: [(field, int(way)) for field, way in each["key"]] for name, each in there.items()}
    wanted = {index_name(index): index_fields(index) for index in collection.indexes}
    missing = [IndexModel(fields, name=name) for name, fields in wanted.items() if name not in found]
    if missing:
        patience.call(lambda: documents[collection.name].create_indexes(missing))
    odd = [name for name, fields in found.items() if name != "_id_" and wanted.get(name) != fields]
    return [f"{collection.name}.{name}" for name in sorted(odd)]
