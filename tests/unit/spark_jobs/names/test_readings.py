"""Other ways to read a title."""

from __future__ import annotations

import pytest

from spark_jobs.names.film_titles import film_names
from spark_jobs.names.readings import romanised, script_runs, with_letters, without_possessive
from spark_jobs.names.titles import parse_release


def names_of_film(*titles: str) -> set[str]:
    return {name.text for name in film_names(*titles)}


def names_of_record(title: str) -> set[str]:
    return {name.text for name in parse_release(f"Hans Mori - {title}").names}


@pytest.mark.parametrize(
    ("film", "record"),
    [
        ("L4ntern", "Lantern (Original Motion Picture Soundtrack)"),
        ("$", "$ (Music From The Original Motion Picture Sound Track)"),
        ("I ♥ Lanterns", "I Heart Lanterns"),
        ("Lantern or (The Keeper's Long Night)", "Lantern (Original Score)"),
        ("Lantern, the Keeper of Light", "Lantern"),
        ("Orla Finch and the Second Lantern", "The Second Lantern (Original Motion Picture Soundtrack)"),
        ("Lanterns: Episode II - Fall of the Keepers", "Lanterns / Fall Of The Keepers"),
        ("Far Astray", 'Nightfall (Love Theme From "Far Astray")'),
        ("Far Astray", "41 Original Hits From The Sound Track Of Far Astray"),
        ("Far Astray", 'Listenings From The Moving Film "Far Astray"'),
        ("Far Astray", "Hans Mori's Far Astray (Original Soundtrack)"),
        ("Far Astray", "Far Astray. Sound And Vision"),
        ("Far Astray", "Far Astray EP"),
        ("Far Astray", "Far Astray (The Lost Soundtrack)"),
        ("Far Astray", "遠い道 Far Astray (Original Soundtrack)"),
        ("卧虎藏龙", "臥虎藏龍 電影原聲帶"),
        ("となりのトトロ", "となりのトトロ サウンドトラック集"),
        ("Солярис", "Solyaris"),
    ],
)
def test_film_and_record_share_a_name(film: str, record: str) -> None:
    """However the sleeve wraps, splits or spells it, one of its names is one of the film's."""
    assert {name.replace(" ", "") for name in names_of_film(film)} & {
        name.replace(" ", "") for name in names_of_record(record)
    }


def test_a_title_that_is_one_phrase_is_not_cut() -> None:
    """'Live Free or Die Hard' is no 'Die Hard', and two words after 'and the' are needed to be a title."""
    assert names_of_film("Live Free or Die Hard") == {"live free or die hard"}
    assert names_of_film("The Fast and the Furious") == {"fast and the furious"}


def test_latin_text_needs_no_other_reading() -> None:
    """Titles in Latin letters are not romanised, words without digits have no letters to read."""
    assert romanised("amelie") == ""
    assert with_letters(["far", "astray", "2", "1984"]) == []
    assert script_runs("Far Astray 2012") == []
    assert without_possessive("Far Astray") == ""
