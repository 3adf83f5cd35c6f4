"""TMDB v3: discover, details with appended answers, changes, collections, genres.

Answers have the shapes that TMDB documents. Bad pages and dates are answered with 422, as the live API does for
pages past the cap; its error table lists 400 for some of them. Sub-requests that TMDB knows and this catalog has
nothing about (videos, images, …) are left out of `append_to_response` in silence.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from typing import Any

from local.catalog.apis.answers import Answer, Asked, moved, retry_header, to_answer
from local.catalog.apis.tmdb_params import BadParameterError, changes_window, page_of, selection_of
from local.catalog.invented.words.film_words import GENRES
from local.catalog.stores.films import APPENDABLE, FilmStore

PAGE_ROWS, CHANGES_ROWS, MAX_APPENDED = 20, 100, 20
INVALID_KEY, OFFLINE, INTERNAL, TOO_MANY, TOO_MANY_APPENDED, NOT_FOUND, INVALID_ID = 7, 9, 11, 25, 27, 34, 6
MESSAGES = {
    5: (422, "Invalid parameters: Your request parameters are incorrect."),
    INVALID_ID: (404, "Invalid id: The pre-requisite id is invalid or not found."),
    INVALID_KEY: (401, "Invalid API key: You must be granted a valid key."),
    OFFLINE: (503, "Service offline: This service is temporarily offline, try again later."),
    INTERNAL: (500, "Internal error: Something went wrong, contact TMDB."),
    20: (422, "Invalid date range: Should be a range no longer than 14 days."),
    22: (422, "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer."),
    23: (422, "Invalid date: Format needs to be YYYY-MM-DD."),
    TOO_MANY: (429, "Your request count (#) is over the allowed limit of (40)."),
    TOO_MANY_APPENDED: (
        400,
        "Too many append to response objects: The maximum number of remote calls is 20.",
    ),
    NOT_FOUND: (404, "The resource you requested could not be found."),
}
_CODE_OF_STATUS = {429: TOO_MANY, 500: INTERNAL, 503: OFFLINE}


class TmdbApi:
    """Answers TMDB requests out of a film store; `today` returns an ordinal day."""

    def __init__(self, films: FilmStore, today: Callable[[], int]) -> None:
        self._films = films
        self._today = today

    def kind(self, path: str) -> str:
        """Return discover, details, changes, collection, genres, reviews or other."""
        fixed = {"discover/movie": "discover", "movie/changes": "changes", "genre/movie/list": "genres"}
        parts = path.split("/")
        if path in fixed:
            return fixed[path]
        if parts[0] == "movie" and len(parts) > 1:
            return "details" if len(parts) == 2 else parts[2] if parts[2] in APPENDABLE else "other"
        return "collection" if parts[0] == "collection" else "other"

    def refusal(self, asked: Asked, token: str | None) -> Answer | None:
        """Return 401 unless the bearer token is the right one."""
        given = asked.headers.get("authorization", "")
        if token is not None and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return None
        return _error(INVALID_KEY)

    def answer(self, asked: Asked, shift: int = 0) -> Answer:
        """Return the answer to a request with good credentials."""
        try:
            return self._route(asked, shift)
        except BadParameterError as error:
            return _error(error.code)

    def error(self, status: int, retry_after_s: int | None = None) -> Answer:
        """Return TMDB's answer for 429, 500 or 503."""
        return _error(_CODE_OF_STATUS[status])._replace(headers=retry_header(retry_after_s))

    def error_in_200(self) -> Answer:
        """Return an error body with status 200."""
        return _error(INTERNAL)._replace(status=200)

    def _route(self, asked: Asked, shift: int) -> Answer:
        if asked.path == "discover/movie":
            return self._discover(asked, shift)
        if asked.path == "movie/changes":
            return self._changes(asked)
        if asked.path == "genre/movie/list":
            return to_answer({"genres": [{"id": number, "name": name} for number, name in GENRES]})
        parts = asked.path.split("/")
        if len(parts) in (2, 3) and parts[0] in ("movie", "collection"):
            return self._one(asked, parts)
        return _error(NOT_FOUND)

    def _discover(self, asked: Asked, shift: int) -> Answer:
        page = page_of(asked.params)
        places = self._films.select(selection_of(asked.params))
        total = len(places)
        shown = moved((page - 1) * PAGE_ROWS, PAGE_ROWS, shift, total)
        rows = (self._films.row(place) for place in places[shown.start : shown.stop].tolist())
        return _page(page, rows, total, PAGE_ROWS)

    def _changes(self, asked: Asked) -> Answer:
        page = page_of(asked.params)
        places = self._films.changed(*changes_window(asked.params, self._today()))
        start = (page - 1) * CHANGES_ROWS
        rows = (self._changed_row(place) for place in places[start : start + CHANGES_ROWS])
        return _page(page, rows, len(places), CHANGES_ROWS)

    def _changed_row(self, place: int) -> bytes:
        adult = "true" if self._films.is_adult(place) else "false"
        return f'{{"id":{self._films.film_id(place)},"adult":{adult}}}'.encode()

    def _one(self, asked: Asked, parts: list[str]) -> Answer:
        if not parts[1].isascii() or not parts[1].isdigit():
            return _error(INVALID_ID)
        if parts[0] == "collection":
            return self._collection(int(parts[1])) if len(parts) == 2 else _error(NOT_FOUND)
        place = self._films.index(int(parts[1])) if len(parts[1]) < 19 else None
        if place is None:
            return _error(NOT_FOUND)
        return self._details(asked, place) if len(parts) == 2 else self._part(place, parts[2])

    def _details(self, asked: Asked, place: int) -> Answer:
        appended = frozenset(filter(None, asked.params.get("append_to_response", "").split(",")))
        if len(appended) > MAX_APPENDED:
            return _error(TOO_MANY_APPENDED)
        return Answer(200, self._films.details(place, appended))

    def _part(self, place: int, name: str) -> Answer:
        if name not in APPENDABLE:
            return _error(NOT_FOUND)
        return to_answer({"id": self._films.film_id(place)} | self._films.part(place, name))

    def _collection(self, collection_id: int) -> Answer:
        found = self._films.collection(collection_id)
        if found is None:
            return _error(NOT_FOUND)
        own, places = found
        head = to_answer(own | {"overview": own.get("overview", "")}).body
        parts = b",".join(self._films.row(place) for place in places)
        return Answer(200, head[:-1] + b',"parts":[' + parts + b"]}")


def _page(page: int, rows: Iterable[bytes], total: int, size: int) -> Answer:
    counts = f'],"total_pages":{-(-total // size)},"total_results":{total}}}'
    return Answer(200, f'{{"page":{page},"results":['.encode() + b",".join(rows) + counts.encode())


def _error(code: int) -> Answer:
    status, message = MESSAGES[code]
    body: dict[str, Any] = {"success": False, "status_code": code, "status_message": message}
    return to_answer(body, status)
