"""Folding of text of any script to comparable words. Pure functions, no Spark.

Both sides of a match go through the very same folding, so a rule here can only merge spellings, never
prefer one. Accents are removed from Latin, Greek and Cyrillic letters only: in Indic scripts and in kana the
combining signs are part of the letter.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from string import ascii_lowercase, digits

_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
        "ŋ": "n",
        "ħ": "h",
    }
)
_QUOTES = dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02bb`\u00b4\u2032\uff07", "'") | dict.fromkeys(
    "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u301d\u301e\uff02", '"'
)
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-")
_BRACKETS = dict.fromkeys("\u300c\u300e\u3010\u300a\u3008\uff3b[{\uff08", "(") | dict.fromkeys(
    "\u300d\u300f\u3011\u300b\u3009\uff3d]}\uff09", ")"
)
_UNSEEN = "\u00ad\u034f\u061c\u180e\u2060\ufeff" + "".join(
    chr(code)
    for first, last in ((0x200B, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069))
    for code in range(first, last + 1)
)
_SILENT = dict.fromkeys(f"®™©℗*★☆{_UNSEEN}", "")
_NUMERALS_OF_ONE_SIGN = (
    "\u00b2\u00b3\u00b9\u00bc-\u00be\u2070\u2074-\u2079\u2080-\u2089\u2150-\u2188\u2460-\u2473"
)
_BESIDE_SIGN = re.compile(
    rf"(?<=[^\W{_NUMERALS_OF_ONE_SIGN}])(?=[{_NUMERALS_OF_ONE_SIGN}])"
    rf"|(?<=[{_NUMERALS_OF_ONE_SIGN}])(?=[^\W{_NUMERALS_OF_ONE_SIGN}])"
)
_PUNCTUATION = str.maketrans(
    _QUOTES | _DASHES | _BRACKETS | _SILENT | {"\u203c": "!!", "\u2026": "...", "&": " and "}
)
_ASCII_PUNCTUATION = re.compile("[" + re.escape("".join(filter(str.isascii, map(chr, _PUNCTUATION)))) + "]")
_LATIN_ACCENTS = re.compile("[\u0300-\u036f]+")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")
_PLUS = re.compile(r"(?<=\s)\+(?=\s)")
_DOLLAR = re.compile(r"(?<![\w$])\$(?![\w$])")
_HEART = re.compile("[\u2661\u2665\u2764]\ufe0f?")
_SOUND_TRACK = re.compile(r"\bsound[ -]track")
_ASCII_GAPS = {code: " " for code in range(128) if chr(code) not in digits + ascii_lowercase}
_NUMERALS = "ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
_ROMAN = {numeral: str(value) for value, numeral in enumerate(_NUMERALS.split(), start=2)}
_DIGITS = "one two three four five six seven eight nine ten"
_NUMBER_WORDS = {"i": "1"} | {word: str(value) for value, word in enumerate(_DIGITS.split(), start=1)}
_PART_WORDS = frozenset(
    {"part", "pt", "vol", "volume", "chapter", "chapitre", "teil", "parte", "partie", "episode"}
)
_ARTICLES = frozenset({"the", "a", "an"})


def fold(text: str) -> str:
    """Lower-case, unaccented text with plain quotes, dashes, round brackets and 'and'; punctuation stays."""
    plain = text.translate(_PUNCTUATION) if not text.isascii() or _ASCII_PUNCTUATION.search(text) else text
    if "$" in plain:
        plain = _DOLLAR.sub(" dollars ", plain)
    if not plain.isascii():
        plain = _HEART.sub(" heart ", plain)
        # '6½' is '6 1/2' and 'Lantern³' is 'Lantern 3': a sign is a number of its own
        plain = unicodedata.normalize("NFKC", _BESIDE_SIGN.sub(" ", plain))
    folded = plain.casefold()
    if not folded.isascii():
        folded = _LATIN_ACCENTS.sub("", unicodedata.normalize("NFD", folded))
        folded = unicodedata.normalize("NFKC", folded).translate(_PUNCTUATION).translate(_LETTERS)
    if "." in folded:
        folded = _INITIALS.sub(_joined_initials, folded)
    if "'" in folded:
        folded = _APOSTROPHE.sub("", folded)
    if "+" in folded:
        folded = _PLUS.sub(" and ", folded)
    return _SOUND_TRACK.sub("soundtrack", folded) if "sound" in folded else folded


def _joined_initials(found: re.Match[str]) -> str:
    """'R.D.' as one word, also where the name follows without a space: 'R.D.Mori'."""
    is_followed = found.string[found.end() : found.end() + 1].isalnum()
    return found[0].replace(".", "") + (" " if is_followed else "")


def words(text: str) -> list[str]:
    """Words of folded text: runs of letters, digits and the marks that belong to letters."""
    if text.isascii():
        return text.translate(_ASCII_GAPS).split()
    return "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text).split()


def number_words(tokens: list[str]) -> list[str]:
    """Sequel numbers in one form: 'Part II', 'Pt. 2', 'Vol. Two' and 'II' all become '2'."""
    result: list[str] = []
    for position, token in enumerate(tokens):
        after_part_word = position > 0 and tokens[position - 1] in _PART_WORDS
        value = _ROMAN.get(token) if position else None
        value = _NUMBER_WORDS.get(token, value) if after_part_word else value
        if after_part_word and (value or token.isdecimal()) and len(result) > 1:
            result.pop()
        result.append(value or token)
    return result


def begins_with_a_part(tokens: list[str]) -> bool:
    """Whether a title is a numbered part of another one: 'Part One', 'Vol. 2', 'Chapter IV'."""
    return bool(tokens) and tokens[0] in _PART_WORDS and "".join(number_words(tokens)[1:2]).isdecimal()


def name_tokens(text: str) -> list[str]:
    """Comparable words of a title: folded, numbers in one form, no leading article."""
    return drop_article(number_words(words(fold(text))))


def drop_article(tokens: list[str]) -> list[str]:
    """Tokens without leading or trailing ('Lantern, The') English articles, never down to nothing.

    Dropping twice is dropping once, so a name is the same whichever way it came through the parser.
    """
    while len(tokens) > 1 and (tokens[0] in _ARTICLES or tokens[-1] == "the"):
        tokens = tokens[1:] if tokens[0] in _ARTICLES else tokens[:-1]
    return tokens


def numbers(tokens: list[str]) -> frozenset[str]:
    """Numbers in a title, without 1: a first part often goes unnumbered."""
    return frozenset(word for word in tokens if word.isdecimal() and word != "1")


@lru_cache(maxsize=50_000)
def script(text: str) -> str:
    """Coarse script of a name's first letter: 'LATIN', 'CJK', 'HANGUL' …, '' when it has no letter."""
    letter = next((c for c in text if c.isalpha()), "")
    return unicodedata.name(letter, "").partition(" ")[0] if letter else ""
