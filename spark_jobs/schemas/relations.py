"""What tells the rows of a table apart, and which rows of other tables they belong to. Delta holds neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.schemas.tables import (
    CANDIDATES,
    CAST_CREDITS,
    CREW_CREDITS,
    FILM_SOUNDTRACKS,
    GENRE_MAP,
    MATCH_REVIEWS,
    MATCHES,
    MOVIES,
    RELEASE_CREDITS,
    RELEASES,
    REVIEWS,
    TRACKS,
    UNMATCHED_FILMS,
    UNMATCHED_RELEASES,
)

_OF_FILM = ("film_id", "position")
_OF_RELEASE = ("release_id", "position")
KEYS: Mapping[str, tuple[str, ...]] = {
    MOVIES.full_name: ("film_id",),
    CAST_CREDITS.full_name: _OF_FILM,
    CREW_CREDITS.full_name: _OF_FILM,
    REVIEWS.full_name: _OF_FILM,
    RELEASES.full_name: ("release_id",),
    TRACKS.full_name: _OF_RELEASE,
    RELEASE_CREDITS.full_name: _OF_RELEASE,
    GENRE_MAP.full_name: ("film_genre", "release_genre", "release_style"),
    CANDIDATES.full_name: ("film_id", "release_id"),
    MATCHES.full_name: ("release_id",),
    UNMATCHED_RELEASES.full_name: ("release_id",),
    UNMATCHED_FILMS.full_name: ("film_id",),
    FILM_SOUNDTRACKS.full_name: ("film_id",),
    MATCH_REVIEWS.full_name: ("review_id",),
}
"""Columns whose values together occur once, by the table's name. Of other tables none are promised."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A value of `column` in `table`, where there is one, is the key of a row of `parent`."""

    table: TableDefinition
    column: str
    parent: TableDefinition

    @property
    def parent_column(self) -> str:
        """The key of the parent."""
        (key,) = KEYS[self.parent.full_name]
        return key

    @property
    def is_optional(self) -> bool:
        """Whether a row may have no parent."""
        return self.column not in self.table.required

    @property
    def is_one_to_one(self) -> bool:
        """Whether a parent has one such row at most."""
        return KEYS[self.table.full_name] == (self.column,)


RELATIONS = (
    *(Relation(table, "film_id", MOVIES) for table in (CAST_CREDITS, CREW_CREDITS, REVIEWS)),
    *(
        Relation(table, "film_id", MOVIES)
        for table in (CANDIDATES, MATCHES, UNMATCHED_FILMS, FILM_SOUNDTRACKS)
    ),
    *(Relation(table, "release_id", RELEASES) for table in (TRACKS, RELEASE_CREDITS)),
    *(Relation(table, "release_id", RELEASES) for table in (CANDIDATES, MATCHES, UNMATCHED_RELEASES)),
    Relation(MATCHES, "rival_film_id", MOVIES),
    Relation(UNMATCHED_RELEASES, "nearest_film_id", MOVIES),
    Relation(UNMATCHED_FILMS, "nearest_release_id", RELEASES),
    Relation(UNMATCHED_FILMS, "went_to_film_id", MOVIES),
    Relation(FILM_SOUNDTRACKS, "first_release_id", RELEASES),
)
"""They hold within one set of silver, and from gold to the versions of silver that gold was made from."""


def relation_of(table: TableDefinition, column: str) -> Relation | None:
    """The relation a column stands for; None when it stands for none."""
    return next((each for each in RELATIONS if (each.table, each.column) == (table, column)), None)
