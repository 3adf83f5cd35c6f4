"""Titles of films and records taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.names.film_titles import film_names
from spark_jobs.names.name import FROM, FULL
from spark_jobs.names.titles import clean_release_title, parse_release, parse_title, split_artist

WRAPPERS = [
    "Ana Ruiz - {} (Original Motion Picture Soundtrack)",
    "Ana Ruiz - {}: Original Motion Picture Score",
    "Various - {} - Music From The Motion Picture",
    "Various - Music From And Inspired By The Motion Picture {}",
    "Ana Ruiz - {} [Bande originale du film]",
    "Ana Ruiz - {} (Colonna Sonora Originale)",
    "Ana Ruiz - {} (Banda sonora original)",
    "Ana Ruiz - {} O.S.T.",
    "Ana Ruiz - {}: Soundtrack from the Netflix Film",
    "Ana Ruiz - {} (Amazon Original Motion Picture Soundtrack)",
    "Ana Ruiz - {} The Album",
    "Ana Ruiz - \u300e{}\u300f\u30aa\u30ea\u30b8\u30ca\u30eb\u30fb\u30b5\u30a6\u30f3\u30c9\u30c8\u30e9\u30c3\u30af",
    "Ana Ruiz (2) - {}",
    "Ana Ruiz* - {} (1999)",
]
TITLE = st.lists(
    st.from_regex(r"[bcdfghjklmnpqrtwxz][aeou][bdfgklmnprt]{1,2}[aeou]", fullmatch=True),
    min_size=1,
    max_size=4,
)


@given(TITLE, st.sampled_from(WRAPPERS))
def test_a_wrapped_title_still_matches_itself(parts: list[str], wrapper: str) -> None:
    """Whatever boilerplate stands around a title, the bare title is among the record's names."""
    title = " ".join(parts)
    found = {name.text for name in parse_release(wrapper.format(title)).names}
    assert film_names(title)[0].text in found


LANGUAGES = {
    "English": "Music From The Motion Picture {}",
    "French": "{} (Bande originale du film)",
    "Italian": "{} (Colonna sonora originale)",
    "German": "Originalmusik aus dem Film {}",
    "Spanish": "{} (Banda sonora original)",
    "Portuguese": "{} (Trilha sonora original)",
    "Dutch": "{} (Muziek uit de film)",
    "Swedish": "{} (Originalmusiken fr\u00e5n filmen)",
    "Polish": "Muzyka z filmu {}",
    "Turkish": "{} (Orijinal Film M\u00fczi\u011fi)",
    "Russian": "\u041c\u0443\u0437\u044b\u043a\u0430 \u043a \u0444\u0438\u043b\u044c\u043c\u0443 {}",
    "Japanese": "{} (\u30aa\u30ea\u30b8\u30ca\u30eb\u30fb\u30b5\u30a6\u30f3\u30c9\u30c8\u30e9\u30c3\u30af)",
    "Chinese": "{} \u7535\u5f71\u539f\u58f0\u5e26",
    "Korean": "{} (\uc601\ud654 \uc624\ub9ac\uc9c0\ub110 \uc0ac\uc6b4\ub4dc\ud2b8\ub799)",
}


@pytest.mark.parametrize("wrapper", LANGUAGES.values(), ids=LANGUAGES)
def test_boilerplate_comes_off_in_each_language(wrapper: str) -> None:
    """The clean title is the film's, whatever language says that this is its soundtrack."""
    assert clean_release_title("Ana Ruiz - " + wrapper.format("Far Astray")) == "far astray"


@given(st.text(max_size=80))
def test_parsing_never_fails(text: str) -> None:
    """Any text gives names, none of them empty."""
    assert all(name.tokens for name in parse_release(text).names)
    assert all(name.tokens for name in film_names(text, None))


@pytest.mark.parametrize("title", ["Original Sin", "Final Score", "Music of the Hills", "The Song", "Motion"])
def test_boilerplate_words_in_a_real_title_stay(title: str) -> None:
    """A film named with a soundtrack word keeps its name on a record."""
    names = parse_release(f"Ana Ruiz - {title} (Original Motion Picture Soundtrack)").names
    assert film_names(title)[0].tokens in {name.tokens for name in names}


@pytest.mark.parametrize(
    ("text", "film"),
    [
        ('Max Mora - To the Lake (From the Original Motion Picture Soundtrack "Far Astray")', "Far Astray"),
        ("Eva Lund - One Small Wave: From the Original Motion Picture \u201cFar Astray\u201d", "Far Astray"),
        ("Eva Lund - Louder (From \u201cknock, knock\u2026 CRASH!\u201d)", "knock, knock... CRASH!"),
    ],
)
def test_a_song_names_the_film_it_is_from(text: str, film: str) -> None:
    """The film after 'from' is a name of kind FROM."""
    kinds = {name.text: name.kind for name in parse_release(text).names}
    assert kinds[film_names(film)[0].text] == FROM


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Le Matin - Tales of the Waste / Turbo Boy (original motion picture soundtrack)", "turbo boy"),
        ("Vega = \u30f4\u30a7\u30ac - Night Runner (Soundtrack) = \u30ca\u30a4\u30c8", "night runner"),
        ("Arno Bell - The Safe [Far Below] (Original Motion Picture Soundtrack)", "far below"),
        ("Metro - METRO PRESENTS SOME HERO: SOUNDTRACK FROM AND INSPIRED BY THE MOTION PICTURE", "some hero"),
        ("Various - Rangers of the Sky, Vol. 2: Great Mix, Vol. 2", "rangers of the sky 2"),
    ],
)
def test_other_names_on_a_record_are_found(text: str, name: str) -> None:
    """'A / B', 'X = Y', brackets, 'presents' and volumes each give a name."""
    assert name in {found.text for found in parse_release(text).names}


def test_the_artist_ends_at_the_first_dash() -> None:
    """Only ' - ' with spaces separates, and the rest is the title."""
    assert split_artist("Jean-Luc Roe - One - Two") == ("Jean-Luc Roe", "One - Two")
    assert split_artist("No separator") == ("", "No separator")


def test_an_artist_with_a_dash_is_considered() -> None:
    """The title after a second dash is a name too."""
    assert "real title" in {name.text for name in parse_release("Duo - Trio - Real Title").names}


def test_a_film_has_short_names() -> None:
    """Subtitle and possessive may be missing on a record; the whole titles come first and are FULL."""
    names = {name.text: name.kind for name in film_names("Ray Dole's The Mages", "Les Mages: Acte")}
    assert names["ray doles the mages"] == FULL
    assert names["les mages acte"] == FULL
    assert names["mages"] != FULL
    assert "les mages" in names


def test_clean_title_of_nothing_is_empty() -> None:
    """No title, no clean title."""
    assert clean_release_title(None) == ""
    assert clean_release_title("") == ""


@pytest.mark.parametrize(
    ("film", "record", "is_first"),
    [
        ("(700) Nights of Rain", "(700) Nights Of Rain (Music From The Motion Picture)", True),
        ("[ECHO]\u00b2", "[Echo]\u00b2 (Original Soundtrack)", True),
        ("[ECHO]", "[Echo] (Original Soundtrack)", True),
        ("Wren (or The Late Virtue)", "Wren (Or The Late Virtue) [Original Score]", False),
        ("M(other)s", "M(other)s: Original Motion Picture Soundtrack", True),
    ],
)
def test_brackets_may_belong_to_the_name(film: str, record: str, is_first: bool) -> None:
    """A record titled as the film, plus boilerplate, bears the film's whole name, brackets or not."""
    parsed = parse_release(f"Various - {record}")
    kinds = {name.text: name.kind for name in parsed.names}
    (name,) = film_names(film)[:1]
    assert kinds[name.text] == FULL
    assert (parsed.clean == name.text) == is_first


@pytest.mark.parametrize(
    ("text", "artist", "title"),
    [
        (
            "Pirkko Mori - Brita Roe - Far Astray (Original Soundtrack)",
            "Pirkko Mori - Brita Roe",
            "Far Astray (Original Soundtrack)",
        ),
        ("Mori (2) - Roe* - Far Astray", "Mori (2) - Roe*", "Far Astray"),
        ("Ana Ruiz - Back To The Lake - Original Score", "Ana Ruiz", "Back To The Lake - Original Score"),
        (
            "Various - Far Astray - The Return (Original Soundtrack)",
            "Various",
            "Far Astray - The Return (Original Soundtrack)",
        ),
        ("Ana Ruiz - Long Lake - New Origins", "Ana Ruiz", "Long Lake - New Origins"),
        ("Ana Ruiz - Long Lake - Part One: A Well (OST)", "Ana Ruiz", "Long Lake - Part One: A Well (OST)"),
        (
            "Ana Ruiz - Long Lake - Chapter IV (Original Score)",
            "Ana Ruiz",
            "Long Lake - Chapter IV (Original Score)",
        ),
        ("Ana Ruiz - Lea Roe - Part Of The Lake (OST)", "Ana Ruiz - Lea Roe", "Part Of The Lake (OST)"),
    ],
)
def test_a_dash_may_join_artists(text: str, artist: str, title: str) -> None:
    """People before a soundtrack's title are its artists; otherwise the title begins after the first dash.

    'Part One' is a part of what stands before it, which then is a title and nobody.
    """
    assert split_artist(text) == (artist, title)


def test_names_of_every_reading_are_there() -> None:
    """Wherever the artist ends, the record has the names of the other readings too."""
    joined = {
        name.text
        for name in parse_release("Pirkko Mori - Brita Roe - Far Astray (Original Soundtrack)").names
    }
    assert {"far astray", "brita roe far astray"} <= joined
    assert "origins" in {name.text for name in parse_release("Ana Ruiz - Long Lake - Origins").names}


def test_a_title_known_as_such_is_not_split() -> None:
    """Of a release's own fields nothing is guessed."""
    parsed = parse_title("Ana Ruiz", "Brita Roe - Far Astray (Original Soundtrack)")
    assert (parsed.artist, parsed.clean) == ("Ana Ruiz", "brita roe far astray")
