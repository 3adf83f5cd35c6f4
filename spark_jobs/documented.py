"""Every table an analyst reads, for the written docs."""

from __future__ import annotations

from typing import NamedTuple

from pyspark.sql.types import StructType

from spark_jobs.schemas.gold import CANDIDATES, FILM_SOUNDTRACKS, MATCHES, UNMATCHED_FILMS, UNMATCHED_RELEASES
from spark_jobs.schemas.silver import MOVIES, QUARANTINE, RELEASES
from spark_jobs.schemas.tables import CAST_CREDITS, CREW_CREDITS, GENRE_MAP, REVIEWS
from spark_jobs.views.catalogue import VIEWS
from spark_jobs.views.films.history import FILM_HISTORY, ROW


class Documented(NamedTuple):
    """A table in the written docs: where it lies, its name, what a row is, its schema."""

    container: str
    name: str
    row: str
    schema: StructType


DOCUMENTED = (
    Documented("intermediate", "movies", "a film of TMDB, as it was answered last", MOVIES),
    Documented("intermediate", "cast_credits", "a role in a film", CAST_CREDITS),
    Documented("intermediate", "crew_credits", "a job in a film", CREW_CREDITS),
    Documented("intermediate", "reviews", "a review of a film", REVIEWS),
    Documented("intermediate", "releases", "a release of Discogs, as it was answered last", RELEASES),
    Documented("intermediate", "genre_map", "a film genre and a release genre that go together", GENRE_MAP),
    Documented("intermediate", "quarantine", "a record of the run that was refused", QUARANTINE),
    Documented("gold", "match_candidates", "a film and a release that could belong together", CANDIDATES),
    Documented("gold", "matches", "a film and the release that is its soundtrack", MATCHES),
    Documented(
        "gold", "unmatched_releases", "a release of no film, with its nearest miss", UNMATCHED_RELEASES
    ),
    Documented("gold", "unmatched_films", "a film without a release, with its nearest miss", UNMATCHED_FILMS),
    Documented("gold", "film_soundtracks", "a film with all its releases", FILM_SOUNDTRACKS),
    Documented("gold", "film_history", ROW, FILM_HISTORY),
    *(Documented("gold", view.name, view.row, view.schema) for view in VIEWS),
)
