"""Lookups over a small generation: what is known, what is not, and what a question reads."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from shared.adapters.lake import GOLD, Versioned
from shared.errors import LakeUnavailable, NotKnown
from shared.serving.lookup.lookups import EVERYTHING, Lookups
from shared.serving.lookup.parameters import Wanted
from shared.serving.published.index import FRESH_S, POINTER, STALE_S, ServingIndex
from tests.fakes import FakeLake
from tests.fakes.served import RUN, by_id, link, publish, publish_small

NEXT = "20261121T063000Z-7f3b"


class CountingLake(FakeLake):
    """Remembers what was read; others get their turn before it answers, as over a network."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.is_down = False

    async def read_versioned(self, container: str, name: str, offset: int = 0) -> Versioned | None:
        self.reads.append(name)
        await asyncio.sleep(0)
        if self.is_down:
            raise LakeUnavailable("the lake", "no answer")
        return await super().read_versioned(container, name, offset)


class Clock:
    """Seconds that a test moves."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def turns() -> None:
    """Let whatever goes on beside come to its end."""
    for _ in range(20):
        await asyncio.sleep(0)


async def small(**options: Any) -> tuple[Lookups, CountingLake, Clock]:
    lake, clock = CountingLake(), Clock()
    await publish_small(lake)
    return Lookups(ServingIndex(lake, clock, **options)), lake, clock


async def test_a_film_has_its_records_the_likeliest_first() -> None:
    """Each link says what it is, and from which run."""
    lookups, _, _ = await small()
    found = await lookups.film(603, EVERYTHING)
    assert (found.run_id, found.film.title) == (RUN, "The Matrix")
    assert [(each.release_id, each.band, each.run_id) for each in found.links] == [
        (10, "strong", RUN),
        (70, "probable", RUN),
    ]
    assert await lookups.film_of_imdb(133093, EVERYTHING) == found


@pytest.mark.parametrize(
    ("wanted", "records"),
    [
        (Wanted(min_score=0.9), [10]),
        (Wanted(band="probable"), [70]),
        (Wanted(kind="songs"), [70]),
        (Wanted(min_score=0.9, kind="songs"), []),
    ],
)
async def test_filters_choose_among_the_links(wanted: Wanted, records: list[int]) -> None:
    """Least probability, band and kind, all of which must hold."""
    lookups, _, _ = await small()
    assert [each.release_id for each in (await lookups.film(603, wanted)).links] == records


async def test_known_without_a_link_is_told_from_unknown() -> None:
    """A film, record or master in the tables is answered, with no links; any other is not known."""
    lookups, _, _ = await small()
    assert (await lookups.film(20, EVERYTHING)).links == ()
    assert (await lookups.record(900, EVERYTHING)).links == ()
    assert (await lookups.master(6, EVERYTHING)).links == ()
    for ask in (
        lookups.film(60, EVERYTHING),
        lookups.film_of_imdb(3, EVERYTHING),
        lookups.record(1, EVERYTHING),
        lookups.master(7, EVERYTHING),
        lookups.barcode(("12345678",), EVERYTHING),
        lookups.film_page(60),
        lookups.record_page(1),
    ):
        with pytest.raises(NotKnown):
            await ask


async def test_records_masters_and_barcodes_lead_to_the_film() -> None:
    """A UPC finds the EAN that it is without the zero before it."""
    lookups, _, _ = await small()
    assert [each.film_id for each in (await lookups.record(10, EVERYTHING)).links] == [603]
    assert [each.film_id for each in (await lookups.master(5, EVERYTHING)).links] == [603, 603]
    found = await lookups.barcode(("081227951122", "0081227951122"), EVERYTHING)
    assert (found.barcode, [each.film_id for each in found.links]) == ("0081227951122", [603])


async def test_pages_show_what_was_considered() -> None:
    """Evidence and rivals of a film and of a record, and a film's figures over time."""
    lookups, _, _ = await small()
    film = await lookups.film_page(604)
    assert film.why == "none likely enough"
    assert [(each.release_id, each.contributions[0].adds) for each in film.considered] == [(900, 1.5)]
    assert [day.votes for day in (await lookups.film_page(603)).days] == [9]
    assert (await lookups.record_page(900)).why == "no title near it"
    assert (await lookups.record_page(10)).considered == ()


async def test_all_links_are_paged_through_once() -> None:
    """Whatever the size of a page and however a filter thins it, following `next` gives each link once, in order."""
    lake = FakeLake()
    records: Mapping[int, dict[str, Any]] = {
        key: {"record": {"release_id": key}} | ({"links": [link(1, key, key / 1000)]} if key % 3 else {})
        for key in range(1, 700)
    }
    await publish(lake, {"releases": by_id(records)}, shifts={"releases": 3})
    lookups = Lookups(ServingIndex(lake, Clock()))
    for limit, least in ((1, 0.6), (7, 0.0), (500, 0.0), (50, 0.69)):
        found, after = [], 0
        while True:
            page = await lookups.links(after, limit, Wanted(min_score=least))
            assert len(page.links) <= limit
            found += [each.release_id for each in page.links]
            if page.next is None:
                break
            assert page.next > after
            after = page.next
        assert found == [key for key in range(1, 700) if key % 3 and key / 1000 >= least]


async def test_a_question_reads_one_file_and_keeps_it() -> None:
    """The pointer and the manifest are read once in a while, a bucket once; another bucket is another file."""
    lookups, lake, clock = await small()
    await lookups.film(603, EVERYTHING)
    lake.reads.clear()
    await lookups.film(604, EVERYTHING)  # in the same bucket
    assert lake.reads == []
    await lookups.film(20, EVERYTHING)
    assert len(lake.reads) == 1 and "/films/" in lake.reads[0]
    clock.now_s += STALE_S + 1
    lake.reads.clear()
    await lookups.film(20, EVERYTHING)
    assert lake.reads == [POINTER]


async def test_the_pointer_is_looked_at_beside() -> None:
    """Who asks some seconds after the last look is answered at once; the next one from the run that came."""
    lookups, lake, clock = await small()
    await lookups.film(20, EVERYTHING)
    await publish_small(lake, NEXT)
    clock.now_s += FRESH_S + 1
    lake.reads.clear()
    assert (await lookups.film(20, EVERYTHING)).run_id == RUN and lake.reads == []
    await turns()
    assert (await lookups.film(20, EVERYTHING)).run_id == NEXT


async def test_a_lake_that_does_not_answer_for_a_moment_stops_nobody() -> None:
    """What is in memory is answered for half a minute; then whoever asks is told."""
    lookups, lake, clock = await small()
    await lookups.film(20, EVERYTHING)
    lake.is_down = True
    for _ in range(2):
        clock.now_s += STALE_S / 3
        assert (await lookups.film(20, EVERYTHING)).run_id == RUN
        await turns()
    clock.now_s += STALE_S / 3
    with pytest.raises(LakeUnavailable):
        await lookups.film(20, EVERYTHING)


async def test_many_at_once_read_each_file_once() -> None:
    """A process that has just begun does not read the manifest for each of those who ask."""
    lookups, lake, _ = await small()
    await asyncio.gather(*(lookups.film(film, EVERYTHING) for film in (603, 604, 20) * 10))
    assert len(lake.reads) == len(set(lake.reads)) == 4


async def test_memory_is_bounded() -> None:
    """More files than there is room for push out those asked for longest ago."""
    lookups, lake, _ = await small(cache_bytes=1)
    await lookups.film(603, EVERYTHING)
    await lookups.film(20, EVERYTHING)
    lake.reads.clear()
    await lookups.film(603, EVERYTHING)
    assert len(lake.reads) == 1


async def test_a_generation_that_goes_is_followed_by_the_next() -> None:
    """Files that a newer run has removed are asked for again in its generation, and the caller sees nothing of it."""
    lookups, lake, _ = await small()
    await lookups.film(603, EVERYTHING)
    await publish_small(lake, NEXT)
    old = lake.blob_names(GOLD, f"search/snapshot={RUN}/")
    await lake.delete_all(GOLD, old)
    assert (await lookups.film(20, EVERYTHING)).run_id == NEXT


async def test_before_the_first_run_nothing_is_known() -> None:
    """The answer says what has to happen first."""
    with pytest.raises(NotKnown, match="a run has to complete"):
        await Lookups(ServingIndex(FakeLake(), Clock())).film(603, EVERYTHING)
