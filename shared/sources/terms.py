"""What TMDB and Discogs ask of those who use them: one table, with where it is written and what keeps it here.

`spark_jobs/html/notices.py` has the same notices for what the jobs write; docs/terms.md is the page of this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.messages.base import Source

_TMDB = "https://www.themoviedb.org/api-terms-of-use"
_TMDB_FAQ = "https://developer.themoviedb.org/docs/faq"
_TMDB_RATE = "https://developer.themoviedb.org/docs/rate-limiting"
_DISCOGS = "https://support.discogs.com/hc/en-us/articles/360009334593-API-Terms-of-Use"
_DISCOGS_API = "https://www.discogs.com/developers"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a source asks for.

    Args:
        asks: what, in our words.
        written: where it is written.
        kept_by: what keeps it: a setting, a module, or who has to.
    """

    asks: str
    written: str
    kept_by: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a source asks for.

    Args:
        notice: the sentence that has to be shown, word for word.
        header: the header that answers over HTTP carry it in.
        most_days: how long its answers may be kept; None where nothing says so.
        terms: everything, the notice and the time among it.
    """

    notice: str
    header: str
    most_days: int | None
    terms: tuple[Term, ...]


TERMS: Mapping[Source, Terms] = {
    "tmdb": Terms(
        "This product uses the TMDB API but is not endorsed or certified by TMDB.",
        "X-TMDB-Notice",
        180,
        (
            Term(
                "its notice stands wherever its data is shown", _TMDB_FAQ, "shared/sources/terms.py, a test"
            ),
            Term("its data is kept for six months at most", _TMDB, "TMDB_RETENTION_DAYS"),
            Term("some 40 requests a second at most", _TMDB_RATE, "TMDB_REQUESTS_PER_S"),
            Term("who earns money with it asks for a licence first", _TMDB, "you"),
            Term("who stops using it deletes what it has of it", _TMDB, "local.purge --source tmdb"),
        ),
    ),
    "discogs": Terms(
        "This application uses Discogs' API but is not affiliated with, sponsored or endorsed by Discogs. "
        "'Discogs' is a trademark of Zink Media, LLC.",
        "X-Discogs-Notice",
        None,
        (
            Term("its notice stands wherever its data is shown", _DISCOGS, "shared/sources/terms.py, a test"),
            Term(
                "restricted data (pictures, market) is not shown when older than six hours",
                _DISCOGS,
                "no table, answer or file has any",
            ),
            Term("60 requests a minute at most", _DISCOGS_API, "DISCOGS_REQUESTS_PER_MIN"),
            Term("requests say who asks", _DISCOGS_API, "USER_AGENT"),
            Term("who stops using it deletes what it has of it", _DISCOGS, "local.purge --source discogs"),
        ),
    ),
}
NOTICES: Mapping[str, str] = {each.header: each.notice for each in TERMS.values()}
"""The notices by the header that carries them."""
