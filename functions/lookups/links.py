"""GET films/…, releases/…, masters/…, barcodes/…, links and views: what belongs to what, by id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import azure.functions as func

from functions.lookups.metered import metered
from shared.serving.lookup.answers import (
    BarcodeFilms,
    FilmPage,
    FilmSoundtracks,
    LinkPage,
    MasterFilms,
    RecordFilm,
    RecordPage,
    ViewPage,
)
from shared.serving.lookup.parameters import (
    DEFAULT_LINKS,
    DEFAULT_ROWS,
    MAX_LINKS,
    MAX_OFFSET,
    MAX_ROWS,
    parse_after,
    parse_barcode,
    parse_id,
    parse_imdb_id,
    parse_view,
    parse_wanted,
)
from shared.serving.parameters import MAX_FILM_ID, parse_number

if TYPE_CHECKING:
    from shared.services import Services

blueprint = func.Blueprint()


def _id(req: func.HttpRequest, name: str) -> int:
    return parse_id(name, req.route_params[name])


@metered(blueprint)
async def get_soundtracks(app: Services, req: func.HttpRequest) -> FilmSoundtracks:
    """The records of a film, by its TMDB id."""
    return await app.lookup.links.film(_id(req, "tmdb_id"), parse_wanted(req.params))


@metered(blueprint)
async def get_soundtracks_by_imdb(app: Services, req: func.HttpRequest) -> FilmSoundtracks:
    """The records of a film, by its IMDb id."""
    number = parse_imdb_id(req.route_params["imdb_id"])
    return await app.lookup.links.film_of_imdb(number, parse_wanted(req.params))


@metered(blueprint)
async def get_film_of_release(app: Services, req: func.HttpRequest) -> RecordFilm:
    """The film of a release."""
    return await app.lookup.links.record(_id(req, "discogs_id"), parse_wanted(req.params))


@metered(blueprint)
async def get_films_of_master(app: Services, req: func.HttpRequest) -> MasterFilms:
    """The films of a master's releases."""
    return await app.lookup.links.master(_id(req, "master_id"), parse_wanted(req.params))


@metered(blueprint)
async def get_films_of_barcode(app: Services, req: func.HttpRequest) -> BarcodeFilms:
    """The films of the releases with a barcode."""
    return await app.lookup.links.barcode(parse_barcode(req.route_params["code"]), parse_wanted(req.params))


@metered(blueprint)
async def list_links(app: Services, req: func.HttpRequest) -> LinkPage:
    """All links, page by page."""
    after = parse_number("after", req.params.get("after"), 0, 0, MAX_FILM_ID)
    limit = parse_number("limit", req.params.get("limit"), DEFAULT_LINKS, 1, MAX_LINKS)
    return await app.lookup.links.links(after, limit, parse_wanted(req.params))


@metered(blueprint)
async def get_view(app: Services, req: func.HttpRequest) -> ViewPage:
    """Rows of a view: filtered and sorted, or all of them page by page."""
    view, where, after = (
        parse_view(req.route_params["view"]),
        req.params.get("where", ""),
        parse_after(req.params),
    )
    limit = parse_number("limit", req.params.get("limit"), DEFAULT_ROWS, 1, MAX_ROWS)
    if after is not None:
        return await app.lookup.views.whole(view, where, after, limit)
    offset = parse_number("offset", req.params.get("offset"), 0, 0, MAX_OFFSET)
    sort = req.params.get("sort", "")
    return await app.lookup.views.page(view, where, sort, limit, offset)


@metered(blueprint)
async def get_film(app: Services, req: func.HttpRequest) -> FilmPage:
    """All there is on a film."""
    return await app.lookup.links.film_page(_id(req, "tmdb_id"))


@metered(blueprint)
async def get_release(app: Services, req: func.HttpRequest) -> RecordPage:
    """All there is on a release."""
    return await app.lookup.links.record_page(_id(req, "discogs_id"))
