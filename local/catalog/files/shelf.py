"""Serves the files: `/files/tmdb/NAME` and `/files/discogs/YEAR/NAME`, from any place of them on, without credentials.

A file is written when it is first asked for, to a folder that goes with the server. Every day has its id export and
every first of a month its dump, until today.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.catalog.columns import FilmSource, ReleaseSource
from local.catalog.files import dump, id_export

_EXPORT = re.compile(r"movie_ids_(\d{2})_(\d{2})_(\d{4})\.json\.gz")
_DUMP = re.compile(r"discogs_(\d{4})(\d{2})01_(releases\.xml\.gz|CHECKSUM\.txt)")
_GZIP = "application/gzip"
_SAME_TIME = 0
NOT_THERE = PlainTextResponse("AccessDenied", 403)  # what a store of files says of one that it does not have


def utc_today() -> date:
    """Return the day it is, in UTC."""
    return datetime.now(UTC).date()


@dataclass(eq=False)
class Shelf:
    """The files of one catalog."""

    films: FilmSource
    releases: ReleaseSource
    today: Callable[[], date] = utc_today
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @cached_property
    def folder(self) -> Path:
        """Return where the files are; it goes with the shelf."""
        made = tempfile.mkdtemp(prefix="catalog-files-")
        weakref.finalize(self, shutil.rmtree, made, ignore_errors=True)
        return Path(made)

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/files/tmdb/{name}", self.tmdb),
            Route("/files/discogs/{year:int}/{name}", self.discogs),
        ]

    async def tmdb(self, request: Request) -> Response:
        """GET an id export."""
        found = _EXPORT.fullmatch(request.path_params["name"])
        if found is None or not self._is_past(found[3], found[1], found[2]):
            return NOT_THERE
        path = await self._written("movie_ids.json.gz", partial(id_export.lines, self.films))
        return FileResponse(path, media_type=_GZIP)

    async def discogs(self, request: Request) -> Response:
        """GET a dump, or its CHECKSUM."""
        name = request.path_params["name"]
        found = _DUMP.fullmatch(name)
        is_there = (
            found and int(found[1]) == request.path_params["year"] and self._is_past(found[1], found[2])
        )
        if not found or not is_there:
            return NOT_THERE
        path = await self._written("releases.xml.gz", partial(dump.pieces, self.releases))
        if found[3].startswith("CHECKSUM"):
            digest = await asyncio.to_thread(_sha256, path)
            return PlainTextResponse(f"{digest} *{name.replace('CHECKSUM.txt', 'releases.xml.gz')}\n")
        return FileResponse(path, media_type=_GZIP)

    def _is_past(self, year: str, month: str, day: str = "1") -> bool:
        try:
            return date(int(year), int(month), int(day)) <= self.today()
        except ValueError:
            return False

    async def _written(self, name: str, content: Callable[[], Iterable[bytes]]) -> Path:
        path = self.folder / name
        async with self._writing:
            if not path.exists():
                await asyncio.to_thread(_write, path, content)
        return path


def _write(path: Path, content: Callable[[], Iterable[bytes]]) -> None:
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=_SAME_TIME) as file:
        for piece in content():
            file.write(piece)
    unfinished.rename(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
