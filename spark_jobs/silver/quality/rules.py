"""Every quality rule, in one table.

`is_ok` is SQL over the typed columns, over `said` (the scalars as the API sent them), and over fault, http_status,
age_days, is_duplicate. A rule of severity ERROR sends the row to the quarantine; a WARNING is counted and lowers
the score of its dimension; INFO is counted only.
"""

from __future__ import annotations

from dataclasses import dataclass

from spark_jobs.schemas.raw import DUMP_BLOBS
from spark_jobs.silver.reading.cleaning import PROSE_LIMIT_CHARS
from spark_jobs.silver.records.dates import FIRST_FILM_YEAR, LAST_YEAR
from spark_jobs.silver.records.films import MAX_RUNTIME_MIN, TITLE_LIMIT_CHARS
from spark_jobs.silver.records.genres import FILM_GENRES, RELEASE_GENRES
from spark_jobs.silver.records.releases import RELEASE_TITLE_LIMIT_CHARS, YEARS

COMPLETENESS, CONSISTENCY, ACCURACY = "completeness", "consistency", "accuracy"
TIMELINESS, UNIQUENESS = "timeliness", "uniqueness"
DIMENSIONS = (COMPLETENESS, CONSISTENCY, ACCURACY, TIMELINESS, UNIQUENESS)
ERROR, WARNING, INFO = "error", "warning", "info"
MAX_AGE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement on a table's rows: what it is about, the SQL that holds for good rows, the reason in words."""

    table: str
    name: str
    columns: str
    dimension: str
    severity: str
    is_ok: str
    reason: str


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join("'" + name.replace("'", "\\'") + "'" for name in names)


def _is_number(*names: str) -> str:
    checks = [f"(coalesce({n}, '') = '' OR try_cast({n} AS double) IS NOT NULL)" for n in names]
    return " AND ".join(checks)


def _is_between(name: str, low: float, high: float) -> str:
    return f"coalesce(try_cast({name} AS double), {low}) BETWEEN {low} AND {high}"


_FILM_STATUSES = ("Rumored", "Planned", "In Production", "Post Production", "Released", "Canceled")
_NUMBERS = [f"said.{n}" for n in ("vote_average", "vote_count", "popularity", "budget", "revenue", "runtime")]
# A dump is as old as its name says, and what it says is replaced by newer answers.
_IN_TIME = f"source_blob LIKE '{DUMP_BLOBS}%' OR age_days IS NULL OR age_days BETWEEN -1 AND {MAX_AGE_DAYS}"
_BIG = 1e18


def _common(table: str, key: str, what: str, limit_chars: int) -> tuple[Rule, ...]:
    """Rules both tables share."""
    has_title, size = (
        "http_status = 404 OR length(title) > 0",
        f"length(coalesce(title, '')) <= {limit_chars}",
    )
    plain = (
        ("readable", "line", CONSISTENCY, ERROR, "fault IS NULL", "cannot be read"),
        (
            "answered",
            "status",
            COMPLETENESS,
            ERROR,
            "http_status IN (200, 404)",
            "the API answered with an error",
        ),
        ("has_id", key, COMPLETENESS, ERROR, f"{key} > 0", f"no {what} id"),
        (
            "asked_for",
            key,
            ACCURACY,
            ERROR,
            f"coalesce(asked_id, {key}) = {key}",
            f"another {what} than the one asked for",
        ),
        ("has_title", "title", COMPLETENESS, ERROR, has_title, "no title"),
        ("title_size", "title", ACCURACY, ERROR, size, f"title over {limit_chars:,} characters"),
        (
            "in_time",
            "fetched_at",
            TIMELINESS,
            WARNING,
            _IN_TIME,
            f"fetched over {MAX_AGE_DAYS} days before the run",
        ),
        ("seen_once", key, UNIQUENESS, WARNING, "NOT is_duplicate", "answered more than once in the run"),
    )
    return tuple(Rule(table, *rule) for rule in plain)


_MOVIES = (
    ("has_date", "release_date", COMPLETENESS, INFO, "release_date IS NOT NULL", "no release date"),
    ("has_overview", "overview", COMPLETENESS, INFO, "overview IS NOT NULL", "no overview"),
    ("has_genre", "genres", COMPLETENESS, INFO, "size(genres) > 0", "no genre"),
    ("has_runtime", "runtime_min", COMPLETENESS, INFO, "runtime_min IS NOT NULL", "no runtime"),
    ("has_credits", "cast, crew", COMPLETENESS, INFO, "size(cast) + size(crew) > 0", "no credits"),
    ("has_money", "budget, revenue", COMPLETENESS, INFO, "budget > 0 AND revenue > 0", "no budget or revenue"),
    ("credits_named", "cast, crew", COMPLETENESS, WARNING,
     "coalesce(forall(cast, c -> c.name IS NOT NULL), true) AND coalesce(forall(crew, c -> c.name IS NOT NULL), true)",
     "a credit without name"),
    ("parts_answered", "missing_parts", TIMELINESS, WARNING, "size(missing_parts) = 0",
     "a part that was asked for was left out; what an earlier answer said stays"),
    ("date_is_date", "release_date", CONSISTENCY, WARNING,
     "coalesce(said.release_date, '') = '' OR said.release_year IS NOT NULL", "release date is no date; made null"),
    ("numbers_are_numbers", "rating … runtime_min", CONSISTENCY, WARNING, _is_number(*_NUMBERS),
     "text where a number belongs; made null"),
    ("status_known", "status", CONSISTENCY, WARNING,
     f"status IS NULL OR status IN ({_quoted(_FILM_STATUSES)})", "status TMDB does not list"),
    ("genres_known", "genres", CONSISTENCY, INFO, f"size(array_except(genres, array({_quoted(FILM_GENRES)}))) = 0",
     "genre outside of the vocabulary"),
    ("language_code", "language", CONSISTENCY, WARNING, "language IS NULL OR language RLIKE '^[a-z]{2}$'",
     "language is no code of two letters, as TMDB's are"),
    ("votes_behind_rating", "rating, vote_count", CONSISTENCY, INFO,
     "coalesce(rating, 0) = 0 OR vote_count > 0", "rating without votes"),
    ("year_possible", "release_date", ACCURACY, WARNING,
     f"coalesce(said.release_year, {LAST_YEAR}) BETWEEN {FIRST_FILM_YEAR} AND {LAST_YEAR}",
     "impossible release year; made null"),
    ("runtime_possible", "runtime_min", ACCURACY, WARNING, _is_between("said.runtime", 0, MAX_RUNTIME_MIN),
     f"negative runtime, or over {MAX_RUNTIME_MIN:,} minutes; made null"),
    ("rating_possible", "rating", ACCURACY, WARNING, _is_between("said.vote_average", 0, 10),
     "rating outside of 0 to 10; made null"),
    ("no_negatives", "budget, revenue, votes, popularity", ACCURACY, WARNING,
     " AND ".join(_is_between(f"said.{n}", 0, _BIG) for n in ("budget", "revenue", "vote_count", "popularity")),
     "negative amount; made null"),
    ("money_plausible", "budget, revenue", ACCURACY, INFO,
     "coalesce(budget, 1000) >= 1000 AND coalesce(revenue, 1000) >= 1000", "under 1,000 dollars: perhaps millions"),
    ("overview_size", "overview", ACCURACY, WARNING, f"coalesce(said.overview_chars, 0) <= {PROSE_LIMIT_CHARS}",
     f"overview over {PROSE_LIMIT_CHARS:,} characters; cut"),
)  # fmt: skip
_RELEASES = (
    ("has_artist", "artist", COMPLETENESS, INFO, "artist IS NOT NULL", "no artist in the title"),
    ("has_year", "year", COMPLETENESS, INFO, "year IS NOT NULL", "no year"),
    ("has_country", "country", COMPLETENESS, INFO, "country IS NOT NULL", "no country"),
    ("has_genre", "genres", COMPLETENESS, INFO, "size(genres) > 0", "no genre"),
    ("has_format", "formats", COMPLETENESS, INFO, "size(formats) > 0", "no format"),
    ("has_label", "labels", COMPLETENESS, INFO, "size(labels) > 0", "no label"),
    ("numbers_are_numbers", "year, have, want", CONSISTENCY, WARNING,
     _is_number("said.year", "said.have", "said.want"), "text where a number belongs; made null"),
    ("genres_known", "genres", CONSISTENCY, INFO,
     f"size(array_except(genres, array({_quoted(RELEASE_GENRES)}))) = 0", "genre outside of the vocabulary"),
    ("year_possible", "year", ACCURACY, WARNING,
     f"coalesce(try_cast(said.year AS double), 0) = 0 OR {_is_between('said.year', *YEARS)}",
     "impossible year; made null"),
    ("no_negatives", "have, want", ACCURACY, WARNING,
     f"{_is_between('said.have', 0, _BIG)} AND {_is_between('said.want', 0, _BIG)}", "negative count; made null"),
)  # fmt: skip
RULES = (
    *_common("movies", "film_id", "film", TITLE_LIMIT_CHARS),
    *(Rule("movies", *rule) for rule in _MOVIES),
    *_common("releases", "release_id", "release", RELEASE_TITLE_LIMIT_CHARS),
    *(Rule("releases", *rule) for rule in _RELEASES),
)


def rules_of(table: str, *severities: str) -> list[Rule]:
    """Rules of one table, in the order they are tried; of the given severities only, if any is given."""
    return [rule for rule in RULES if rule.table == table and (not severities or rule.severity in severities)]
