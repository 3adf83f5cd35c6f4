"""The whole server as one ASGI application: both sources, the files they publish, and the control paths."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.routing import Mount

from local.catalog.apis.discogs import DiscogsApi
from local.catalog.apis.tmdb import TmdbApi
from local.catalog.apis.tmdb_params import utc_day
from local.catalog.columns import FilmSource, ReleaseSource
from local.catalog.files.shelf import Shelf
from local.catalog.server.control import Control
from local.catalog.server.faults import SourceFaults
from local.catalog.server.gateway import Gateway, discogs_headers
from local.catalog.server.limits import WINDOW_S, Clock, MovingWindow
from local.catalog.stores.films import FilmStore
from local.catalog.stores.releases import ReleaseStore


@dataclass(frozen=True)
class Catalog:
    """Films, releases and the true (film id, release id) pairs."""

    films: FilmSource
    releases: ReleaseSource
    links: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Settings:
    """Tokens, limits (0: none), the latency of every answer, and whether Discogs ignores how a search is sorted."""

    tmdb_token: str
    discogs_token: str
    tmdb_per_second: float = 40
    discogs_per_minute: float = 60
    latency_s: float = 0.0
    discogs_ignores_sort: bool = False


def build(catalog: Catalog, settings: Settings, clock: Clock = time.monotonic) -> Starlette:
    """Return the application; `clock` returns seconds and drives limits, outages and counts."""
    films, releases = FilmStore(catalog.films), ReleaseStore(catalog.releases)
    tmdb = Gateway(
        api=TmdbApi(films, today=utc_day),
        token=settings.tmdb_token,
        window=MovingWindow(math.ceil(round(settings.tmdb_per_second * WINDOW_S, 6)), clock),
        faults=SourceFaults("tmdb", clock),
        clock=clock,
        prefix="/tmdb/3",
        latency_s=settings.latency_s,
    )
    discogs = Gateway(
        api=DiscogsApi(releases, settings.discogs_ignores_sort),
        token=settings.discogs_token,
        window=MovingWindow(math.ceil(settings.discogs_per_minute), clock),
        faults=SourceFaults("discogs", clock),
        clock=clock,
        prefix="/discogs",
        rate_headers=discogs_headers,
        latency_s=settings.latency_s,
    )
    control = Control({"tmdb": tmdb, "discogs": discogs}, films, releases, catalog.links)
    shelf = Shelf(catalog.films, catalog.releases)
    sources = [Mount("/tmdb/3", app=tmdb), Mount("/discogs", app=discogs)]
    return Starlette(routes=[*sources, *shelf.routes(), *control.routes()])
