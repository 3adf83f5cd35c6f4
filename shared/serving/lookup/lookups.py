"""Links by the ids of films, records, masters and barcodes, one file or two a question."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from shared.errors import NotKnown
from shared.serving.lookup.answers import (
    BarcodeFilms,
    FilmPage,
    FilmSoundtracks,
    Link,
    LinkPage,
    MasterFilms,
    RecordFilm,
    RecordPage,
)
from shared.serving.lookup.parameters import Wanted
from shared.serving.published.index import BUCKETS_A_PAGE, Generation, ServingIndex, key_of

EVERYTHING = Wanted()
Entry = Mapping[str, Any]


class Lookups:
    """Answers from the current generation.

    Args:
        index: its files.
    """

    def __init__(self, index: ServingIndex) -> None:
        self._index = index

    async def film(self, film_id: int, wanted: Wanted) -> FilmSoundtracks:
        """The records of a film. Raises NotKnown for one that is not in the tables."""

        async def work(generation: Generation) -> FilmSoundtracks:
            return FilmSoundtracks.model_validate(
                await self._of_film(generation, film_id, f"film {film_id}", wanted)
            )

        return await self._index.answer(work)

    async def film_of_imdb(self, number: int, wanted: Wanted) -> FilmSoundtracks:
        """The records of a film by the number of its IMDb id. Raises NotKnown."""

        async def work(generation: Generation) -> FilmSoundtracks:
            name = f"film tt{number:07}"
            film = await self._entry(generation, "imdb", number, str(number), name)
            return FilmSoundtracks.model_validate(
                await self._of_film(generation, film["film_id"], name, wanted)
            )

        return await self._index.answer(work)

    async def film_page(self, film_id: int) -> FilmPage:
        """All there is on a film. Raises NotKnown."""

        async def work(generation: Generation) -> FilmPage:
            film = await self._of_film(generation, film_id, f"film {film_id}", EVERYTHING)
            more = [await self._more(generation, family, film_id) for family in ("film_pages", "film_trends")]
            empty = {"why": None, "considered": (), "days": (), "windows": ()}
            return FilmPage.model_validate({**empty, **more[0], **more[1], **film})

        return await self._index.answer(work)

    async def record(self, release_id: int, wanted: Wanted) -> RecordFilm:
        """The film of a record. Raises NotKnown."""

        async def work(generation: Generation) -> RecordFilm:
            return RecordFilm.model_validate(await self._of_record(generation, release_id, wanted))

        return await self._index.answer(work)

    async def record_page(self, release_id: int) -> RecordPage:
        """All there is on a record. Raises NotKnown."""

        async def work(generation: Generation) -> RecordPage:
            record = await self._of_record(generation, release_id, EVERYTHING)
            more = await self._more(generation, "release_pages", release_id)
            return RecordPage.model_validate({"why": None, "considered": (), **more, **record})

        return await self._index.answer(work)

    async def master(self, master_id: int, wanted: Wanted) -> MasterFilms:
        """The films of a master's releases. Raises NotKnown."""

        async def work(generation: Generation) -> MasterFilms:
            found = await self._entry(generation, "masters", master_id, str(master_id), f"master {master_id}")
            return MasterFilms.model_validate(_answered(generation, found, wanted))

        return await self._index.answer(work)

    async def barcode(self, codes: Sequence[str], wanted: Wanted) -> BarcodeFilms:
        """The films of the releases with a barcode; `codes` are its spellings. Raises NotKnown."""

        async def work(generation: Generation) -> BarcodeFilms:
            for code in codes:
                found = await self._index.find(generation, "barcodes", key_of(code), code)
                if found is not None:
                    entry = _answered(generation, json.loads(found), wanted)
                    return BarcodeFilms.model_validate({"barcode": code, **entry})
            raise NotKnown(f"no record with the barcode {codes[0]} is known")

        return await self._index.answer(work)

    async def links(self, after: int, limit: int, wanted: Wanted) -> LinkPage:
        """A page of all links, of records whose ids are over `after`."""

        async def work(generation: Generation) -> LinkPage:
            return await self._links(generation, after, limit, wanted)

        return await self._index.answer(work)

    async def _links(self, generation: Generation, after: int, limit: int, wanted: Wanted) -> LinkPage:
        family = generation.families.get("releases")
        buckets = family.buckets_from(after + 1) if family else []
        found: list[Link] = []
        reached: int | None = None
        for bucket in buckets[:BUCKETS_A_PAGE]:
            for line in (await self._index.bucket(generation, "releases", bucket)).split(b"\n")[:-1]:
                release_id, _, value = line.partition(b"\t")
                if int(release_id) > after and b'"links":[{' in value:
                    found += _accepted(generation, json.loads(value), wanted)
                if len(found) >= limit:
                    return LinkPage(run_id=generation.run_id, links=tuple(found), next=int(release_id))
                reached = int(release_id)
        is_last = len(buckets) <= BUCKETS_A_PAGE
        return LinkPage(run_id=generation.run_id, links=tuple(found), next=None if is_last else reached)

    async def _of_film(self, generation: Generation, film_id: int, name: str, wanted: Wanted) -> Entry:
        found = await self._entry(generation, "films", film_id, str(film_id), name)
        return _answered(generation, found, wanted)

    async def _of_record(self, generation: Generation, release_id: int, wanted: Wanted) -> Entry:
        found = await self._entry(generation, "releases", release_id, str(release_id), f"record {release_id}")
        return _answered(generation, found, wanted)

    async def _entry(self, generation: Generation, family: str, key: int, name: str, what: str) -> Entry:
        found = await self._index.find(generation, family, key, name)
        if found is None:
            raise NotKnown(f"{what} is not in the tables of run {generation.run_id}")
        entry: Entry = json.loads(found)
        return entry

    async def _more(self, generation: Generation, family: str, key: int) -> dict[str, Any]:
        found = await self._index.find(generation, family, key, str(key))
        entry: dict[str, Any] = json.loads(found) if found else {}
        return entry


def _answered(generation: Generation, entry: Entry, wanted: Wanted) -> Entry:
    """An entry with the run it is from and those of its links that are wanted."""
    return {**entry, "run_id": generation.run_id, "links": _accepted(generation, entry, wanted)}


def _accepted(generation: Generation, entry: Entry, wanted: Wanted) -> list[Link]:
    links = [Link.model_validate({"run_id": generation.run_id, **link}) for link in entry.get("links", ())]
    return [link for link in links if wanted.accepts(link)]
