"""Which films there are, by TMDB's newest id export: one compact file in the lake, which a bulk run brings up to date.

Whoever wants to know what a run missed reads it with `known_films`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx
import stamina

from shared.adapters.lake import CONTROL, Lake
from shared.bulk.id_export import DAYS_BACK, IdExport, file_names, read_export
from shared.errors import SourceUnavailable

ID_EXPORT = "exports/tmdb-movie-ids.gz"
"""Where the ids of the newest export that was read are kept, within the control container."""
TRIES = 4
_NOT_THERE = (403, 404)  # what a store of files answers for one that it does not have
log = logging.getLogger(__name__)


async def known_films(lake: Lake) -> IdExport | None:
    """The newest id export that a run has read; None when none has."""
    data = await lake.read(CONTROL, ID_EXPORT)
    return None if data is None else IdExport.from_bytes(data)


@dataclass(slots=True, kw_only=True)
class FilmIds:
    """Brings the id export in the lake up to date.

    Attributes:
        http: a client without credentials, for the files are anybody's.
        base_url: the folder of the files.
        now: the clock, in UTC.
    """

    lake: Lake
    http: httpx.AsyncClient
    base_url: str
    now: Callable[[], datetime]

    async def newest(self) -> IdExport:
        """The newest export there is; the one in the lake is not asked for again.

        Raises:
            SourceUnavailable: there is none, or it is not whole.
        """
        known = await known_films(self.lake)
        for day, name in file_names(self.now().date()):
            if known is not None and known.day >= day:
                return known
            data = await self._download(name)
            if data is not None:
                export = await asyncio.to_thread(read_export, data, day)
                await self.lake.put(CONTROL, ID_EXPORT, export.to_bytes())
                log.info("TMDB's id export of %s names %d films", day, len(export.film_ids))
                return export
        raise SourceUnavailable(
            f"TMDB has no id export of the last {DAYS_BACK + 1} days at {self.base_url}: check TMDB_EXPORT_URL"
        )

    async def _download(self, name: str) -> bytes | None:
        """A file as it lies there; None where it is not.

        Raises:
            SourceUnavailable: it does not come whole.
        """
        address = f"{self.base_url.rstrip('/')}/{name}"
        try:
            async for attempt in stamina.retry_context(on=httpx.TransportError, attempts=TRIES, timeout=None):
                with attempt:
                    return await self._get(address)
        except httpx.TransportError as error:
            raise SourceUnavailable(f"{address} does not come whole: {type(error).__name__}") from error
        raise AssertionError("stamina ends by returning or raising")

    async def _get(self, address: str) -> bytes | None:
        async with self.http.stream("GET", address, follow_redirects=True) as answer:
            if answer.status_code in _NOT_THERE:
                return None
            if answer.status_code != httpx.codes.OK:
                raise SourceUnavailable(f"{address} answered {answer.status_code}")
            # Raw: a server that says the file's own gzip is an encoding must not have it unpacked.
            return b"".join([chunk async for chunk in answer.aiter_raw()])
