"""The HTTP functions of lookups: each counts against its key's quota, and is answered 304 where nothing has changed."""

from __future__ import annotations

from typing import Any

from shared.serving.answers import Answer, BadRequest, Unavailable
from shared.serving.endpoint import NO_BODY, Endpoint, Parameter
from shared.serving.lookup import answers
from shared.serving.lookup.parameters import (
    BANDS,
    BARCODE,
    DEFAULT_LINKS,
    DEFAULT_ROWS,
    IMDB_ID,
    KINDS,
    MAX_AFTER,
    MAX_LINKS,
    MAX_OFFSET,
    MAX_ROWS,
)
from shared.serving.lookup.views import MAX_WHERE_CHARS
from shared.serving.parameters import MAX_FILM_ID

_ID: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": MAX_FILM_ID}
_TMDB_ID = Parameter("tmdb_id", "path", _ID, "TMDB id of a film", True)
_IMDB_ID = Parameter("imdb_id", "path", {"type": "string", "pattern": IMDB_ID}, "IMDb id of a film", True)
_DISCOGS_ID = Parameter("discogs_id", "path", _ID, "Discogs id of a release", True)
_MASTER_ID = Parameter("master_id", "path", _ID, "Discogs id of a master", True)
_CODE = Parameter(
    "code", "path", {"type": "string", "pattern": BARCODE}, "Barcode; spaces and dashes do not count", True
)
_FILTERS = (
    Parameter("min_score", "query", {"type": "number", "minimum": 0, "maximum": 1}, "Least probability"),
    Parameter("band", "query", {"type": "string", "enum": list(BANDS)}, "Band of the probability"),
    Parameter("kind", "query", {"type": "string", "enum": list(KINDS)}, "What the record is to the film"),
)
_KNOWN = Parameter("If-None-Match", "header", {"type": "string"}, "The `ETag` of the answer the caller has")
_PAGE = (
    Parameter(
        "after",
        "query",
        {"type": "integer", "minimum": 0, "maximum": MAX_FILM_ID, "default": 0},
        "The `next` of the page before",
    ),
    Parameter(
        "limit",
        "query",
        {"type": "integer", "minimum": 1, "maximum": MAX_LINKS, "default": DEFAULT_LINKS},
        "Links at most",
    ),
)
_ROWS = (
    Parameter("view", "path", {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}, "Name of a view", True),
    Parameter(
        "where",
        "query",
        {"type": "string", "maxLength": MAX_WHERE_CHARS},
        "Conditions on its columns: `genre=Drama;release_year>=1990`, with = != < <= > >=",
    ),
    Parameter(
        "sort",
        "query",
        {"type": "string", "maxLength": MAX_WHERE_CHARS},
        "Columns to sort by, `-` before one that is sorted downwards: `-revenue,title`",
    ),
    Parameter(
        "limit",
        "query",
        {"type": "integer", "minimum": 1, "maximum": MAX_ROWS, "default": DEFAULT_ROWS},
        "Rows at most",
    ),
    Parameter(
        "offset",
        "query",
        {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0},
        "The `next` of the page before",
    ),
    Parameter(
        "after",
        "query",
        {"type": "integer", "minimum": 0, "maximum": MAX_AFTER},
        "All rows, in no order: 0, then the `next` of the page before; without `sort` and `offset`",
    ),
)


def _lookup(function: str, route: str, summary: str, model: type[Answer], *parameters: Parameter) -> Endpoint:
    return Endpoint(
        function,
        "get",
        route,
        summary,
        {
            200: model,
            304: NO_BODY,
            400: BadRequest,
            404: answers.Missing,
            429: answers.TooMany,
            503: Unavailable,
        },
        (*parameters, _KNOWN),
        is_metered=True,
    )


LOOKUPS: tuple[Endpoint, ...] = (
    _lookup(
        "get_soundtracks",
        "films/{tmdb_id}/soundtracks",
        "The records of a film, the likeliest first",
        answers.FilmSoundtracks,
        _TMDB_ID,
        *_FILTERS,
    ),
    _lookup(
        "get_soundtracks_by_imdb",
        "films/imdb/{imdb_id}/soundtracks",
        "The records of a film by its IMDb id",
        answers.FilmSoundtracks,
        _IMDB_ID,
        *_FILTERS,
    ),
    _lookup(
        "get_film_of_release",
        "releases/{discogs_id}/film",
        "The film a release is of",
        answers.RecordFilm,
        _DISCOGS_ID,
        *_FILTERS,
    ),
    _lookup(
        "get_films_of_master",
        "masters/{master_id}/film",
        "The films of a master's releases",
        answers.MasterFilms,
        _MASTER_ID,
        *_FILTERS,
    ),
    _lookup(
        "get_films_of_barcode",
        "barcodes/{code}/film",
        "The films of the releases with a barcode",
        answers.BarcodeFilms,
        _CODE,
        *_FILTERS,
    ),
    _lookup(
        "list_links",
        "links",
        "All links, page by page, in the order of their release ids",
        answers.LinkPage,
        *_PAGE,
        *_FILTERS,
    ),
    _lookup("get_view", "views/{view}", "Rows of a view of gold", answers.ViewPage, *_ROWS),
    _lookup(
        "get_film",
        "films/{tmdb_id}",
        "All there is on a film: its records, those that were considered, its figures over time",
        answers.FilmPage,
        _TMDB_ID,
    ),
    _lookup(
        "get_release",
        "releases/{discogs_id}",
        "All there is on a release: its film, and every film that was considered",
        answers.RecordPage,
        _DISCOGS_ID,
    ),
)
