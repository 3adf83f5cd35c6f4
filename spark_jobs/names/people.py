"""Names of artists, composers and players as comparable keys. Pure functions, no Spark.

Who is nobody in particular ('Various' and its like in many languages) is data, in nobody.json; who is in a band, or
writes under another name or in another script, in aliases.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from rapidfuzz import fuzz

from spark_jobs.names.folding import fold, script, words
from spark_jobs.names.readings import romanised

_MARK = r"\s*\(\d+\)|(?<=\S)\*(?=$|[\s,;/&+=)])"
_DISAMBIGUATION = re.compile(_MARK)
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")
_JOINERS = (
    r"&|and|with|feat\.?|featuring|ft\.?|vs\.?|et|y|und|con|och|og|mit|avec|x|\u00d7|aka|a\.k\.a\.|meets|"
    r"presents|pres\.?|=|-"
)
_SEPARATOR = rf"\s*[,;/+\u3001\uff0c]\s*|\s+(?:{_JOINERS})\s+|[()\[\]]"
_SEPARATORS = re.compile(_SEPARATOR, re.IGNORECASE)
_SEPARATORS_KEPT = re.compile(f"({_SEPARATOR})", re.IGNORECASE)
_END_OF_NAME = re.compile(rf"(?:(?<=\*)|(?<=\d\)))(?:{_SEPARATOR})|\s+-\s+", re.IGNORECASE)


def _key(text: str) -> str:
    return " ".join(words(fold(text)))


_WORDS: dict[str, list[str]] = json.loads(Path(__file__).with_name("nobody.json").read_text(encoding="utf-8"))
_ANYONE = frozenset(_key(name) for names in _WORDS.values() for name in names)
_ALIKE = 60.0  # ratio of two whole names below which their words are not compared
_SPELLING = 80.0  # ratio from which two words are spellings of one
_SHORTEST_SPELLING = 4
_TRANSLITERATIONS = (
    *(("tsch", "ch"), ("sch", "sh"), ("tch", "ch"), ("cz", "ch"), ("kh", "h"), ("ck", "k"), ("ph", "f")),
    *(
        ("w", "v"),
        ("dj", "j"),
        ("ja", "ia"),
        ("je", "e"),
        ("ju", "iu"),
        ("ya", "ia"),
        ("ye", "e"),
        ("yu", "iu"),
    ),
    *(("ie", "e"), ("y", "i"), ("ou", "u"), ("oy", "u"), ("x", "ks"), ("c", "k"), ("kh", "ch")),
)
SAME_NAME = 88.0  # token_sort_ratio from which two spellings of a name are one person


def clean_artist(text: str) -> str:
    """Artist as printed, without Discogs' '(2)' numbers and the '*' of a name variation."""
    return " ".join(_DISAMBIGUATION.sub("", text).split())


def split_artists(text: str) -> list[str]:
    """Names a credit may hold, for matching: the pieces of 'Hans Mori And Lisa Roe', then the whole.

    'Various' among them is left out, and the whole with it.
    """
    whole = clean_artist(text)
    if is_anyone(whole):
        return []
    pieces = [piece.strip() for piece in _SEPARATORS.split(whole) if piece and piece.strip()]
    names = [piece for piece in pieces if not is_anyone(piece)]
    if len(pieces) > 1 and len(names) == len(pieces):
        names.append(whole)
    return list(dict.fromkeys(names))


def credited_artists(text: str) -> list[str]:
    """Artists a printed credit surely names: whole, for a name may hold '/' or '&', but without 'Various'.

    It is cut only where one name surely ends: after Discogs' '(2)' or '*', and at ' - '.
    """
    if is_anyone(text):
        return []
    credits = (clean_artist(part) for part in _END_OF_NAME.split(text) if part.strip())
    return list(dict.fromkeys(name for credit in credits for name in _without_anyone(credit)))


def _without_anyone(credit: str) -> Iterator[str]:
    """What is left of a credit to the left and right of those who are nobody."""
    pieces = _SEPARATORS_KEPT.split(credit)
    is_nobody = [not n % 2 and bool(piece.strip()) and is_anyone(piece) for n, piece in enumerate(pieces)]
    if not any(is_nobody):
        yield credit
        return
    for is_left_out, run in groupby(range(len(pieces)), key=is_nobody.__getitem__):
        places = [n for n in run if not is_left_out]
        named = [n for n in places if not n % 2 and pieces[n].strip()]
        if named:
            yield "".join(pieces[named[0] : named[-1] + 1]).strip()


def real_artists(names: Iterable[str]) -> list[str]:
    """Names of a list of artists, clean and without those who are nobody."""
    return list(dict.fromkeys(clean_artist(name) for name in names if not is_anyone(name)))


def names_anyone(credit: str) -> bool:
    """Whether a credit is nobody's, or names 'Various' beside others: then nobody in it speaks for the whole."""
    whole = clean_artist(credit)
    return any(is_anyone(piece) for piece in [whole, *filter(str.strip, _SEPARATORS.split(whole))])


@lru_cache(maxsize=50_000)
def is_anyone(artist: str) -> bool:
    """Whether the credit names nobody in particular ('Various', 'Unknown Artist', nothing)."""
    key = _key(clean_artist(artist))
    return not key or key in _ANYONE


@lru_cache(maxsize=50_000)
def name_key(name: str) -> str:
    """Comparable form of a person's name: folded words, sorted, so the order of names does not matter.

    Hyphens within a word go: 'Jae-il' is often 'Jaeil'.
    """
    return " ".join(sorted(_with_joined_initials(words(_HYPHEN.sub("", fold(name))))))


def _with_joined_initials(tokens: list[str]) -> Iterator[str]:
    """'r d burman' as 'rd burman': initials are one word, however they are spaced."""
    for is_initial, run in groupby(tokens, key=lambda token: len(token) == 1 and token.isalpha()):
        found = list(run)
        yield from ["".join(found)] if is_initial else found


def name_keys(names: list[str] | None) -> list[str]:
    """Keys of many names, empty ones left out."""
    return [key for key in map(name_key, names or []) if key]


@lru_cache(maxsize=200_000)
def same_person(one: str, other: str) -> bool:
    """Whether two name keys are one person: equal, the same but for a letter or an initial, or spelt as it sounds."""
    if one == other or fuzz.ratio(one, other) >= SAME_NAME:
        return True
    if script(one) != script(other):
        one, other = romanised_key(one), romanised_key(other)
        if one.replace(" ", "") == other.replace(" ", ""):
            return True
    return fuzz.ratio(one, other) >= _ALIKE and _are_spellings(one.split(), other.split())


def romanised_key(key: str) -> str:
    """A name key in Latin letters, its words sorted again."""
    latin = romanised(key)
    return " ".join(sorted(latin.split())) if latin else key


def _are_spellings(ours: list[str], theirs: list[str]) -> bool:
    """Whether each word of a name of two or more is a spelling of one of the other's."""
    if len(ours) != len(theirs) or len(ours) < 2:
        return False
    left = list(theirs)
    for word in ours:
        best = max(left, key=lambda each: _spelling(word, each))
        if _spelling(word, best) < _SPELLING:
            return False
        left.remove(best)
    return True


@lru_cache(maxsize=50_000)
def _spelling(one: str, other: str) -> float:
    """How much two words are one in two transliterations, 0 to 100."""
    if one == other:
        return 100.0
    if min(len(one), len(other)) < _SHORTEST_SPELLING:
        return 0.0
    return max(fuzz.ratio(one, other), fuzz.ratio(_sound(one), _sound(other)))


def _sound(word: str) -> str:
    """A word as transliterations agree on it: 'Schostakowitsch' and 'Shostakovich' alike."""
    for letters, sound in _TRANSLITERATIONS:
        word = word.replace(letters, sound)
    return "".join(letter for letter, _ in groupby(word))


def aliases(names: Iterable[str]) -> list[str]:
    """Keys of the members of these bands, and of the bands and other names of these people."""
    keys = name_keys(list(names))
    found = {key: None for name in keys for key in _ALIASES.get(name, ())}
    others = [key for name in keys if not name.isascii() for key in found if key in _ALIASES]
    return list(found | {key: None for other in others for key in _ALIASES[other]})


def share_a_person(ours: Sequence[str], theirs: Sequence[str]) -> str | None:
    """First key of `ours` that is somebody in `theirs`, or None."""
    if not ours or not theirs:
        return None
    for one in ours:
        if one in theirs:
            return one
        for other in theirs:
            if same_person(one, other):
                return one
    return None


def comparable(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether two lists of keys are in one script, so that a missing match means something."""
    scripts = {script(key) for key in ours}
    return any(script(key) in scripts for key in theirs)


def _alias_keys() -> dict[str, tuple[str, ...]]:
    """Each name of aliases.json with the names it stands for, both ways, as keys."""
    listed: dict[str, list[str]] = json.loads(
        Path(__file__).with_name("aliases.json").read_text(encoding="utf-8")
    )
    found: dict[str, dict[str, None]] = {}
    for name, others in listed.items():
        for other in others:
            found.setdefault(name_key(name), {})[name_key(other)] = None
            found.setdefault(name_key(other), {})[name_key(name)] = None
    return {key: tuple(keys) for key, keys in found.items()}


_ALIASES = _alias_keys()
