"""The written and the perturbed cases are what the matcher is fitted and measured on."""

from __future__ import annotations

import pytest

from tests.matching_cases.builder import PARTS, read_cases
from tests.matching_cases.perturbed import MATCHING, OTHERS, perturbed

ROW = {"id": 7, "title": "Hank Mory - Far Astray (Original Motion Picture Soundtrack)", "year": "2014"}


@pytest.mark.parametrize("part", PARTS)
def test_every_case_is_whole(part: str) -> None:
    """Ids are unique, links point at both sides, and no film is listed twice."""
    films, records, links, kinds = read_cases(part)
    film_ids, record_ids = {film["id"] for film in films}, {record["id"] for record in records}
    assert len(film_ids) == len(films) and len(record_ids) == len(records)
    assert set(links) <= record_ids == set(kinds) and set(links.values()) <= film_ids
    assert len({(film["title"], film["release_date"]) for film in films}) == len(films)


def test_the_parts_share_no_film_and_no_record() -> None:
    """What measures is not what was fitted on."""
    titles = [{film["title"].casefold() for film in read_cases(part)[0]} for part in PARTS]
    assert not titles[0] & titles[1]


@pytest.mark.parametrize("kind", [*MATCHING, *OTHERS])
def test_a_perturbed_record_differs_from_its_own(kind: str) -> None:
    """Every kind changes the title or the year, and keeps the rest of the row."""
    changed = (MATCHING.get(kind) or OTHERS[kind])(ROW)
    assert changed != ROW and set(ROW) <= set(changed)


def test_what_is_no_longer_the_film_s_has_no_link() -> None:
    """A kind says whether the film still is the record's."""
    found = [perturbed(ROW | {"id": number}, 5, 1) for number in range(200)]
    assert {film for _, kind, film in found if kind in MATCHING} == {5}
    assert {film for _, kind, film in found if kind in OTHERS} == {None}
