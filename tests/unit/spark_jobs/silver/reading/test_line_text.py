"""Texts of raw lines made even, and the JSON stays the same but for them."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.silver.reading.line_text import composed, decoded, even, without_unseen

UNSEEN = "\u200e\u00a0\u3000\u2066\u0085\u200b\u2028\ufeff\x7f\x00\x1f\b\f\u200c\u200d"
TEXTS = st.text(alphabet=st.one_of(st.sampled_from(f'{UNSEEN} \n\t"\\ubrf'), st.characters(codec="utf-8")))


@given(st.dictionaries(st.text(), st.text()), st.booleans())
def test_letters_are_composed_and_the_json_stays(value: dict[str, str], is_escaped: bool) -> None:
    """A line means the same JSON in NFC, whether its letters were escaped or not."""
    line = composed(json.dumps(value, ensure_ascii=is_escaped))
    assert {unicodedata.normalize("NFC", k) for k in json.loads(line)} == {
        unicodedata.normalize("NFC", k) for k in value
    }
    assert unicodedata.is_normalized("NFC", line)


def test_escapes_that_are_none_stay() -> None:
    """A backslash that is itself escaped begins no letter; half a surrogate stays as it is."""
    assert composed(r'"\\u00e9 \u00e9 \ud83d"') == r'"\\u00e9 é \ud83d"'


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("&#34;Harrow Heights&#34;", '"Harrow Heights"'),
        ("Fox &amp; Fiddle", "Fox & Fiddle"),
        ("Ada &amp; Bo don&#39;t &#x2014; &eacute;", "Ada & Bo don't \u2014 \u00e9"),
        ("&amp;lt;", "&lt;"),
        ("Fox \\u0026amp; Fiddle", "Fox & Fiddle"),
        ("AT&T; R&B &nosuchname; & &", "AT&T; R&B &nosuchname; & &"),
        ("back\\\\slash &quot;", 'back\\slash "'),
    ],
)
def test_entities_are_decoded_once_where_the_source_encodes(written: str, meant: str) -> None:
    """TMDB's texts lose their HTML entities and stay JSON; Discogs writes what it means."""
    line = f'{{"title": "{written}"}}'
    assert json.loads(decoded(composed(line), "tmdb/details"))["title"] == meant
    assert decoded(line, "discogs/search") == line


def mended(text: str, is_escaped: bool = False) -> str:
    """A text after it went through a line."""
    line = json.dumps({"title": text}, ensure_ascii=is_escaped)
    return str(json.loads(even(line, "discogs/search"))["title"])


@given(TEXTS, st.booleans())
def test_what_nobody_sees_goes_and_what_is_seen_stays(text: str, is_escaped: bool) -> None:
    """Whether it was escaped or not; a second time changes nothing."""
    found = mended(text, is_escaped)
    assert not set(found) & set(UNSEEN) - {"\u200c", "\u200d"}
    assert _seen(found) == _seen(unicodedata.normalize("NFC", text))
    assert mended(found) == found


def _seen(text: str) -> str:
    """The signs of a text, without white space and without what has no sign."""
    hidden = {"Cc", "Cf", "Zs", "Zl", "Zp"}
    blanks = "\u034f\u2800\u3164\uffa0"
    return "".join(sign for sign in text if unicodedata.category(sign) not in hidden and sign not in blanks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u00a0\u2003b\u202c", "a b"),
        ("a\x01\x02b\x7f\x9fc", "a b c"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo three\tfour"),
        ("soft\u00adhyphen\ufeff", "softhyphen"),
        ("\u200dfirst la\u200cst\u200d \u200cend\u200d", "first la\u200cst end"),
        ("a\u200b\u200db", "ab"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("C:\\rock\\bass\\u00a0", "C:\\rock\\bass\\u00a0"),
        ('say "\u200dyes"', 'say "\u200dyes"'),
    ],
)
@pytest.mark.parametrize("is_escaped", [False, True])
def test_spaces_marks_and_joiners(text: str, expected: str, is_escaped: bool) -> None:
    """Gaps are one space each, marks go, joiners stay between two signs, and a backslash of the text is no escape."""
    assert mended(text, is_escaped) == expected


def test_half_a_surrogate_and_text_that_is_no_json_are_survived() -> None:
    """They come back as they were, but for what nobody sees."""
    assert without_unseen('{"a": "\\ud800\u200d"}') == '{"a": "\\ud800\u200d"}'
    assert even('\u00a0{"a": \u200d"torn', "tmdb/details") == ' {"a": "torn'
