"""What is exported: one collection a view, and films, releases and links; what each is looked up by."""

from __future__ import annotations

from spark_jobs.export.collections import Collection
from spark_jobs.schemas.relations import KEYS
from spark_jobs.schemas.tables import MATCHES, MOVIES, RELEASES
from spark_jobs.views.catalogue import VIEWS
from spark_jobs.views.view import View


def _of_view(view: View) -> Collection:
    return Collection(view.name, view.table, view.key, view.indexes)


FILMS = Collection(
    "films",
    MOVIES,
    KEYS[MOVIES.full_name],
    (
        ("release_year", "-revenue"),
        ("genres", "-popularity"),
        ("collection", "release_date"),
        ("directors", "release_year"),
        ("-popularity",),
        ("clean_title",),
    ),
    ("removed_at", "source_blob", "missing_parts"),
)
RECORDS = Collection(
    "releases",
    RELEASES,
    KEYS[RELEASES.full_name],
    (("labels", "year"), ("artists", "year"), ("barcodes",), ("clean_title",)),
    ("removed_at", "source_blob"),
)
LINKS = Collection(
    "links",
    MATCHES,
    KEYS[MATCHES.full_name],
    (("film_id", "-probability"), ("band", "-probability")),
    ("movies_version", "releases_version", "matcher"),
)
COLLECTIONS: tuple[Collection, ...] = (FILMS, RECORDS, LINKS, *map(_of_view, VIEWS))
