"""Every table of silver, and those of gold that are no views, by name: columns, key, and what holds for each row.

The views' tables are defined with the views (`spark_jobs.views.view.View.table`).
"""

from __future__ import annotations

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.schemas import gold, silver


def _between(name: str, low: float, high: float) -> str:
    return f"{name} IS NULL OR {name} BETWEEN {low} AND {high}"


def _not_negative(name: str) -> str:
    return f"{name} IS NULL OR {name} >= 0"


MOVIES = TableDefinition(
    "silver",
    "movies",
    "a film of TMDB, as it was answered last",
    silver.MOVIES,
    key="film_id",
    required=("film_id", "title", "fetched_at", "source_blob"),
    checks={
        "rating_of_ten": _between("rating", 0, 10),
        "month_of_year": _between("release_month", 1, 12),
        "sentiment_in_range": _between("overview_sentiment", -1, 1),
        **{f"{name}_not_negative": _not_negative(name) for name in ("vote_count", "budget", "revenue")},
    },
    has_change_feed=True,
)
CAST_CREDITS = TableDefinition(
    "silver",
    "cast_credits",
    "a role in a film",
    silver.CAST_CREDITS,
    key="film_id",
    required=("film_id", "position"),
)
CREW_CREDITS = TableDefinition(
    "silver",
    "crew_credits",
    "a job in a film",
    silver.CREW_CREDITS,
    key="film_id",
    required=("film_id", "position"),
)
REVIEWS = TableDefinition(
    "silver",
    "reviews",
    "a review of a film",
    silver.REVIEWS,
    key="film_id",
    required=("film_id", "position"),
    checks={
        "rating_of_ten": _between("rating", 0, 10),
        "sentiment_in_range": _between("sentiment", -1, 1),
    },
)
RELEASES = TableDefinition(
    "silver",
    "releases",
    "a release of Discogs, as it was answered last. A master is none, and its number may be that of another\n"
    "release: what lists say of masters is left out, and a master's own answer is the row of the release it names\n"
    "as its main one, with the master's id in `master_id`, until that release was listed or answered itself",
    silver.RELEASES,
    key="release_id",
    required=("release_id", "title", "fetched_at", "source_blob"),
    checks={f"{name}_not_negative": _not_negative(name) for name in ("have", "want")},
    has_change_feed=True,
)
TRACKS = TableDefinition(
    "silver",
    "tracks",
    "a track of a release, where its own answer or a dump has been read",
    silver.TRACKS,
    key="release_id",
    required=("release_id", "position"),
    checks={"duration_not_negative": _not_negative("duration_s")},
)
RELEASE_CREDITS = TableDefinition(
    "silver",
    "release_credits",
    "a role of somebody on a release or a track of it, where its own answer or a dump has been read",
    silver.RELEASE_CREDITS,
    key="release_id",
    required=("release_id", "position"),
)
GENRE_MAP = TableDefinition(
    "silver",
    "genre_map",
    "a film genre and a release genre that go together",
    silver.GENRE_MAP,
    required=("film_genre", "release_genre"),
)
QUARANTINE = TableDefinition(
    "silver",
    "quarantine",
    "a record that was refused, and by which run",
    silver.QUARANTINE,
    required=("run_id", "table", "rule"),
)
CREDITS = (CAST_CREDITS, CREW_CREDITS, REVIEWS)
"""Tables with the films' lists, one row an item."""
LISTS = (TRACKS, RELEASE_CREDITS)
"""Tables with the releases' lists, one row an item."""
SILVER = (MOVIES, *CREDITS, RELEASES, *LISTS, GENRE_MAP, QUARANTINE)

_PAIR = ("film_id", "release_id")
_PROBABILITY = {"score_in_range": "score BETWEEN 0 AND 1"}
CANDIDATES = TableDefinition(
    "gold",
    "match_candidates",
    "a film and a release that could belong together",
    gold.CANDIDATES,
    key="release_id",
    required=(*_PAIR, "score", "rank"),
    checks=_PROBABILITY,
)
MATCHES = TableDefinition(
    "gold",
    "matches",
    "a film and the release that is its soundtrack",
    gold.MATCHES,
    key="release_id",
    required=(*_PAIR, "score", "band"),
    checks=_PROBABILITY,
    has_change_feed=True,
)
UNMATCHED_RELEASES = TableDefinition(
    "gold",
    "unmatched_releases",
    "a release of no film, with its nearest miss",
    gold.UNMATCHED_RELEASES,
    key="release_id",
    required=("release_id", "why"),
)
UNMATCHED_FILMS = TableDefinition(
    "gold",
    "unmatched_films",
    "a film without a release, with its nearest miss",
    gold.UNMATCHED_FILMS,
    key="film_id",
    required=("film_id", "why"),
)
FILM_SOUNDTRACKS = TableDefinition(
    "gold",
    "film_soundtracks",
    "a film with all its releases",
    gold.FILM_SOUNDTRACKS,
    key="film_id",
    required=("film_id", "release_count"),
)
MATCH_REVIEWS = TableDefinition(
    "gold",
    "match_reviews",
    "what a person said of a film and a release; the log of reviews, each once",
    gold.MATCH_REVIEWS,
    key="film_id",
    required=("review_id", *_PAIR, "verdict", "reviewer", "reviewed_at"),
    checks={"known_verdict": "verdict IN ('yes', 'no', 'skip', 'undo')"},
)
MATCHING = (CANDIDATES, MATCHES, UNMATCHED_RELEASES, UNMATCHED_FILMS, FILM_SOUNDTRACKS, MATCH_REVIEWS)
"""What the matcher publishes."""
