"""Names of people compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.names.people import (
    aliases,
    clean_artist,
    comparable,
    credited_artists,
    is_anyone,
    name_key,
    names_anyone,
    real_artists,
    same_person,
    share_a_person,
    split_artists,
)

NAME = st.lists(st.from_regex(r"[A-Z][a-z]{2,8}", fullmatch=True), min_size=1, max_size=3)


@given(NAME)
def test_the_order_of_names_does_not_matter(parts: list[str]) -> None:
    """'Williams John' is 'John Williams', in any case."""
    assert name_key(" ".join(parts)) == name_key(" ".join(reversed(parts)).upper())


@given(NAME, NAME)
def test_sameness_is_symmetric(one: list[str], other: list[str]) -> None:
    """Who comes first makes no difference."""
    left, right = name_key(" ".join(one)), name_key(" ".join(other))
    assert same_person(left, right) == same_person(right, left)


@pytest.mark.parametrize(
    ("artist", "names"),
    [
        ("John Field (4)", ["John Field"]),
        ("Vega*", ["Vega"]),
        ("Hans Mori And Lisa Roe", ["Hans Mori", "Lisa Roe"]),
        ("Max Silva / John Field (4)", ["Max Silva", "John Field"]),
        ("Leo Bern; Yan Sept, City Orchestra", ["Leo Bern", "Yan Sept", "City Orchestra"]),
        ("Tom Hall (Junk X)", ["Tom Hall", "Junk X"]),
    ],
)
def test_artists_are_taken_apart(artist: str, names: list[str]) -> None:
    """Joiners, Discogs numbers, stars and aliases are understood."""
    assert split_artists(artist)[: len(names)] == names


@pytest.mark.parametrize(
    "artist",
    [
        *("Various", "various artists", "Unknown Artist", "", "Various*", "V/A*", "Various (2)", "No Artist"),
        *(
            "Varios*",
            "Artisti Vari*",
            "Verschiedene Interpreten*",
            "Diverse*",
            "V\u00e1rios",
            "Artistes Divers",
        ),
        *(
            "R\u00f3\u017cni Wykonawcy",
            "Eri Esitt\u00e4ji\u00e4",
            "Blandade Artister",
            "Forskellige Kunstnere",
        ),
        *(
            "\u0420\u0430\u0437\u043d\u044b\u0435 \u0418\u0441\u043f\u043e\u043b\u043d\u0438\u0442\u0435\u043b\u0438",
            "\u30aa\u30e0\u30cb\u30d0\u30b9",
            "\u7fa4\u661f",
        ),
        *(
            "\u0394\u03b9\u03ac\u03c6\u03bf\u03c1\u03bf\u03b9",
            "K\u00fcl\u00f6nb\u00f6z\u0151 El\u0151ad\u00f3k",
        ),
    ],
)
def test_nobody_in_particular(artist: str) -> None:
    """'Various' names nobody, in any language, so it can neither agree nor clash."""
    assert is_anyone(artist)
    assert credited_artists(artist) == split_artists(artist) == []
    assert names_anyone(artist)


@pytest.mark.parametrize("artist", ["Various, Lisa Roe", "Lisa Roe / Varios*", "Various & Lisa Roe (3)"])
def test_various_beside_somebody_is_nobody(artist: str) -> None:
    """Who is named beside 'Various' is the only artist, and the record is still by various ones."""
    assert credited_artists(artist) == split_artists(artist) == ["Lisa Roe"]
    assert names_anyone(artist)
    assert real_artists(["Various", "Lisa Roe (2)"]) == ["Lisa Roe"]


@pytest.mark.parametrize(
    ("credit", "artists"),
    [
        ("Quartz/Tide", ["Quartz/Tide"]),
        ("Lakeland, Rain & Fire", ["Lakeland, Rain & Fire"]),
        ("Hans Mori (2) & Eva Lund*", ["Hans Mori", "Eva Lund"]),
        ("Mori*; Roe", ["Mori", "Roe"]),
        ("Pirkko Mori - Brita Roe", ["Pirkko Mori", "Brita Roe"]),
        ("Various, Lakeland, Rain & Fire", ["Lakeland, Rain & Fire"]),
    ],
)
def test_only_artists_that_exist_are_credited(credit: str, artists: list[str]) -> None:
    """A credit is cut only where Discogs says that a name ends; pieces are for matching."""
    assert credited_artists(credit) == artists
    assert not names_anyone(credit) or "Various" in credit


@pytest.mark.parametrize("joiner", ["Pres.", "Con", "Och", "x", "Feat.", "-"])
def test_joiners_part_people(joiner: str) -> None:
    """Whatever joins two people, each can be the composer."""
    assert split_artists(f"Hans Mori {joiner} Lisa Roe")[:2] == ["Hans Mori", "Lisa Roe"]


def test_spellings_of_one_person_meet() -> None:
    """Hyphens, accents and one letter do not make another person."""
    assert share_a_person([name_key("jung jaeil")], [name_key("Jung Jae-il")])
    assert share_a_person([name_key("Harry Gregson\u2010Field")], [name_key("Harry Gregson-Field")])
    assert share_a_person([name_key("Ana Ruiz")], [name_key("Tom Field")]) is None


def test_names_in_different_scripts_cannot_clash() -> None:
    """A Japanese and a Latin spelling say nothing about each other."""
    assert not comparable([name_key("\u6c60\u983c\u5e83")], [name_key("Yoshi Ike")])
    assert clean_artist("Vega (12)") == "Vega"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("R. D. Burman", "R.D. Burman"),
        ("A.R.Rahman", "A. R. Rahman"),
        ("Edward Artemiev", "Eduard Artemyev"),
        ("Эдуард Артемьев", "Eduard Artemyev"),
        ("Μίκης Θεοδωράκης", "Mikis Theodorakis"),
        ("Dimitri Schostakowitsch", "Dmitri Shostakovich"),
        ("Vyacheslav Ovchinnikov", "Viatcheslav Ovtchinnikov"),
        ("譚盾", "Tan Dun"),
    ],
)
def test_spellings_of_a_name_are_one_person(one: str, other: str) -> None:
    """Initials, transliterations and other scripts name the same person."""
    assert same_person(name_key(one), name_key(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Thomas Newman", "David Newman"),
        ("James Horner", "James Howard"),
        ("John Barry", "John Debney"),
        ("Hans Mori", "Lisa Roe"),
        ("Air", "Cher"),
    ],
)
def test_people_who_share_a_name_in_part_stay_two(one: str, other: str) -> None:
    """One word in common does not make two people one."""
    assert not same_person(name_key(one), name_key(other))


def test_a_band_stands_for_its_members_and_they_for_it() -> None:
    """Who is in a band, and who writes under another name, is known both ways."""
    assert "reznor trent" in aliases(["Nine Inch Nails"])
    assert "inch nails nine" in aliases(["Trent Reznor"])
    assert "hisaishi joe" in aliases(["久石譲"])
    assert aliases(["Hans Mori"]) == []
