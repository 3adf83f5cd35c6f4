"""Keys under which titles meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.matching.blocking.keys import WHOLE, blocking_keys, skeleton
from spark_jobs.names.film_titles import film_names
from spark_jobs.names.name import Name
from spark_jobs.names.titles import parse_release

TITLE = st.lists(
    st.from_regex(r"[bcdfglmnprt][aeou][bdfgklmnprt]{1,2}[aeou]", fullmatch=True), min_size=1, max_size=4
)


def keys(title: str) -> set[str]:
    """Keys of a film's title."""
    return {key for key, _ in blocking_keys(film_names(title))}


@given(
    TITLE, st.sampled_from(["{} (Original Motion Picture Soundtrack)", "{}: Original Score", "Music From {}"])
)
def test_a_record_meets_the_film_it_names(parts: list[str], wrapper: str) -> None:
    """Whatever boilerplate stands around it, the whole name is a key of both."""
    title = " ".join(parts)
    record = {key for key, _ in blocking_keys(parse_release(f"X - {wrapper.format(title)}").names)}
    assert f"={''.join(parts)}" in keys(title) & record


@given(TITLE, st.sampled_from([str.upper, str.title, lambda text: text.replace(" ", "-")]))
def test_spelling_does_not_change_keys(parts: list[str], change) -> None:  # type: ignore[no-untyped-def]
    """Case and punctuation make no other keys."""
    title = " ".join(parts)
    assert keys(change(title)) == keys(title)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lanternhill", "Lanternhall"),  # a vowel
        ("Phantomas", "Fantomas"),  # a sound
        ("Silverwater", "Zilverwater"),  # the first letter
        ("Quiet Lanterns of Morrow", "Quite Lanterns of Morow"),  # two words of four
    ],
)
def test_a_misspelt_title_still_meets(one: str, other: str) -> None:
    """Some key besides the whole name survives."""
    shared = keys(one) & keys(other)
    assert shared


def test_word_division_does_not_matter_to_the_whole_name() -> None:
    """'Over_Current' and 'OverCurrent' meet under one whole name."""
    one, other = (
        {key for key, _ in blocking_keys(film_names(title)) if key.startswith(WHOLE)}
        for title in ("Over_Current", "OverCurrent")
    )
    assert one == other == {"=overcurrent"}


def test_every_key_names_a_form_it_stands_in() -> None:
    """A form is a whole name without spaces, its words sorted under a single word; soundtrack words are no keys."""
    found = dict(blocking_keys(parse_release("X - Far Astray (Original Motion Picture Soundtrack)").names))
    assert found["astray"] == "astrayfar"
    assert found["=farastray"] == "farastray"
    assert "soundtrack" not in found


@given(st.text(max_size=40))
def test_any_text_has_keys_or_none(text: str) -> None:
    """No title breaks the keys; keys are sorted and distinct with their forms."""
    found = blocking_keys(parse_release(text).names)
    assert found == sorted(set(found))


def test_a_key_of_several_names_stands_in_the_first_and_the_shortest() -> None:
    """Near names are compared in the wording that came first, and in the one with the least around the word."""
    names = [Name(("far", "astray", "again")), Name(("astray", "for", "ever")), Name(("astray",))]
    assert {form for key, form in blocking_keys(names) if key == "astray"} == {"againastrayfar", "astray"}


def test_skeletons_are_for_latin_names() -> None:
    """Other scripts have no vowels to drop."""
    assert skeleton("phantom") == skeleton("fantam")
    assert skeleton("\u6620\u753b") == ""
